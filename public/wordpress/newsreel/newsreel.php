<?php
/**
 * Plugin Name:       Newsreel
 * Description:       Tells Newsreel of every article that is published, changed or withdrawn, and shows what became of it on TikTok.
 * Version:           1.0.0
 * Requires at least: 6.0
 * Requires PHP:      7.4
 * Author:            Newsreel
 * License:           GPL-2.0-or-later
 * License URI:       https://www.gnu.org/licenses/old-licenses/gpl-2.0.html
 * Text Domain:       newsreel
 * Domain Path:       /languages
 *
 * This program is free software; you can redistribute it and/or modify it under the terms of the GNU General Public
 * License as published by the Free Software Foundation; either version 2 of the License, or (at your option) any later
 * version. It is distributed without any warranty. The text of the license stands in license.txt.
 */

namespace Newsreel;

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

const VERSION    = '1.0.0';
const DB_VERSION = 1;
const FILE       = __FILE__;

foreach ( array( 'settings', 'signature', 'queue', 'article', 'events', 'sender', 'state', 'words', 'callback', 'box', 'column', 'page', 'notices' ) as $part ) {
	require_once __DIR__ . "/includes/$part.php";
}

add_action( 'init', __NAMESPACE__ . '\\load_words' );
add_action( 'init', __NAMESPACE__ . '\\upgrade_table', 1 );
add_filter( 'wpmu_drop_tables', __NAMESPACE__ . '\\drop_with_site', 10, 2 );
register_deactivation_hook( FILE, __NAMESPACE__ . '\\stop_sending' );

/** Load the plugin's translations; those that WordPress has of it in its own folder win. */
function load_words() {
	load_plugin_textdomain( 'newsreel', false, dirname( plugin_basename( FILE ) ) . '/languages' );
}
