<?php
/**
 * What an administrator sets, checked when it is read as well as when it is written.
 *
 * WP_NEWSREEL_ADDRESS, WP_NEWSREEL_SECRET and WP_NEWSREEL_CALLBACK_SECRET in wp-config.php win over the page: so no secret needs
 * to stand in the database.
 *
 * @package Newsreel
 */

namespace Newsreel;

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

const SETTINGS = 'newsreel_settings';
/** Fewer bytes make no secret by Standard Webhooks. */
const SECRET_BYTES = 24;

/**
 * Give all settings, with what holds where nothing was set.
 *
 * @return array{address: string, secret: string, callback_secret: string, types: string[], posts_by_default: bool}
 */
function settings() {
	$stored = get_option( SETTINGS );
	$stored = is_array( $stored ) ? $stored : array();
	$usual  = array(
		'address'          => '',
		'secret'           => '',
		'callback_secret'  => '',
		'types'            => array( 'post' ),
		'posts_by_default' => true,
	);
	$all    = array_merge( $usual, array_intersect_key( $stored, $usual ) );
	foreach ( array( 'address' => 'WP_NEWSREEL_ADDRESS', 'secret' => 'WP_NEWSREEL_SECRET', 'callback_secret' => 'WP_NEWSREEL_CALLBACK_SECRET' ) as $name => $constant ) {
		if ( is_fixed( $name ) ) {
			$all[ $name ] = trim( (string) constant( $constant ) );
		}
	}
	$all['types'] = array_values( array_filter( (array) $all['types'], 'is_string' ) );
	return $all;
}

/** Tell whether wp-config.php sets it, so that the page cannot. */
function is_fixed( $name ) {
	$constants = array(
		'address'         => 'WP_NEWSREEL_ADDRESS',
		'secret'          => 'WP_NEWSREEL_SECRET',
		'callback_secret' => 'WP_NEWSREEL_CALLBACK_SECRET',
	);
	return isset( $constants[ $name ] ) && defined( $constants[ $name ] ) && is_string( constant( $constants[ $name ] ) );
}

/** Store settings; the secrets are not loaded with every page. */
function save_settings( array $changes ) {
	$stored = get_option( SETTINGS );
	$stored = array_merge( is_array( $stored ) ? $stored : array(), $changes );
	update_option( SETTINGS, $stored, false );
	if ( is_ready() && ! get_option( 'newsreel_since' ) ) {
		// What was published before is the archive, and no news.
		update_option( 'newsreel_since', time(), false );
	}
}

/** Tell whether there is somewhere to send to, and something to sign with. */
function is_ready() {
	$all = settings();
	return is_address( $all['address'] ) && key_of( $all['secret'] ) !== '';
}

/** Tell whether this is the address of a source of Newsreel's: https, or this very machine. */
function is_address( $address ) {
	$parts = wp_parse_url( $address );
	if ( ! is_array( $parts ) || empty( $parts['host'] ) || isset( $parts['user'] ) || isset( $parts['fragment'] ) ) {
		return false;
	}
	$is_here = in_array( $parts['host'], array( 'localhost', '127.0.0.1', '[::1]' ), true );
	$scheme  = isset( $parts['scheme'] ) ? $parts['scheme'] : '';
	return ( 'https' === $scheme || ( 'http' === $scheme && $is_here ) ) && slug_of( $address ) !== '';
}

/** Give the name of the source that an address belongs to. */
function slug_of( $address ) {
	$path = (string) wp_parse_url( $address, PHP_URL_PATH );
	return preg_match( '~/webhooks/cms/([A-Za-z0-9_-]{1,64})/?$~', $path, $found ) ? $found[1] : '';
}

/** Give the bytes of a secret, or '' where it is none. */
function key_of( $secret ) {
	if ( strncmp( $secret, 'whsec_', 6 ) !== 0 ) {
		return '';
	}
	$key = base64_decode( substr( $secret, 6 ), true ); // phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions
	return is_string( $key ) && strlen( $key ) >= SECRET_BYTES ? $key : '';
}

/** Tell whether posts of this kind are articles. */
function is_article_type( $type ) {
	return in_array( $type, settings()['types'], true );
}

/** Where Newsreel tells what became of an article. It works whatever the permalinks are. */
function callback_address() {
	return add_query_arg( 'rest_route', '/newsreel/v1/state', home_url( '/' ) );
}
