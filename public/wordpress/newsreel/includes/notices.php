<?php
/**
 * What is said above the pages of the administration when articles do not get through.
 *
 * @package Newsreel
 */

namespace Newsreel;

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

/** After so long, what waits is worth a word. */
const PATIENCE = 15 * MINUTE_IN_SECONDS;

add_action( 'admin_notices', __NAMESPACE__ . '\\show_backlog' );

/** Say that articles wait, to those who can do something about it. */
function show_backlog() {
	$screen = get_current_screen();
	if ( ! current_user_can( 'manage_options' ) || ! $screen || ! in_array( $screen->base, array( 'dashboard', 'edit', 'plugins' ), true ) ) {
		return;
	}
	$link = sprintf( ' <a href="%s">%s</a>', esc_url( page_address() ), esc_html__( 'Newsreel’s settings', 'newsreel' ) );
	if ( ! is_ready() ) {
		if ( 'plugins' === $screen->base ) {
			echo '<div class="notice notice-info"><p>' . esc_html__( 'Newsreel needs the address and the secret of its source.', 'newsreel' ) . $link . '</p></div>'; // phpcs:ignore WordPress.Security
		}
		return;
	}
	$backlog = backlog();
	if ( $backlog['waiting'] > 0 && $backlog['since'] < time() - PATIENCE ) {
		/* translators: 1: number of events, 2: a time */
		$text = sprintf( __( 'Changes of articles that Newsreel does not know yet: %1$d, the oldest from %2$s.', 'newsreel' ), $backlog['waiting'], say_time( $backlog['since'] ) );
		echo '<div class="notice notice-warning"><p>' . esc_html( $text ) . $link . '</p></div>'; // phpcs:ignore WordPress.Security
	}
}
