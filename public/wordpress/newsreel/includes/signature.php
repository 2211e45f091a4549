<?php
/**
 * Standard Webhooks 1.0.0: signing what leaves, and checking what comes. See https://www.standardwebhooks.com/
 *
 * @package Newsreel
 */

namespace Newsreel;

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

/** So many seconds a signature's time may be away from ours, either way. */
const TOLERANCE = 300;

/** Give the headers that go with a body. */
function signed_headers( $secret, $id, $body, $now ) {
	return array(
		'Content-Type'      => 'application/json',
		'webhook-id'        => $id,
		'webhook-timestamp' => (string) $now,
		'webhook-signature' => 'v1,' . mac( $secret, $id, (string) $now, $body ),
	);
}

/**
 * Tell what is wrong with a signature: '' where it is right, 'signature' or 'clock'.
 *
 * All the signatures that a sender offers are compared, each in a time that tells nothing.
 */
function fault_of( $secret, $id, $timestamp, $signatures, $body, $now ) {
	$is_whole = key_of( $secret ) !== '' && '' !== $id && strlen( $id ) <= 255 && preg_match( '/^[0-9]{1,12}$/D', $timestamp );
	if ( ! $is_whole || strlen( $signatures ) > 4096 ) {
		return 'signature';
	}
	$expected = mac( $secret, $id, $timestamp, $body );
	$is_right = false;
	foreach ( explode( ' ', $signatures ) as $offered ) {
		if ( strncmp( $offered, 'v1,', 3 ) === 0 ) {
			$is_right = hash_equals( $expected, substr( $offered, 3 ) ) || $is_right;
		}
	}
	if ( ! $is_right ) {
		return 'signature';
	}
	return abs( (int) $timestamp - $now ) <= TOLERANCE ? '' : 'clock';
}

/** The code of a message, as base64. */
function mac( $secret, $id, $timestamp, $body ) {
	// phpcs:ignore WordPress.PHP.DiscouragedPHPFunctions
	return base64_encode( hash_hmac( 'sha256', "$id.$timestamp.$body", key_of( $secret ), true ) );
}
