<?php
/**
 * What happens to articles, and what of it Newsreel is to be told: once each, whoever asks how often.
 *
 * What was told last stands at the post. A hook, the same hook again, and the hourly look for what no hook saw all ask
 * the same question: does the article differ from what was told?
 *
 * @package Newsreel
 */

namespace Newsreel;

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

const TOLD = '_newsreel_told';
/** So far back the sweep looks, at so many posts at once, and so many times. */
const SWEPT_FOR   = 2 * DAY_IN_SECONDS;
const SWEPT_MOST  = 200;
const SWEPT_PAGES = 20;

// Terms and fields are stored by then, also in the block editor and when a scheduled article goes out.
add_action( 'wp_after_insert_post', __NAMESPACE__ . '\\after_insert', 100, 4 );
add_action( 'before_delete_post', __NAMESPACE__ . '\\before_delete', 10, 2 );

/** Hear that a post was written: published, changed, scheduled, taken back, or put into the trash. */
function after_insert( $post_id, $post, $is_update, $before ) {
	consider( $post, $before instanceof \WP_Post ? $before : null );
}

/** Hear that a post is about to be gone for good. */
function before_delete( $post_id, $post ) {
	if ( $post instanceof \WP_Post && 'live' === told_of( $post->ID )['state'] ) {
		$gone              = clone $post;
		$gone->post_status = 'trash';
		consider( $gone, null );
	}
}

/** Compare an article with what was told of it, and put into the queue what is new. */
function consider( $post, $before = null ) {
	$is_known_type = is_article_type( $post->post_type );
	$told          = told_of( $post->ID );
	if ( ! is_ready() || ( ! $is_known_type && 'live' !== $told['state'] ) || wp_is_post_revision( $post ) ) {
		return;
	}
	$is_live = is_live( $post );
	$data    = describe( $post, $is_live );
	$digest  = digest_of( $data );
	$type    = type_of( $is_live, $told, $digest, $before );
	if ( '' === $type ) {
		return;
	}
	// Of two events of an article the later one has the later time, even where the machine's clock was set back.
	$clock = max( (int) ( microtime( true ) * 1000000 ), $told['clock'] + 1 );
	$body  = wp_json_encode(
		array(
			'type'      => $type,
			'timestamp' => gmdate( 'Y-m-d\TH:i:s', intdiv( $clock, 1000000 ) ) . sprintf( '.%06dZ', $clock % 1000000 ),
			'data'      => $data,
		)
	);
	if ( ! $is_live ) {
		// What nobody was told yet of an article that is withdrawn need not be told any more.
		pass_over( $post->ID );
	}
	if ( is_string( $body ) && add_to_queue( $post->ID, $type, $body ) ) {
		update_post_meta( $post->ID, TOLD, ( $is_live ? 'live' : 'gone' ) . "|$clock|$digest" );
		send_soon();
	}
}

/** Name what is to be told, or '' where nothing is new. */
function type_of( $is_live, array $told, $digest, $before ) {
	if ( ! $is_live ) {
		$was_live = 'live' === $told['state'] || ( 'none' === $told['state'] && null !== $before && is_live( $before ) );
		return $was_live ? 'article.unpublished' : '';
	}
	if ( 'live' === $told['state'] ) {
		return $digest === $told['digest'] ? '' : 'article.updated';
	}
	// Of an article in the archive nothing was told yet: to change it publishes nothing.
	$was_live = 'none' === $told['state'] && null !== $before && is_live( $before );
	return $was_live ? 'article.updated' : 'article.published';
}

/** Give what was told last of a post: its state (`none`, `live`, `gone`), when, and of which content. */
function told_of( $post_id ) {
	$parts = explode( '|', (string) get_post_meta( $post_id, TOLD, true ) );
	if ( count( $parts ) !== 3 ) {
		return array( 'state' => 'none', 'clock' => 0, 'digest' => '' );
	}
	return array( 'state' => $parts[0], 'clock' => (int) $parts[1], 'digest' => $parts[2] );
}

/** Look for what no hook saw: a process that died, a change past WordPress, articles published while nothing was set. */
function look_for_missed() {
	$since = (int) get_option( 'newsreel_since' );
	if ( ! is_ready() || ! $since ) {
		return;
	}
	for ( $page = 1; $page <= SWEPT_PAGES; $page++ ) {
		$posts = changed_since( max( $since, time() - SWEPT_FOR ), $page );
		foreach ( $posts as $post ) {
			$is_news = is_live( $post ) && strtotime( $post->post_date_gmt . ' UTC' ) >= $since;
			if ( $is_news || 'none' !== told_of( $post->ID )['state'] ) {
				consider( $post );
			}
		}
		if ( count( $posts ) < SWEPT_MOST ) {
			return;
		}
	}
}

/** List what was changed since then, a page of it. */
function changed_since( $moment, $page ) {
	return get_posts(
		array(
			'post_type'        => settings()['types'],
			'post_status'      => array( 'publish', 'draft', 'pending', 'private', 'future', 'trash' ),
			'posts_per_page'   => SWEPT_MOST,
			'paged'            => $page,
			'orderby'          => 'ID',
			'order'            => 'DESC',
			'suppress_filters' => true,
			'date_query'       => array(
				array(
					'column'    => 'post_modified_gmt',
					'after'     => gmdate( 'Y-m-d H:i:s', $moment ),
					'inclusive' => true,
				),
			),
		)
	);
}
