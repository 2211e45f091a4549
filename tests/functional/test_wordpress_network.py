"""The plugin in a network of WordPress sites: switched on for all at once, and each has its own settings and queue."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.articles.adapters.standard_webhooks import make_secret
from tests.functional.wordpress import WordPress, copy_package, missing, start_database
from tests.support.wordpress_plugin import SOURCE

pytestmark = pytest.mark.skipif(
    bool(missing()), reason=f"a real WordPress needs Debian's packages, and here is no {missing()}"
)

_NETWORK = """
define('MULTISITE', true); define('SUBDOMAIN_INSTALL', false); define('DOMAIN_CURRENT_SITE', '{host}');
define('PATH_CURRENT_SITE', '/'); define('SITE_ID_CURRENT_SITE', 1); define('BLOG_ID_CURRENT_SITE', 1);
"""
# As a visitor of one of the sites would: each script is a process of its own.
_VISIT = """<?php
$_SERVER += array('HTTP_HOST' => '{host}', 'SERVER_NAME' => '{host}', 'REQUEST_METHOD' => 'GET',
  'REQUEST_URI' => $argv[1], 'SERVER_PROTOCOL' => 'HTTP/1.1', 'REMOTE_ADDR' => '127.0.0.1');
define('DISABLE_WP_CRON', true);
require '{site}/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/plugin.php';
wp_set_current_user(1);
echo json_encode((function () use ($argv) {{ {code} }})());
"""
_FOUND = """
require_once ABSPATH . 'wp-admin/includes/upgrade.php'; require_once ABSPATH . 'wp-admin/includes/network.php';
global $wpdb; foreach ($wpdb->tables('ms_global') as $name => $table) { $wpdb->$name = $table; }
install_network(); $made = populate_network(1, '{host}', 'editor@newsroom.example', 'Newsrooms', '/', false);
return is_wp_error($made) ? $made->get_error_messages() : 'made';
"""
_SECOND = "return wpmu_create_blog('{host}', '/second/', 'Second', 1);"
_ON = "return activate_plugin('newsreel/newsreel.php', '', true);"
_OFF = "deactivate_plugins('newsreel/newsreel.php', false, true); return 'off';"
_SET = "Newsreel\\\\save_settings(array('address' => $argv[2], 'secret' => $argv[3])); return Newsreel\\\\is_ready();"
_PUBLISH = "return wp_insert_post(array('post_title' => $argv[2], 'post_content' => 'x', 'post_status' => 'publish'));"
_STATE = """
global $wpdb; $table = Newsreel\\\\table();
return array('table' => $table, 'address' => Newsreel\\\\settings()['address'], 'is_ready' => Newsreel\\\\is_ready(),
  'queue' => $wpdb->get_col("SELECT body FROM $table"), 'sweeps' => (bool) wp_next_scheduled('newsreel_sweep'));
"""
_CRON = "return array_filter(array_map(fn($hooks) => (array) $hooks, (array) _get_cron_array()), fn($hooks) =>\
 isset($hooks['newsreel_sweep']) || isset($hooks['newsreel_send']));"
_DELETE = "return wp_delete_site((int) $argv[2])->blog_id;"


class Network:
    """Two sites of one installation, visited by PHP itself: no server is needed for what stands in the database."""

    def __init__(self, wordpress: WordPress) -> None:
        self.wordpress = wordpress
        # A network's sites have no port in their addresses: WordPress takes the colon out.
        self.host = "news.example"

    def visit(self, path: str, code: str, *arguments: str) -> Any:
        script = self.wordpress.folder / "visit.php"
        own = code.replace("{host}", self.host).replace("\\\\", "\\")
        script.write_text(_VISIT.format(host=self.host, site=self.wordpress.site, code=own))
        call = ["php", str(script), path, *arguments]
        done = subprocess.run(call, capture_output=True, text=True, check=False, timeout=120)
        try:
            return json.loads(done.stdout)
        except ValueError:
            raise AssertionError(done.stdout + done.stderr) from None


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    folder: Path = tmp_path_factory.mktemp("network")
    database = start_database(folder, folder / "db.sock", "wordpress")
    try:
        copy_package(folder / "site")
        wordpress = WordPress(folder, folder / "site", folder / "db.sock")
        wordpress.install()
        shutil.copytree(SOURCE, folder / "site" / "wp-content" / "plugins" / "newsreel")
        network = Network(wordpress)
        assert network.visit("/", _FOUND) == "made"
        config = folder / "site" / "wp-config.php"
        told = _NETWORK.format(host=network.host)
        config.write_text(config.read_text().replace("$table_prefix", told + "$table_prefix"))
        os.utime(config)
        assert network.visit("/", _SECOND) == 2
        assert network.visit("/", _ON) is None
        yield network
        assert wordpress.php_faults() == ""
    finally:
        database.terminate()
        database.wait(30)


def test_each_site_has_its_own_settings_and_its_own_queue(network: Network):
    first, second = (f"https://newsreel.example/webhooks/cms/{name}" for name in ("first", "second"))
    assert network.visit("/", _SET, first, make_secret()) is True
    before = network.visit("/second/", _STATE)
    assert (before["address"], before["is_ready"], before["queue"]) == ("", False, [])
    assert network.visit("/second/", _SET, second, make_secret()) is True
    network.visit("/", _PUBLISH, "Of the first")
    network.visit("/second/", _PUBLISH, "Of the second")
    states = [network.visit(path, _STATE) for path in ("/", "/second/")]
    assert [(state["table"], state["address"]) for state in states] == [
        ("wp_newsreel_queue", first), ("wp_2_newsreel_queue", second),
    ]  # fmt: skip
    assert [[json.loads(body)["data"]["post"]["post_title"] for body in state["queue"]] for state in states] == [
        ["Of the first"], ["Of the second"],
    ]  # fmt: skip
    assert [state["sweeps"] for state in states] == [True, True]


def test_switched_off_for_the_network_it_leaves_no_task_on_any_site_and_goes_with_a_site(network: Network):
    assert network.visit("/", _OFF) == "off"
    assert [network.visit(path, _CRON) for path in ("/", "/second/")] == [[], []]
    assert network.visit("/", _ON) is None
    network.visit("/second/", _STATE)
    assert network.visit("/", _DELETE, "2") == "2"
    assert network.wordpress.sql("SHOW TABLES LIKE 'wp%newsreel_queue'") == "wp_newsreel_queue"
