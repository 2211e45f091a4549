<?php
/**
 * The page Settings, Newsreel: address and secrets, a test, what waits, and the last answers.
 *
 * @package Newsreel
 */

namespace Newsreel;

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

const PAGE      = 'newsreel';
const MAY       = 'manage_options';
const SHOWN     = 30;
const ON_PAGE   = array( 'save', 'test', 'now', 'again' );

add_action( 'admin_menu', __NAMESPACE__ . '\\add_page' );
add_filter( 'plugin_action_links_' . plugin_basename( FILE ), __NAMESPACE__ . '\\add_link' );
foreach ( ON_PAGE as $name ) {
	add_action( "admin_post_newsreel_$name", __NAMESPACE__ . '\\handle' );
}

/** Add the page to the menu. */
function add_page() {
	add_options_page( __( 'Newsreel', 'newsreel' ), __( 'Newsreel', 'newsreel' ), MAY, PAGE, __NAMESPACE__ . '\\show_page' );
}

/** Add a link to it in the list of plugins. */
function add_link( $links ) {
	array_unshift( $links, sprintf( '<a href="%s">%s</a>', esc_url( page_address() ), esc_html__( 'Settings', 'newsreel' ) ) );
	return $links;
}

/** Where the page is. */
function page_address() {
	return admin_url( 'options-general.php?page=' . PAGE );
}

/** Do what a form of the page asks for, and show the page again. */
function handle() {
	$action = isset( $_POST['action'] ) ? sanitize_key( wp_unslash( $_POST['action'] ) ) : '';
	if ( ! current_user_can( MAY ) ) {
		wp_die( esc_html__( 'You may not change the settings of this site.', 'newsreel' ), '', array( 'response' => 403 ) );
	}
	check_admin_referer( $action );
	$done = array(
		'newsreel_save'  => __NAMESPACE__ . '\\handle_save',
		'newsreel_test'  => __NAMESPACE__ . '\\handle_test',
		'newsreel_now'   => __NAMESPACE__ . '\\handle_now',
		'newsreel_again' => __NAMESPACE__ . '\\handle_again',
	)[ $action ]();
	set_transient( 'newsreel_said_' . get_current_user_id(), $done, MINUTE_IN_SECONDS );
	wp_safe_redirect( page_address() );
	exit;
}

/** Store the settings. What cannot be used stays as it was, and is named. */
function handle_save() {
	$typed   = function ( $name ) {
		return isset( $_POST[ $name ] ) && is_string( $_POST[ $name ] ) ? trim( sanitize_text_field( wp_unslash( $_POST[ $name ] ) ) ) : ''; // phpcs:ignore WordPress.Security.NonceVerification
	};
	$faults  = array();
	$changes = array( 'posts_by_default' => 'yes' === $typed( 'posts_by_default' ) );
	$types   = isset( $_POST['types'] ) && is_array( $_POST['types'] ) ? array_map( 'sanitize_key', wp_unslash( $_POST['types'] ) ) : array(); // phpcs:ignore WordPress.Security
	$changes['types'] = array_values( array_intersect( array_keys( article_types() ), $types ) );
	if ( ! is_fixed( 'address' ) ) {
		$address = esc_url_raw( $typed( 'address' ), array( 'http', 'https' ) );
		if ( '' === $typed( 'address' ) || is_address( $address ) ) {
			$changes['address'] = $address;
		} else {
			$faults[] = __( 'This is not the address of a source: it begins with https:// and has /webhooks/cms/ in it. Copy it from the source in Newsreel.', 'newsreel' );
		}
	}
	$names = array(
		'secret'          => __( 'The secret is not whole: it begins with whsec_. Copy it from Newsreel.', 'newsreel' ),
		'callback_secret' => __( 'The secret of the notification is not whole: it begins with whsec_. Copy it from Newsreel.', 'newsreel' ),
	);
	foreach ( $names as $name => $fault ) {
		if ( ! is_fixed( $name ) && '' !== $typed( $name ) ) {
			if ( '' !== key_of( $typed( $name ) ) ) {
				$changes[ $name ] = $typed( $name );
			} else {
				$faults[] = $fault;
			}
		}
	}
	save_settings( $changes );
	// Whatever failed before may work now.
	save_pause( 0, 0 );
	send_soon();
	return $faults ? array( 'bad', implode( ' ', $faults ) ) : array( 'good', __( 'Saved.', 'newsreel' ) );
}

/** Send a test. */
function handle_test() {
	if ( ! is_ready() ) {
		return array( 'bad', __( 'Newsreel needs the address and the secret of its source.', 'newsreel' ) );
	}
	$answer = send_test();
	if ( $answer['status'] >= 200 && $answer['status'] < 300 ) {
		return 'ignored' === $answer['outcome']
			? array( 'good', __( 'Newsreel has the test: the address and the secret are right.', 'newsreel' ) )
			: array( 'bad', __( 'Something answers at that address, but not as Newsreel does.', 'newsreel' ) );
	}
	return array( 'bad', say_fault( $answer['status'], $answer ) );
}

/** Try at once what waits. */
function handle_now() {
	save_pause( 0, 0 );
	send_due();
	$waiting = backlog()['waiting'];
	/* translators: %d: number of events */
	return 0 === $waiting ? array( 'good', __( 'Nothing waits any more.', 'newsreel' ) ) : array( 'bad', sprintf( __( 'Still waiting: %d.', 'newsreel' ), $waiting ) );
}

/** Send again what was refused. */
function handle_again() {
	wait_again( isset( $_POST['id'] ) ? absint( $_POST['id'] ) : 0 ); // phpcs:ignore WordPress.Security.NonceVerification
	return handle_now();
}

/** The kinds of content that could be articles, with their names. */
function article_types() {
	$types = get_post_types( array( 'public' => true ), 'objects' );
	unset( $types['attachment'] );
	return wp_list_pluck( $types, 'label', 'name' );
}

/** Show the page. */
function show_page() {
	if ( ! current_user_can( MAY ) ) {
		return;
	}
	$said = get_transient( 'newsreel_said_' . get_current_user_id() );
	delete_transient( 'newsreel_said_' . get_current_user_id() );
	echo '<div class="wrap"><h1>' . esc_html__( 'Newsreel', 'newsreel' ) . '</h1>';
	if ( is_array( $said ) ) {
		printf( '<div class="notice notice-%s"><p>%s</p></div>', 'good' === $said[0] ? 'success' : 'error', esc_html( $said[1] ) );
	}
	show_form();
	show_way_back();
	show_queue();
	echo '</div>';
}

/** Begin a form that `handle` understands. */
function open_form( $action ) {
	printf( '<form method="post" action="%s"><input type="hidden" name="action" value="newsreel_%s">', esc_url( admin_url( 'admin-post.php' ) ), esc_attr( $action ) );
	wp_nonce_field( "newsreel_$action" );
}

/** Show the settings. No secret is ever shown. */
function show_form() {
	$settings = settings();
	open_form( 'save' );
	?>
	<table class="form-table" role="presentation">
	<tr><th scope="row"><label for="newsreel-address"><?php esc_html_e( 'Address of the source', 'newsreel' ); ?></label></th>
		<td><input type="url" class="large-text code" id="newsreel-address" name="address" value="<?php echo esc_attr( $settings['address'] ); ?>" placeholder="https://newsreel.example.org/webhooks/cms/wordpress" <?php disabled( is_fixed( 'address' ) ); ?>>
		<p class="description"><?php esc_html_e( 'In Newsreel: the page “Sources”, a source of the kind WordPress.', 'newsreel' ); ?></p></td></tr>
	<?php
	show_secret( 'secret', __( 'Secret of the source', 'newsreel' ), __( 'Newsreel shows it once, when the source is made or gets a new secret.', 'newsreel' ) );
	show_secret( 'callback_secret', __( 'Secret of the notification', 'newsreel' ), __( 'Only needed to see here what became of an article on TikTok: see below.', 'newsreel' ) );
	?>
	<tr><th scope="row"><?php esc_html_e( 'What are articles', 'newsreel' ); ?></th><td><fieldset>
		<legend class="screen-reader-text"><?php esc_html_e( 'What are articles', 'newsreel' ); ?></legend>
		<?php foreach ( article_types() as $type => $label ) : ?>
			<label><input type="checkbox" name="types[]" value="<?php echo esc_attr( $type ); ?>" <?php checked( in_array( $type, $settings['types'], true ) ); ?>> <?php echo esc_html( $label ); ?></label><br>
		<?php endforeach; ?>
	</fieldset></td></tr>
	<tr><th scope="row"><?php esc_html_e( 'New articles', 'newsreel' ); ?></th><td><fieldset>
		<legend class="screen-reader-text"><?php esc_html_e( 'New articles', 'newsreel' ); ?></legend>
		<label><input type="radio" name="posts_by_default" value="yes" <?php checked( $settings['posts_by_default'] ); ?>> <?php esc_html_e( 'are posted to TikTok unless their editor says no', 'newsreel' ); ?></label><br>
		<label><input type="radio" name="posts_by_default" value="no" <?php checked( ! $settings['posts_by_default'] ); ?>> <?php esc_html_e( 'are posted only when their editor says yes', 'newsreel' ); ?></label>
	</fieldset></td></tr>
	</table>
	<?php
	submit_button( __( 'Save', 'newsreel' ) );
	echo '</form>';
	open_form( 'test' );
	submit_button( __( 'Send a test', 'newsreel' ), 'secondary', 'submit', false );
	echo '</form>';
}

/** Show the field of a secret: whether there is one, and room for another. */
function show_secret( $name, $label, $hint ) {
	$has = '' !== key_of( settings()[ $name ] );
	printf(
		'<tr><th scope="row"><label for="newsreel-%1$s">%2$s</label></th><td><input type="password" class="large-text code" id="newsreel-%1$s" name="%1$s" value="" autocomplete="off" spellcheck="false" placeholder="%3$s" %4$s><p class="description">%5$s %6$s</p></td></tr>',
		esc_attr( $name ),
		esc_html( $label ),
		esc_attr( $has ? '••••••••••••' : 'whsec_…' ),
		disabled( is_fixed( $name ), true, false ),
		esc_html( $hint ),
		esc_html( $has ? __( 'It is set. Leave it empty to keep it.', 'newsreel' ) : __( 'It is not set.', 'newsreel' ) )
	);
}

/** Say how Newsreel tells what became of an article. */
function show_way_back() {
	$heard = (int) get_option( 'newsreel_heard_at' );
	echo '<h2>' . esc_html__( 'What became of it on TikTok', 'newsreel' ) . '</h2><p>';
	esc_html_e( 'In Newsreel, add a webhook on the notifications page with this address, and paste its secret above.', 'newsreel' );
	echo '</p><p><code>' . esc_html( callback_address() ) . '</code></p><p>';
	/* translators: %s: a time */
	echo esc_html( $heard ? sprintf( __( 'Newsreel was last heard of at %s.', 'newsreel' ), say_time( $heard ) ) : __( 'Newsreel has told nothing yet.', 'newsreel' ) );
	echo '</p>';
}

/** Show what waits, and the last answers. */
function show_queue() {
	$backlog = backlog();
	$pause   = pause();
	$ran_at  = (int) get_option( 'newsreel_ran_at' );
	echo '<h2>' . esc_html__( 'Last answers', 'newsreel' ) . '</h2><p>';
	/* translators: %d: number of events */
	echo esc_html( 0 === $backlog['waiting'] ? __( 'Nothing waits.', 'newsreel' ) : sprintf( __( 'Waiting: %d.', 'newsreel' ), $backlog['waiting'] ) );
	if ( $backlog['waiting'] > 0 && $pause['until'] > time() ) {
		/* translators: %s: a time */
		echo ' ' . esc_html( sprintf( __( 'The next try is at %s.', 'newsreel' ), say_time( $pause['until'] ) ) );
	}
	echo '</p>';
	if ( is_cron_off() ) {
		echo '<p>' . esc_html__( 'DISABLE_WP_CRON is set on this site: articles leave when the task of the server calls wp-cron.php. Let it do so every minute.', 'newsreel' );
		/* translators: %s: a time */
		echo ' ' . esc_html( $ran_at ? sprintf( __( 'It last did at %s.', 'newsreel' ), say_time( $ran_at ) ) : __( 'It never did.', 'newsreel' ) ) . '</p>';
	}
	if ( $backlog['waiting'] > 0 ) {
		open_form( 'now' );
		submit_button( __( 'Try now', 'newsreel' ), 'secondary', 'submit', false );
		echo '</form><br>';
	}
	echo '<table class="widefat striped"><thead><tr>';
	foreach ( array( __( 'When', 'newsreel' ), __( 'Article', 'newsreel' ), __( 'Event', 'newsreel' ), __( 'Verdict', 'newsreel' ) ) as $head ) {
		echo '<th scope="col">' . esc_html( $head ) . '</th>';
	}
	echo '</tr></thead><tbody>';
	array_map( __NAMESPACE__ . '\\show_event', last_events( SHOWN ) );
	echo '</tbody></table>';
}

/** Show one event. */
function show_event( $event ) {
	$title = get_the_title( (int) $event->post_id );
	$link  = get_edit_post_link( (int) $event->post_id );
	$name  = '' !== $title ? $title : "#{$event->post_id}";
	echo '<tr><td>' . esc_html( say_time( (int) $event->created_at ) ) . '</td><td>';
	echo $link ? sprintf( '<a href="%s">%s</a>', esc_url( $link ), esc_html( $name ) ) : esc_html( $name );
	echo '</td><td>' . esc_html( say_type( $event->type ) ) . '</td><td>' . esc_html( say_event( $event ) );
	if ( in_array( $event->state, array( REFUSED, GIVEN_UP ), true ) && $event->has_body ) {
		open_form( 'again' );
		printf( '<input type="hidden" name="id" value="%d">', (int) $event->id );
		submit_button( __( 'Send again', 'newsreel' ), 'small', 'submit', false );
		echo '</form>';
	}
	echo '</td></tr>';
}
