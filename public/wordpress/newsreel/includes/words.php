<?php
/**
 * What is said to people, in their language: states, verdicts, causes and cures.
 *
 * @package Newsreel
 */

namespace Newsreel;

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

/** Say what became of one event, with the cause. */
function say_event( $event ) {
	$answer = json_decode( (string) $event->answer, true );
	$answer = ( is_array( $answer ) ? $answer : array() ) + array( 'code' => '', 'text' => '', 'outcome' => '', 'posts' => 0 );
	switch ( $event->state ) {
		case DELIVERED:
			return say_outcome( $answer );
		case REFUSED:
			/* translators: %s: why Newsreel refused it */
			return sprintf( __( 'Newsreel refused it: %s', 'newsreel' ), say_fault( (int) $event->status, $answer ) );
		case GIVEN_UP:
			/* translators: %s: what went wrong at the last try */
			return sprintf( __( 'Given up after two weeks: %s', 'newsreel' ), say_fault( (int) $event->status, $answer ) );
		case PASSED:
			return __( 'Not sent: the article was withdrawn before its turn.', 'newsreel' );
	}
	if ( 0 === (int) $event->attempts ) {
		return __( 'Waits to be sent to Newsreel.', 'newsreel' );
	}
	/* translators: 1: number of tries, 2: what went wrong at the last one */
	return sprintf( __( 'Not delivered yet, tries: %1$d. %2$s', 'newsreel' ), (int) $event->attempts, say_fault( (int) $event->status, $answer ) );
}

/** Say what Newsreel did with an event that it took. */
function say_outcome( array $answer ) {
	switch ( $answer['outcome'] ) {
		case 'created':
		case 'republished':
			if ( $answer['posts'] > 0 ) {
				/* translators: %d: number of posts on TikTok */
				return sprintf( __( 'Newsreel has the article. Posts planned: %d.', 'newsreel' ), (int) $answer['posts'] );
			}
			return __( 'Newsreel has the article and plans no post: no account takes it, or it is not for TikTok.', 'newsreel' );
		case 'updated':
			return __( 'Newsreel has the change.', 'newsreel' );
		case 'unpublished':
			return __( 'Newsreel knows that the article is withdrawn, or not for TikTok.', 'newsreel' );
		case 'duplicate':
			return __( 'Newsreel knew it already.', 'newsreel' );
		case 'stale':
			return __( 'Newsreel knows something newer of the article.', 'newsreel' );
		case 'ignored':
			/* translators: %s: the reason, in English */
			return '' === $answer['text'] ? __( 'Newsreel leaves it alone.', 'newsreel' ) : sprintf( __( 'Newsreel leaves it alone: %s', 'newsreel' ), $answer['text'] );
	}
	return __( 'Newsreel has taken it.', 'newsreel' );
}

/** Say what went wrong, and what helps. */
function say_fault( $status, array $answer ) {
	if ( 0 === $status ) {
		/* translators: %s: the error of the connection, in English */
		return sprintf( __( 'Nobody answers at that address (%s). It is tried again by itself.', 'newsreel' ), $answer['text'] );
	}
	if ( 'clock_skew' === $answer['code'] ) {
		return __( 'The clocks differ by more than five minutes: set the clock of this server.', 'newsreel' );
	}
	if ( 401 === $status || 403 === $status ) {
		return __( 'The address or the secret is wrong: copy both from the source in Newsreel.', 'newsreel' );
	}
	if ( 404 === $status || 405 === $status || ( $status >= 300 && $status < 400 ) ) {
		/* translators: %d: an HTTP status */
		return sprintf( __( 'Something else than Newsreel answers at that address (%d): copy it from the source in Newsreel.', 'newsreel' ), $status );
	}
	if ( 413 === $status ) {
		return __( 'The article is too large.', 'newsreel' );
	}
	if ( 429 === $status || $status >= 500 ) {
		/* translators: %d: an HTTP status */
		return sprintf( __( 'Newsreel cannot take it just now (%d). It is tried again by itself.', 'newsreel' ), $status );
	}
	/* translators: 1: an HTTP status, 2: the reason */
	return sprintf( __( 'Answer %1$d: %2$s', 'newsreel' ), $status, $answer['text'] );
}

/** Say what became of one TikTok post. */
function say_post( array $post ) {
	$states = array(
		'post.published'               => __( 'On TikTok', 'newsreel' ),
		'post.failed'                  => __( 'Did not go out', 'newsreel' ),
		'post.waiting_for_approval'    => __( 'Waits for approval in Newsreel', 'newsreel' ),
		'post.unconfirmed'             => __( 'Not yet known whether TikTok has it', 'newsreel' ),
		'post.taken_down'              => __( 'Taken down by TikTok', 'newsreel' ),
		'article.withdrawn_but_posted' => __( 'Withdrawn here, still on TikTok', 'newsreel' ),
	);
	$state  = isset( $states[ $post['type'] ] ) ? $states[ $post['type'] ] : $post['type'];
	$text   = '' === $post['account'] ? $state : "{$post['account']}: $state";
	return '' !== $post['message'] && 'good' !== tone_of( $post['type'] ) ? "$text. {$post['message']}" : $text;
}

/** Name an event. */
function say_type( $type ) {
	$names = array(
		'article.published'   => __( 'published', 'newsreel' ),
		'article.updated'     => __( 'changed', 'newsreel' ),
		'article.unpublished' => __( 'withdrawn', 'newsreel' ),
	);
	return isset( $names[ $type ] ) ? $names[ $type ] : $type;
}

/** Say a time in the site's zone, and name the zone. */
function say_time( $moment ) {
	return wp_date( get_option( 'date_format' ) . ' H:i:s T', $moment );
}
