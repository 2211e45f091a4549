<?php
/**
 * An article as Newsreel is told of it: the post as it is stored, its terms, its picture, and what was decided for TikTok.
 *
 * Nothing is rendered: what other plugins put in the place of blocks and shortcodes may be for members alone, and
 * Newsreel reads a post as somebody does who is none. No password and no text of a draft leaves the site, and of who wrote
 * an article nothing but the name that its readers see.
 *
 * @package Newsreel
 */

namespace Newsreel;

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

/** More letters than any newspaper prints in one article. */
const LONGEST_TEXT = 300000;

/** Tell whether every reader sees the post. */
function is_live( $post ) {
	return 'publish' === $post->post_status && '' === (string) $post->post_password && is_article_type( $post->post_type );
}

/** Describe an article. What is not for every reader is only named. */
function describe( $post, $is_live ) {
	$told = array(
		'post_id' => (int) $post->ID,
		'post'    => array(
			'ID'                => (int) $post->ID,
			'post_type'         => $post->post_type,
			'post_status'       => $is_live ? 'publish' : ( 'publish' === $post->post_status ? 'private' : $post->post_status ),
			'post_modified_gmt' => $post->post_modified_gmt,
		),
	);
	if ( ! $is_live ) {
		return $told;
	}
	$told['post'] += array(
		'post_title'    => $post->post_title,
		'post_content'  => mb_substr( $post->post_content, 0, LONGEST_TEXT ),
		'post_excerpt'  => $post->post_excerpt,
		'post_date_gmt' => $post->post_date_gmt,
	);
	return $told + array(
		'post_permalink' => get_permalink( $post ),
		'post_thumbnail' => picture( (int) get_post_thumbnail_id( $post ) ),
		'taxonomies'     => array(
			'category' => terms_of( $post, 'category' ),
			'post_tag' => terms_of( $post, 'post_tag' ),
		),
		'post_meta'      => array( '_yoast_wpseo_primary_category' => array( (string) get_post_meta( $post->ID, '_yoast_wpseo_primary_category', true ) ) ),
		'authors'        => authors_of( $post ),
		'language'       => language_of( $post ),
		'tiktok'         => array(
			'post'    => is_for_tiktok( $post ),
			'caption' => (string) get_post_meta( $post->ID, CAPTION, true ),
			'image'   => picture( (int) get_post_meta( $post->ID, PICTURE, true ) ),
		),
	);
}

/** Tell one content from another; the time of the last change is none. */
function digest_of( array $told ) {
	unset( $told['post']['post_modified_gmt'] );
	return hash( 'sha256', (string) wp_json_encode( $told ) );
}

/** Give the address and the words of an attached picture, or null. */
function picture( $attachment_id ) {
	$url = $attachment_id > 0 ? wp_get_attachment_url( $attachment_id ) : false;
	if ( ! $url || ! wp_attachment_is_image( $attachment_id ) ) {
		return null;
	}
	return array(
		'url' => $url,
		'alt' => (string) get_post_meta( $attachment_id, '_wp_attachment_image_alt', true ),
	);
}

/** List a post's terms of one taxonomy. */
function terms_of( $post, $taxonomy ) {
	$terms = get_the_terms( $post, $taxonomy );
	$told  = array();
	foreach ( is_array( $terms ) ? $terms : array() as $term ) {
		$told[] = array(
			'term_id' => (int) $term->term_id,
			'name'    => $term->name,
			'slug'    => $term->slug,
		);
	}
	return $told;
}

/** Name who wrote a post, as its page does; Co-Authors Plus knows of several. What is an e-mail address is no name. */
function authors_of( $post ) {
	$people = function_exists( 'get_coauthors' ) ? get_coauthors( $post->ID ) : array( get_userdata( (int) $post->post_author ) );
	$names  = array();
	foreach ( is_array( $people ) ? $people : array() as $person ) {
		$name = is_object( $person ) && isset( $person->display_name ) ? trim( (string) $person->display_name ) : '';
		if ( '' !== $name && false === strpos( $name, '@' ) ) {
			$names[] = $name;
		}
	}
	return $names;
}

/** Give the language that Polylang or WPML knows of the post; without them Newsreel reads it from the words. */
function language_of( $post ) {
	if ( function_exists( 'pll_get_post_language' ) ) {
		return (string) pll_get_post_language( $post->ID, 'slug' );
	}
	$details = apply_filters( 'wpml_post_language_details', null, $post->ID );
	return is_array( $details ) && isset( $details['language_code'] ) ? (string) $details['language_code'] : '';
}

/** Tell whether the article is to become posts, as its editor says, else as the settings do. */
function is_for_tiktok( $post ) {
	$chosen = (string) get_post_meta( $post->ID, CHOICE, true );
	return '' === $chosen ? settings()['posts_by_default'] : 'yes' === $chosen;
}
