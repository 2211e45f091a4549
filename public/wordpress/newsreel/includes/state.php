<?php
/**
 * What is known of an article's way to TikTok, as lines to show: in the list of posts, in the box and in the block editor.
 *
 * @package Newsreel
 */

namespace Newsreel;

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

/** Before the id of a TikTok post, in the names of an article's fields: one field each, so that none overwrites another. */
const ON_TIKTOK = '_newsreel_tiktok_';

/**
 * List what is known of an article.
 *
 * @return array<int, array{text: string, url: string, tone: string}> `tone` is good, bad or calm.
 */
function lines_of( $post_id ) {
	$lines = array();
	$posts = posts_of( $post_id );
	foreach ( $posts as $post ) {
		$lines[] = array(
			'text' => say_post( $post ),
			'url'  => '' !== $post['share_url'] ? $post['share_url'] : $post['url'],
			'tone' => tone_of( $post['type'] ),
		);
	}
	$event = last_event_of( $post_id );
	if ( $event && ( ! $posts || DELIVERED !== $event->state ) ) {
		$lines[] = array(
			'text' => say_event( $event ),
			'url'  => '',
			'tone' => DELIVERED === $event->state ? 'good' : ( REFUSED === $event->state || GIVEN_UP === $event->state ? 'bad' : 'calm' ),
		);
	}
	return $lines;
}

/** List what Newsreel has told of the article's TikTok posts. */
function posts_of( $post_id ) {
	$posts = array();
	foreach ( (array) get_post_meta( $post_id ) as $name => $values ) {
		if ( strncmp( $name, ON_TIKTOK, strlen( ON_TIKTOK ) ) === 0 ) {
			$post = json_decode( (string) $values[0], true );
			if ( is_array( $post ) ) {
				$posts[ $name ] = array_map( 'strval', $post ) + array_fill_keys( array( 'type', 'account', 'message', 'share_url', 'url', 'at' ), '' );
			}
		}
	}
	ksort( $posts );
	return array_values( $posts );
}

/** Keep what Newsreel says of one TikTok post, unless something newer is known. Tells whether it was kept. */
function keep_post( $post_id, $tiktok_post_id, array $news ) {
	$name  = ON_TIKTOK . $tiktok_post_id;
	$known = json_decode( (string) get_post_meta( $post_id, $name, true ), true );
	$known = is_array( $known ) ? $known : array();
	if ( isset( $known['at'] ) && moment_of( $known['at'] ) > moment_of( $news['at'] ) ) {
		return false;
	}
	if ( 'post.link_known' === $news['type'] ) {
		// The link comes after the news that it belongs to.
		$news['type'] = isset( $known['type'] ) ? $known['type'] : 'post.published';
	}
	if ( '' === $news['share_url'] && isset( $known['share_url'] ) ) {
		$news['share_url'] = $known['share_url'];
	}
	// WordPress takes away one layer of backslashes.
	update_post_meta( $post_id, $name, wp_slash( (string) wp_json_encode( $news ) ) );
	return true;
}

/** Give a time of Newsreel's as text that sorts; '' where it is none. */
function moment_of( $text ) {
	$moment = is_string( $text ) ? date_create_immutable( $text ) : false;
	return $moment ? $moment->setTimezone( new \DateTimeZone( 'UTC' ) )->format( 'Y-m-d\TH:i:s.u' ) : '';
}

/** Tell whether news are good. */
function tone_of( $type ) {
	if ( 'post.published' === $type ) {
		return 'good';
	}
	return in_array( $type, array( 'post.failed', 'post.taken_down', 'article.withdrawn_but_posted' ), true ) ? 'bad' : 'calm';
}
