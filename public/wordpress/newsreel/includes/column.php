<?php
/**
 * The column "TikTok" in the lists of articles.
 *
 * @package Newsreel
 */

namespace Newsreel;

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

add_action( 'admin_init', __NAMESPACE__ . '\\add_columns' );

/** Add the column to each kind of article. */
function add_columns() {
	foreach ( settings()['types'] as $type ) {
		add_filter( "manage_{$type}_posts_columns", __NAMESPACE__ . '\\name_column' );
		add_action( "manage_{$type}_posts_custom_column", __NAMESPACE__ . '\\show_column', 10, 2 );
	}
}

/** Name the column. */
function name_column( $columns ) {
	$columns['newsreel'] = __( 'TikTok', 'newsreel' );
	return $columns;
}

/** Show what is known of one article. */
function show_column( $column, $post_id ) {
	if ( 'newsreel' === $column ) {
		show_lines( lines_of( (int) $post_id ) );
	}
}
