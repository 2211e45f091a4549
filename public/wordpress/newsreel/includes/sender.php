<?php
/**
 * Sending what stands in the queue, in the background: no editor waits for it.
 *
 * One process at a time sends, the oldest first, and a failure of the other side stops all: so the events of an article
 * keep their order, and a server that is down is asked by one request now and then. Every try has the event's own id,
 * and Newsreel takes the same id once.
 *
 * @package Newsreel
 */

namespace Newsreel;

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

const SEND  = 'newsreel_send';
const SWEEP = 'newsreel_sweep';
/** Seconds that one request may take, one run, and one holder of the turn. */
const DEADLINE = 15;
const RUN_FOR  = 25;
const TURN_FOR = 90;
/** Seconds until the next try, by the number of failures in a row. */
const PAUSES = array( 5, 15, 30, 60, 120, 300, 600, 900 );
/** What Newsreel did not take in so long is given up, and can be sent again by hand. */
const GIVE_UP_AFTER = 14 * DAY_IN_SECONDS;
/** What is wrong with the event itself: the same would be refused again. */
const ABOUT_EVENT = array( 400, 413, 415, 422 );

add_action( SEND, __NAMESPACE__ . '\\send_due' );
add_action( SWEEP, __NAMESPACE__ . '\\sweep' );
add_action( 'init', __NAMESPACE__ . '\\keep_sweeping' );
add_filter( 'cron_schedules', __NAMESPACE__ . '\\name_interval' );

/** Name the sweep's interval: WordPress knows none below an hour. */
function name_interval( $schedules ) {
	$schedules['newsreel_5_minutes'] = array(
		'interval' => 5 * MINUTE_IN_SECONDS,
		'display'  => __( 'Every five minutes', 'newsreel' ),
	);
	return $schedules;
}

/** Make sure that somebody looks every five minutes, whatever became of the single task. */
function keep_sweeping() {
	if ( ! wp_next_scheduled( SWEEP ) ) {
		wp_schedule_event( time() + MINUTE_IN_SECONDS, 'newsreel_5_minutes', SWEEP );
	}
}

/** Take the plugin's tasks away when it is switched off, for a whole network on each of its sites. What waits stays in the queue. */
function stop_sending( $is_for_network = false ) {
	$sites = $is_for_network && is_multisite() ? get_sites( array( 'fields' => 'ids', 'number' => 0 ) ) : array( get_current_blog_id() );
	foreach ( $sites as $site ) {
		$is_elsewhere = get_current_blog_id() !== (int) $site;
		if ( $is_elsewhere ) {
			switch_to_blog( (int) $site );
		}
		wp_unschedule_hook( SEND );
		wp_unschedule_hook( SWEEP );
		if ( $is_elsewhere ) {
			restore_current_blog();
		}
	}
}

/** Have the queue sent once this request is over. */
function send_soon() {
	static $is_asked = false;
	send_at( time() );
	if ( ! $is_asked ) {
		$is_asked = true;
		add_action( 'shutdown', __NAMESPACE__ . '\\start_sending' );
	}
}

/** Wake WP-Cron. Where this request is WP-Cron's own, nobody waits: send at once. */
function start_sending() {
	if ( wp_doing_cron() ) {
		send_due();
	} elseif ( ! is_cron_off() ) {
		spawn_cron();
	}
}

/** Tell whether this site leaves WP-Cron to a task of the system's. */
function is_cron_off() {
	return defined( 'DISABLE_WP_CRON' ) && DISABLE_WP_CRON;
}

/** Plan the next run. WordPress refuses the same task twice within ten minutes, so the old one goes first. */
function send_at( $moment ) {
	wp_unschedule_hook( SEND );
	wp_schedule_single_event( $moment, SEND );
}

/** What is done every five minutes; once an hour with a look for what no hook saw. */
function sweep() {
	if ( (int) get_option( 'newsreel_looked_at' ) < time() - HOUR_IN_SECONDS ) {
		update_option( 'newsreel_looked_at', time(), false );
		look_for_missed();
		forget_answered();
	}
	send_due();
}

/** Send what waits, until nothing does, the other side fails, or the time is over. */
function send_due() {
	update_option( 'newsreel_ran_at', time(), false );
	$pause = pause();
	if ( ! is_ready() || $pause['until'] > time() ) {
		if ( is_ready() && backlog()['waiting'] > 0 ) {
			send_at( $pause['until'] );
		}
		return;
	}
	$turn = take_turn();
	if ( '' === $turn ) {
		return;
	}
	$ends_at = time() + RUN_FOR;
	while ( time() < $ends_at && ( $event = next_in_queue() ) && keep_turn( $turn ) ) {
		if ( ! send_event( $event ) ) {
			break;
		}
	}
	give_turn( $turn );
	if ( backlog()['waiting'] > 0 ) {
		send_at( max( time(), pause()['until'] ) );
	}
}

/** Send one event once. Tells whether the next one may follow. */
function send_event( $event ) {
	note_try( $event->id );
	$answer = post( $event->event_id, $event->body );
	$status = $answer['status'];
	if ( $status >= 200 && $status < 300 ) {
		note_answer( $event->id, DELIVERED, $status, $answer );
		save_pause( 0, 0 );
		return true;
	}
	if ( in_array( $status, ABOUT_EVENT, true ) ) {
		note_answer( $event->id, REFUSED, $status, $answer );
		save_pause( 0, 0 );
		return true;
	}
	$is_over = $event->created_at < time() - GIVE_UP_AFTER;
	note_answer( $event->id, $is_over ? GIVEN_UP : WAITING, $status, $answer );
	$failures = pause()['failures'] + 1;
	$seconds  = PAUSES[ min( $failures, count( PAUSES ) ) - 1 ];
	// Not all sites that were cut off come back in the same second.
	$seconds = max( $seconds + wp_rand( 0, (int) ceil( $seconds / 10 ) ), min( $answer['retry_after'], HOUR_IN_SECONDS ) );
	save_pause( $failures, time() + $seconds );
	return false;
}

/**
 * Sign a body and post it.
 *
 * @return array{status: int, retry_after: int, code: string, text: string, outcome: string, posts: int}
 */
function post( $id, $body ) {
	$settings = settings();
	$request  = array(
		'timeout'     => DEADLINE,
		'redirection' => 0,
		'headers'     => signed_headers( $settings['secret'], $id, $body, time() ),
		'body'        => $body,
		'user-agent'  => 'Newsreel-WordPress/' . VERSION,
	);
	// In a network of sites an administrator of one of them must not reach the server's own neighbours.
	$is_bound = is_multisite() && ! ( defined( 'WP_NEWSREEL_ALLOW_PRIVATE' ) && WP_NEWSREEL_ALLOW_PRIVATE );
	$answer   = $is_bound ? wp_safe_remote_post( $settings['address'], $request ) : wp_remote_post( $settings['address'], $request );
	if ( is_wp_error( $answer ) ) {
		return read_answer( 0, 0, array( 'code' => 'no_answer', 'detail' => $answer->get_error_message() ) );
	}
	$retry = wp_remote_retrieve_header( $answer, 'retry-after' );
	$said  = json_decode( wp_remote_retrieve_body( $answer ), true, 16 );
	return read_answer( (int) wp_remote_retrieve_response_code( $answer ), is_numeric( $retry ) ? (int) $retry : 0, is_array( $said ) ? $said : array() );
}

/** Keep of an answer what is shown. */
function read_answer( $status, $retry_after, array $said ) {
	$text = function ( $name ) use ( $said ) {
		return isset( $said[ $name ] ) && is_string( $said[ $name ] ) ? $said[ $name ] : '';
	};
	return array(
		'status'      => $status,
		'retry_after' => max( 0, $retry_after ),
		'code'        => $text( 'code' ),
		'text'        => '' !== $text( 'reason' ) ? $text( 'reason' ) : $text( 'detail' ),
		'outcome'     => $text( 'outcome' ),
		'posts'       => isset( $said['post_ids'] ) && is_array( $said['post_ids'] ) ? count( $said['post_ids'] ) : 0,
	);
}

/** Tell until when nothing is sent, and how many failures in a row there were. */
function pause() {
	$kept = get_option( 'newsreel_pause' );
	return is_array( $kept ) && isset( $kept['until'], $kept['failures'] ) ? $kept : array( 'until' => 0, 'failures' => 0 );
}

/** Remember it. */
function save_pause( $failures, $until ) {
	if ( pause() !== compact( 'until', 'failures' ) ) {
		update_option( 'newsreel_pause', compact( 'until', 'failures' ), false );
	}
}

/** Take the turn to send, by one statement that only one process can win; '' where somebody has it. */
function take_turn() {
	global $wpdb;
	$mine  = ( time() + TURN_FOR ) . ':' . wp_generate_password( 20, false );
	$taken = $wpdb->query( $wpdb->prepare( "INSERT IGNORE INTO {$wpdb->options} (option_name, option_value, autoload) VALUES ('newsreel_turn', %s, 'no')", $mine ) ); // phpcs:ignore WordPress.DB
	if ( 1 === $taken ) {
		return $mine;
	}
	$held = (string) $wpdb->get_var( "SELECT option_value FROM {$wpdb->options} WHERE option_name = 'newsreel_turn'" ); // phpcs:ignore WordPress.DB
	if ( '' !== $held && (int) $held > time() ) {
		return '';
	}
	return change_turn( $held, $mine ) ? $mine : '';
}

/** Hold the turn for longer; false where it was lost to somebody else. */
function keep_turn( &$turn ) {
	$longer = ( time() + TURN_FOR ) . ':' . wp_generate_password( 20, false );
	if ( ! change_turn( $turn, $longer ) ) {
		return false;
	}
	$turn = $longer;
	return true;
}

/** Let somebody else send. */
function give_turn( $turn ) {
	change_turn( $turn, '0:' );
}

/** Change who has the turn, if it is still as it was. */
function change_turn( $from, $to ) {
	global $wpdb;
	return 1 === $wpdb->update( $wpdb->options, array( 'option_value' => $to ), array( 'option_name' => 'newsreel_turn', 'option_value' => $from ) ); // phpcs:ignore WordPress.DB
}

/** Send a test at once, and give what was answered. */
function send_test() {
	$body = (string) wp_json_encode( array( 'type' => 'newsreel.test', 'timestamp' => gmdate( 'Y-m-d\TH:i:s\Z' ), 'data' => (object) array() ) );
	return post( 'wp_test_' . str_replace( '-', '', wp_generate_uuid4() ), $body );
}
