<?php
/**
 * What Newsreel tells: signed messages about TikTok posts, put to the articles that they are of.
 *
 * The signature is the permission. A message that comes twice, or late, changes nothing: the newest time counts.
 *
 * @package Newsreel
 */

namespace Newsreel;

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

/** A message of a hundred events has less. */
const LARGEST_MESSAGE = 1048576;
/** So many events one message tells of, at most. */
const MOST_EVENTS = 200;

add_action( 'rest_api_init', __NAMESPACE__ . '\\add_routes' );

/** Add the route for Newsreel, and the one by which the block editor asks. */
function add_routes() {
	register_rest_route(
		'newsreel/v1',
		'/state',
		array(
			'methods'             => 'POST',
			'callback'            => __NAMESPACE__ . '\\take_message',
			'permission_callback' => __NAMESPACE__ . '\\is_from_newsreel',
		)
	);
	register_rest_route(
		'newsreel/v1',
		'/articles/(?P<id>\d{1,18})',
		array(
			'methods'             => 'GET',
			'callback'            => function ( $request ) {
				return array( 'lines' => lines_of( (int) $request['id'] ) );
			},
			'permission_callback' => function ( $request ) {
				return current_user_can( 'edit_post', (int) $request['id'] );
			},
		)
	);
}

/** Let in what is signed with the secret of Newsreel's notification. One answer for all that is not. */
function is_from_newsreel( $request ) {
	$secret = settings()['callback_secret'];
	$body   = $request->get_body();
	$fault  = strlen( $body ) > LARGEST_MESSAGE ? 'signature' : fault_of(
		$secret,
		(string) $request->get_header( 'webhook-id' ),
		(string) $request->get_header( 'webhook-timestamp' ),
		(string) $request->get_header( 'webhook-signature' ),
		$body,
		time()
	);
	if ( '' === $fault ) {
		return true;
	}
	// Only who holds the secret learns that the clocks differ.
	$code = 'clock' === $fault ? 'newsreel_clock_skew' : 'newsreel_signature_refused';
	return new \WP_Error( $code, 'The signature is missing, wrong or too old.', array( 'status' => 401 ) );
}

/** Take a message: one event, or a list of them. */
function take_message( $request ) {
	$message = json_decode( $request->get_body(), true, 32 );
	if ( ! is_array( $message ) || ! isset( $message['type'], $message['data'] ) || ! is_string( $message['type'] ) || ! is_array( $message['data'] ) ) {
		return new \WP_Error( 'newsreel_no_message', 'This is no message of Newsreel.', array( 'status' => 422 ) );
	}
	update_option( 'newsreel_heard_at', time(), false );
	$data   = $message['data'];
	$events = isset( $data['items'] ) && is_array( $data['items'] ) ? $data['items'] : array( $data + array( 'timestamp' => isset( $message['timestamp'] ) ? $message['timestamp'] : '' ) );
	$kept   = 0;
	foreach ( array_slice( $events, 0, MOST_EVENTS ) as $event ) {
		$kept += is_array( $event ) && take_event( $message['type'], $event ) ? 1 : 0;
	}
	return array( 'kept' => $kept );
}

/** Put one event to its article. Tells whether it changed something. */
function take_event( $type, array $event ) {
	$text = function ( $name, $most ) use ( $event ) {
		$value = isset( $event[ $name ] ) && is_string( $event[ $name ] ) ? $event[ $name ] : '';
		return mb_substr( sanitize_text_field( $value ), 0, $most );
	};
	$id   = $text( 'external_id', 20 );
	$post = ctype_digit( $id ) ? get_post( (int) $id ) : null;
	$is_ours = $post && is_article_type( $post->post_type ) && slug_of( settings()['address'] ) === $text( 'source_slug', 64 );
	$about   = $text( 'post_id', 36 );
	if ( ! $is_ours || ! preg_match( '/^[0-9a-f-]{36}$/D', $about ) || moment_of( $text( 'timestamp', 40 ) ) === '' ) {
		return false;
	}
	$news = array(
		'type'      => mb_substr( sanitize_text_field( $type ), 0, 64 ),
		'account'   => $text( 'account', 200 ),
		'message'   => $text( 'message', 1000 ),
		'share_url' => esc_url_raw( $text( 'share_url', 1000 ), array( 'https' ) ),
		'url'       => esc_url_raw( $text( 'url', 1000 ), array( 'http', 'https' ) ),
		'at'        => $text( 'timestamp', 40 ),
	);
	return keep_post( $post->ID, $about, $news );
}
