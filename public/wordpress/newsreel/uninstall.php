<?php
/**
 * What is left behind when the plugin is deleted: nothing.
 *
 * @package Newsreel
 */

namespace Newsreel;

if ( ! defined( 'WP_UNINSTALL_PLUGIN' ) ) {
	exit;
}

/** Remove the table, the options, the posts' fields and the planned tasks of the current site. */
function forget_site() {
	global $wpdb;
	wp_unschedule_hook( 'newsreel_send' );
	wp_unschedule_hook( 'newsreel_sweep' );
	// The names hold nothing that anybody typed.
	$wpdb->query( "DROP TABLE IF EXISTS {$wpdb->prefix}newsreel_queue" ); // phpcs:ignore WordPress.DB
	$like    = function ( $name ) use ( $wpdb ) {
		return $wpdb->esc_like( $name ) . '%';
	};
	$named   = $wpdb->prepare( 'option_name LIKE %s OR option_name LIKE %s OR option_name LIKE %s', $like( 'newsreel_' ), $like( '_transient_newsreel_' ), $like( '_transient_timeout_newsreel_' ) );
	$options = $wpdb->get_col( "SELECT option_name FROM {$wpdb->options} WHERE $named" ); // phpcs:ignore WordPress.DB
	array_map( 'delete_option', $options );
	$fields = $wpdb->get_col( $wpdb->prepare( "SELECT DISTINCT meta_key FROM {$wpdb->postmeta} WHERE meta_key LIKE %s", $like( '_newsreel_' ) ) );
	array_map( 'delete_post_meta_by_key', $fields );
}

if ( ! is_multisite() ) {
	forget_site();
	return;
}
$sites = get_sites( array( 'fields' => 'ids', 'number' => 0 ) );
foreach ( $sites as $site ) {
	switch_to_blog( (int) $site );
	forget_site();
	restore_current_blog();
}
