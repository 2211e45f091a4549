<?php
/**
 * The queue: a table of its own, in which every event stands from when it happened until Newsreel has answered.
 *
 * @package Newsreel
 */

namespace Newsreel;

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

const WAITING   = 'waiting';
const DELIVERED = 'delivered';
const REFUSED   = 'refused';
const GIVEN_UP  = 'given_up';
const PASSED    = 'passed_over';
/** What was answered is shown for so long. */
const KEPT_FOR = 7 * DAY_IN_SECONDS;
/** An answer's text, at most. */
const LONGEST_ANSWER = 500;

/** The table's name on the current site of the network. */
function table() {
	global $wpdb;
	return $wpdb->prefix . 'newsreel_queue';
}

/** Make the table, or bring it to the version of this code. Every site of a network gets its own when it is visited. */
function upgrade_table() {
	global $wpdb;
	if ( (int) get_option( 'newsreel_db_version' ) >= DB_VERSION ) {
		return;
	}
	require_once ABSPATH . 'wp-admin/includes/upgrade.php';
	$table   = table();
	$charset = $wpdb->get_charset_collate();
	dbDelta(
		"CREATE TABLE $table (
  id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  post_id bigint(20) unsigned NOT NULL,
  event_id varchar(64) NOT NULL,
  type varchar(32) NOT NULL,
  body longtext NOT NULL,
  state varchar(16) NOT NULL,
  attempts int(11) NOT NULL DEFAULT 0,
  created_at bigint(20) NOT NULL,
  answered_at bigint(20) NOT NULL DEFAULT 0,
  status smallint(6) NOT NULL DEFAULT 0,
  answer text NOT NULL,
  PRIMARY KEY  (id),
  UNIQUE KEY event_id (event_id),
  KEY state_id (state,id),
  KEY post_id (post_id,id)
) $charset;"
	);
	if ( $wpdb->get_var( $wpdb->prepare( 'SHOW TABLES LIKE %s', $wpdb->esc_like( $table ) ) ) === $table ) {
		update_option( 'newsreel_db_version', DB_VERSION );
	}
}

/** Name the table among those that go with a site of the network. */
function drop_with_site( $tables, $site_id ) {
	global $wpdb;
	$tables[] = $wpdb->get_blog_prefix( $site_id ) . 'newsreel_queue';
	return $tables;
}

/** Put an event at the end, under an id that stays the same at every try. Tells whether it stands there. */
function add_to_queue( $post_id, $type, $body ) {
	global $wpdb;
	$row = array(
		'post_id'    => $post_id,
		'event_id'   => 'wp_' . str_replace( '-', '', wp_generate_uuid4() ),
		'type'       => $type,
		'body'       => $body,
		'state'      => WAITING,
		'created_at' => time(),
		'answer'     => '',
	);
	return 1 === $wpdb->insert( table(), $row ); // phpcs:ignore WordPress.DB
}

/** Take out of the queue what waits of an article: what follows says that it is withdrawn. */
function pass_over( $post_id ) {
	global $wpdb;
	$changes = array( 'state' => PASSED, 'body' => '' );
	$wpdb->update( table(), $changes, array( 'post_id' => $post_id, 'state' => WAITING ) ); // phpcs:ignore WordPress.DB
}

/** Give the event that has waited longest, or null: so the events of an article leave in their order. */
function next_in_queue() {
	global $wpdb;
	$table = table();
	return $wpdb->get_row( $wpdb->prepare( "SELECT * FROM $table WHERE state = %s ORDER BY id LIMIT 1", WAITING ) ); // phpcs:ignore WordPress.DB
}

/** Note a try before it is made. */
function note_try( $id ) {
	global $wpdb;
	$table = table();
	$wpdb->query( $wpdb->prepare( "UPDATE $table SET attempts = attempts + 1 WHERE id = %d", $id ) ); // phpcs:ignore WordPress.DB
}

/** Note what was answered. The text of what is done with goes: it is the article's, and stands there. */
function note_answer( $id, $state, $status, array $answer ) {
	global $wpdb;
	$changes = array(
		'state'       => $state,
		'status'      => $status,
		'answered_at' => time(),
		'answer'      => (string) wp_json_encode( array_map( __NAMESPACE__ . '\\shortened', $answer ) ),
	);
	if ( DELIVERED === $state ) {
		$changes['body'] = '';
	}
	$wpdb->update( table(), $changes, array( 'id' => $id ) ); // phpcs:ignore WordPress.DB
}

/** Keep of an answer what can be shown. */
function shortened( $value ) {
	return is_string( $value ) ? mb_substr( wp_strip_all_tags( $value ), 0, LONGEST_ANSWER ) : $value;
}

/** Let what was refused, or given up, wait again. */
function wait_again( $id ) {
	global $wpdb;
	$table = table();
	$query = "UPDATE $table SET state = %s, created_at = %d WHERE id = %d AND state IN (%s, %s) AND body <> ''";
	$wpdb->query( $wpdb->prepare( $query, WAITING, time(), $id, REFUSED, GIVEN_UP ) ); // phpcs:ignore WordPress.DB
}

/** Say how much waits, and since when. */
function backlog() {
	global $wpdb;
	$table = table();
	$row   = $wpdb->get_row( $wpdb->prepare( "SELECT COUNT(*) AS waiting, MIN(created_at) AS since FROM $table WHERE state = %s", WAITING ) ); // phpcs:ignore WordPress.DB
	return array( 'waiting' => $row ? (int) $row->waiting : 0, 'since' => $row ? (int) $row->since : 0 );
}

/** List the last events, the newest first, without their bodies. */
function last_events( $limit ) {
	global $wpdb;
	$table = table();
	return $wpdb->get_results( $wpdb->prepare( "SELECT id, post_id, type, state, attempts, created_at, answered_at, status, answer, body <> '' AS has_body FROM $table ORDER BY id DESC LIMIT %d", $limit ) ); // phpcs:ignore WordPress.DB
}

/** Give the last event of an article, or null. */
function last_event_of( $post_id ) {
	global $wpdb;
	$table = table();
	return $wpdb->get_row( $wpdb->prepare( "SELECT id, post_id, type, state, attempts, created_at, answered_at, status, answer FROM $table WHERE post_id = %d ORDER BY id DESC LIMIT 1", $post_id ) ); // phpcs:ignore WordPress.DB
}

/** Forget what was answered long ago. */
function forget_answered() {
	global $wpdb;
	$table = table();
	$wpdb->query( $wpdb->prepare( "DELETE FROM $table WHERE state <> %s AND created_at < %d", WAITING, time() - KEPT_FOR ) ); // phpcs:ignore WordPress.DB
}
