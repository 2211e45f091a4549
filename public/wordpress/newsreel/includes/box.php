<?php
/**
 * The box of an article: whether it is for TikTok, with which text and which picture, and what became of it.
 *
 * The block editor has a panel of its own (assets/editor.js), the classic one a box in HTML; both write the same fields.
 *
 * @package Newsreel
 */

namespace Newsreel;

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

const CHOICE  = '_newsreel_post';
const CAPTION = '_newsreel_caption';
const PICTURE = '_newsreel_picture';
/** As much as TikTok takes under a photo. */
const LONGEST_CAPTION = 4000;
const NONCE           = 'newsreel_box_nonce';

add_action( 'init', __NAMESPACE__ . '\\register_fields', 20 );
add_action( 'add_meta_boxes', __NAMESPACE__ . '\\add_box' );
add_action( 'save_post', __NAMESPACE__ . '\\save_box', 10, 2 );
add_action( 'enqueue_block_editor_assets', __NAMESPACE__ . '\\load_panel' );
add_action( 'admin_enqueue_scripts', __NAMESPACE__ . '\\load_box' );

/** Register the fields, for those to read and write who may edit the very post. */
function register_fields() {
	$may_edit = function ( $is_allowed, $name, $post_id ) {
		return current_user_can( 'edit_post', $post_id );
	};
	$fields   = array(
		CHOICE  => array( 'string', __NAMESPACE__ . '\\read_choice' ),
		CAPTION => array( 'string', __NAMESPACE__ . '\\read_caption' ),
		PICTURE => array( 'integer', 'absint' ),
	);
	foreach ( settings()['types'] as $type ) {
		foreach ( $fields as $name => $field ) {
			register_post_meta(
				$type,
				$name,
				array(
					'type'              => $field[0],
					'single'            => true,
					'default'           => 'integer' === $field[0] ? 0 : '',
					'show_in_rest'      => true,
					'sanitize_callback' => $field[1],
					'auth_callback'     => $may_edit,
				)
			);
		}
	}
}

/** Read a choice: yes, no, or what the settings say. */
function read_choice( $value ) {
	return in_array( $value, array( 'yes', 'no' ), true ) ? $value : '';
}

/** Read a caption: plain text with its lines. */
function read_caption( $value ) {
	return is_string( $value ) ? mb_substr( sanitize_textarea_field( $value ), 0, LONGEST_CAPTION ) : '';
}

/** Add the box where the block editor has no panel: it needs the kind's fields. */
function add_box( $type ) {
	if ( is_article_type( $type ) ) {
		$has_panel = post_type_supports( $type, 'custom-fields' );
		add_meta_box( 'newsreel', __( 'TikTok', 'newsreel' ), __NAMESPACE__ . '\\show_box', $type, 'side', 'high', array( '__back_compat_meta_box' => $has_panel ) );
	}
}

/** Show the box. */
function show_box( $post ) {
	$picture = (int) get_post_meta( $post->ID, PICTURE, true );
	$image   = $picture ? wp_get_attachment_image( $picture, 'medium', false, array( 'style' => 'max-width:100%;height:auto' ) ) : '';
	wp_nonce_field( 'newsreel_box_' . $post->ID, NONCE );
	?>
	<p><label><input type="hidden" name="newsreel_post" value="no">
		<input type="checkbox" name="newsreel_post" value="yes" <?php checked( is_for_tiktok( $post ) ); ?>>
		<?php esc_html_e( 'Post to TikTok', 'newsreel' ); ?></label></p>
	<p><label for="newsreel-caption"><?php esc_html_e( 'Caption for TikTok', 'newsreel' ); ?></label><br>
		<textarea id="newsreel-caption" name="newsreel_caption" rows="4" class="widefat" maxlength="<?php echo esc_attr( (string) LONGEST_CAPTION ); ?>"><?php echo esc_textarea( (string) get_post_meta( $post->ID, CAPTION, true ) ); ?></textarea>
		<span class="description"><?php esc_html_e( 'Empty: the excerpt of the article.', 'newsreel' ); ?></span></p>
	<p><?php esc_html_e( 'Picture for TikTok', 'newsreel' ); ?></p>
	<div id="newsreel-picture-shown"><?php echo wp_kses_post( $image ); ?></div>
	<input type="hidden" id="newsreel-picture" name="newsreel_picture" value="<?php echo esc_attr( (string) $picture ); ?>">
	<p><button type="button" class="button hide-if-no-js" id="newsreel-choose"><?php esc_html_e( 'Choose a picture', 'newsreel' ); ?></button>
		<button type="button" class="button-link hide-if-no-js" id="newsreel-remove"><?php esc_html_e( 'The pictures of the article', 'newsreel' ); ?></button></p>
	<?php
	show_lines( lines_of( $post->ID ) );
}

/** Show what is known of an article. */
function show_lines( array $lines ) {
	foreach ( $lines as $line ) {
		$mark = array( 'good' => '✓', 'bad' => '✗', 'calm' => '…' )[ $line['tone'] ];
		echo '<p class="newsreel-line">' . esc_html( "$mark " );
		if ( '' !== $line['url'] ) {
			printf( '<a href="%s" target="_blank" rel="noopener noreferrer">%s</a>', esc_url( $line['url'] ), esc_html( $line['text'] ) );
		} else {
			echo esc_html( $line['text'] );
		}
		echo '</p>';
	}
}

/** Store what was set in the box. */
function save_box( $post_id, $post ) {
	$nonce = isset( $_POST[ NONCE ] ) ? sanitize_text_field( wp_unslash( $_POST[ NONCE ] ) ) : '';
	if ( ! wp_verify_nonce( $nonce, "newsreel_box_$post_id" ) || ! is_article_type( $post->post_type ) || ! current_user_can( 'edit_post', $post_id ) ) {
		return;
	}
	if ( isset( $_POST['newsreel_post'] ) ) {
		update_post_meta( $post_id, CHOICE, read_choice( sanitize_text_field( wp_unslash( $_POST['newsreel_post'] ) ) ) );
	}
	if ( isset( $_POST['newsreel_caption'] ) ) {
		update_post_meta( $post_id, CAPTION, wp_slash( read_caption( wp_unslash( $_POST['newsreel_caption'] ) ) ) ); // phpcs:ignore WordPress.Security
	}
	if ( isset( $_POST['newsreel_picture'] ) ) {
		update_post_meta( $post_id, PICTURE, absint( $_POST['newsreel_picture'] ) );
	}
}

/** Load the block editor's panel. */
function load_panel() {
	$screen = get_current_screen();
	if ( ! $screen || ! is_article_type( $screen->post_type ) || ! post_type_supports( $screen->post_type, 'custom-fields' ) ) {
		return;
	}
	$needs = array( 'wp-plugins', 'wp-edit-post', 'wp-element', 'wp-components', 'wp-data', 'wp-core-data', 'wp-block-editor', 'wp-api-fetch' );
	wp_enqueue_script( 'newsreel-editor', plugins_url( 'assets/editor.js', FILE ), $needs, VERSION, true );
	$given = array(
		'isDefault' => settings()['posts_by_default'],
		'most'      => LONGEST_CAPTION,
		'words'     => array(
			'title'   => __( 'TikTok', 'newsreel' ),
			'post'    => __( 'Post to TikTok', 'newsreel' ),
			'caption' => __( 'Caption for TikTok', 'newsreel' ),
			'empty'   => __( 'Empty: the excerpt of the article.', 'newsreel' ),
			'picture' => __( 'Picture for TikTok', 'newsreel' ),
			'choose'  => __( 'Choose a picture', 'newsreel' ),
			'remove'  => __( 'The pictures of the article', 'newsreel' ),
		),
	);
	wp_add_inline_script( 'newsreel-editor', 'window.newsreelPanel = ' . wp_json_encode( $given, JSON_HEX_TAG ) . ';', 'before' );
}

/** Load what the box in HTML needs to choose a picture. */
function load_box( $hook ) {
	$screen = get_current_screen();
	if ( in_array( $hook, array( 'post.php', 'post-new.php' ), true ) && $screen && is_article_type( $screen->post_type ) && ! $screen->is_block_editor() ) {
		wp_enqueue_media();
		wp_enqueue_script( 'newsreel-box', plugins_url( 'assets/box.js', FILE ), array( 'jquery', 'media-editor' ), VERSION, true );
	}
}
