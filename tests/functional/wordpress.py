"""A real WordPress for tests: Debian's package, MariaDB on a socket of its own, and PHP's own server.

It is driven as people drive it: by the forms of wp-admin, and by the REST API that the block editor speaks.
"""

import html
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx

from tests.functional.stack import free_port, until

PACKAGE = Path("/usr/share/wordpress")
PROGRAMS = ("php", "mariadbd", "mariadb-install-db", "mariadb")
USER, PASSWORD = "editor", "correct horse battery staple"

_CONFIG = """<?php
define('DB_NAME', 'wordpress'); define('DB_USER', 'root'); define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:{socket}'); define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
define('FS_METHOD', 'direct'); define('AUTOMATIC_UPDATER_DISABLED', true); define('WP_HTTP_BLOCK_EXTERNAL', true);
define('WP_ACCESSIBLE_HOSTS', 'localhost,127.0.0.1'); define('WP_DEBUG', true); define('WP_DEBUG_DISPLAY', false);
define('WP_DEBUG_LOG', '{folder}/debug.log');
$table_prefix = 'wp_';
if (!defined('ABSPATH')) {{ define('ABSPATH', __DIR__ . '/'); }}
require_once ABSPATH . 'wp-settings.php';
"""
_INSTALL = """<?php
$_SERVER['HTTP_HOST'] = '{host}'; define('WP_INSTALLING', true); define('WP_SITEURL', '{url}');
require '{site}/wp-load.php'; require ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('Newsroom', '{user}', 'editor@newsroom.example', true, '', '{password}', '');
"""


def missing() -> str:
    """Say what is not installed here, or ""."""
    lacks = [name for name in PROGRAMS if shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") is None]
    lacks += [] if (PACKAGE / "wp-load.php").is_file() else ["wordpress"]
    if not lacks:
        modules = subprocess.run(["php", "-m"], capture_output=True, text=True, check=True).stdout.split()
        lacks = [f"php-{name}" for name in ("mysqli", "mbstring") if name not in modules]
    return ", ".join(lacks)


@contextmanager
def running_wordpress(folder: Path) -> Iterator["WordPress"]:
    """Install WordPress in a folder and serve it."""
    socket, site = folder / "db.sock", folder / "site"
    database = start_database(folder, socket, "wordpress")
    try:
        copy_package(site)
        wordpress = WordPress(folder, site, socket)
        wordpress.install()
        wordpress.serve()
        try:
            wordpress.log_in()
            yield wordpress
        finally:
            wordpress.stop()
    finally:
        database.terminate()
        database.wait(30)


def copy_package(site: Path) -> None:
    """Copy WordPress's files. Some are links to other packages, and what those lack is left out."""

    # Not by `ignore_dangling_symlinks`: it takes every relative link for one (Python 3.11).
    def dangling(folder: str, names: list[str]) -> set[str]:
        paths = [Path(folder) / name for name in names]
        return {path.name for path in paths if path.is_symlink() and not path.exists()}

    shutil.copytree(PACKAGE, site, ignore=dangling)


def start_database(folder: Path, socket: Path, name: str) -> "subprocess.Popen[bytes]":
    """Start a MariaDB on a socket of its own, with an empty database of this name."""
    path = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin"}
    user = ["--user=root"] if os.geteuid() == 0 else []
    data = f"--datadir={folder / 'db'}"
    subprocess.run(
        ["mariadb-install-db", "--no-defaults", data, "--auth-root-authentication-method=normal", *user],
        env=path, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    with (folder / "mariadb.log").open("wb") as log:
        server = subprocess.Popen(
            ["mariadbd", "--no-defaults", data, f"--socket={socket}", "--skip-networking",
             f"--pid-file={folder / 'db.pid'}", "--innodb-flush-log-at-trx-commit=0",
             "--innodb-buffer-pool-size=32M", *user],
            env=path, stdout=log, stderr=log,
        )  # fmt: skip
    until(lambda: _sql(socket, "SELECT 1", database="mysql") == "1", what="MariaDB")
    _sql(socket, f"CREATE DATABASE {name} CHARACTER SET utf8mb4", database="mysql")
    return server


def _sql(socket: Path, query: str, database: str = "wordpress") -> str:
    call = ["mariadb", "--no-defaults", f"--socket={socket}", "-u", "root", "-N", "-B", "--raw", "-e", query, database]
    return subprocess.run(call, capture_output=True, text=True, check=False, timeout=60).stdout.strip()


class WordPress:
    """One site, and somebody who is logged in there."""

    def __init__(self, folder: Path, site: Path, socket: Path) -> None:
        self.folder, self.site, self._socket = folder, site, socket
        self._port = free_port()
        self.url = f"http://localhost:{self._port}"
        self.http = httpx.Client(base_url=self.url, timeout=60, trust_env=False, follow_redirects=True)
        self._server: subprocess.Popen[bytes] | None = None
        (site / "wp-config.php").unlink(missing_ok=True)
        (site / "wp-config.php").write_text(_CONFIG.format(socket=socket, folder=folder))

    def install(self) -> None:
        host = f"localhost:{self._port}"
        script = _INSTALL.format(host=host, url=self.url, site=self.site, user=USER, password=PASSWORD)
        (self.folder / "install.php").write_text(script)
        call = ["php", str(self.folder / "install.php")]
        done = subprocess.run(call, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def serve(self) -> None:
        with (self.folder / "php.log").open("ab") as log:
            self._server = subprocess.Popen(
                ["php", "-S", f"localhost:{self._port}", "-t", str(self.site)],
                env={**os.environ, "PHP_CLI_SERVER_WORKERS": "4"}, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        until(self._answers, what="WordPress")

    def _answers(self) -> bool:
        try:
            return self.http.get("/wp-login.php").status_code == 200
        except httpx.HTTPError:
            return False

    def stop(self) -> None:
        if self._server is not None:
            os.killpg(self._server.pid, signal.SIGKILL)
            self._server.wait(30)

    def log_in(self) -> None:
        self.http.get("/wp-login.php")
        self.http.post(
            "/wp-login.php", data={"log": USER, "pwd": PASSWORD, "testcookie": "1", "redirect_to": "/wp-admin/"}
        )
        assert 'id="wpadminbar"' in self.page("index.php").text

    def sql(self, query: str) -> str:
        return _sql(self._socket, query)

    def page(self, path: str) -> httpx.Response:
        """Open a page of wp-admin."""
        return self.http.get(f"/wp-admin/{path}")

    def submit(self, page: str, action: str, **typed: str) -> httpx.Response:
        """Fill in the form of a page whose field `action` has this value, and send it with all its hidden fields."""
        for form in _forms(page):
            given = _inputs(form)
            if given.get("action") == action:
                target = re.search(r'action="([^"]*)"', form.partition(">")[0])
                assert target
                return self.http.post(urljoin("/wp-admin/", html.unescape(target[1])), data={**given, **typed})
        raise AssertionError(f"no form {action!r}")

    def upload_plugin(self, file: bytes) -> None:
        """Install a plugin by Plugins, Add New, Upload Plugin, and activate it."""
        form = next(
            form
            for form in re.findall(r"<form.*?</form>", self.page("plugin-install.php?tab=upload").text, re.DOTALL)
            if "pluginzip" in form
        )
        answer = self.http.post(
            "/wp-admin/update.php?action=upload-plugin",
            data=_inputs(form),
            files={"pluginzip": ("newsreel-wordpress.zip", file, "application/zip")},
        )
        link = re.search(r'href="(plugins\.php\?action=activate[^"]+)"', answer.text)
        assert link, answer.text[-3000:]
        activated = self.page(html.unescape(link[1]))
        assert "Plugin activated" in activated.text, activated.text[:3000]

    def rest(self, method: str, route: str, **document: Any) -> Any:
        """Call the REST API as the block editor does."""
        nonce = self.http.get("/wp-admin/admin-ajax.php?action=rest-nonce").text
        path, _, query = route.partition("?")
        parts = {"rest_route": path, "_locale": "user", **dict(httpx.QueryParams(query))}
        headers = {"X-WP-Nonce": nonce}
        answer = self.http.request(method, "/", params=parts, json=document or None, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    def upload_picture(self, name: str, picture: bytes) -> int:
        """Put a picture into the media library."""
        nonce = self.http.get("/wp-admin/admin-ajax.php?action=rest-nonce").text
        headers = {
            "X-WP-Nonce": nonce,
            "Content-Type": "image/jpeg",
            "Content-Disposition": f'attachment; filename="{name}"',
        }
        answer = self.http.post("/", params={"rest_route": "/wp/v2/media"}, content=picture, headers=headers)
        assert answer.is_success, answer.text
        return int(answer.json()["id"])

    def cron(self) -> bool:
        """Do what a visitor does, or the task of a server: wake WP-Cron."""
        return self.http.get("/wp-cron.php?doing_wp_cron").is_success

    def php_faults(self) -> str:
        """What PHP complained about, of our plugin."""
        logs = [self.folder / "debug.log", self.folder / "php.log"]
        text = "".join(path.read_text(errors="replace") for path in logs if path.is_file())
        return "\n".join(line for line in text.splitlines() if "PHP " in line and "plugins/newsreel" in line)


def _forms(page: str) -> list[str]:
    return re.findall(r"<form.*?</form>", page, re.DOTALL)


def _inputs(form: str) -> dict[str, str]:
    given = {}
    for tag in re.findall(r"<input[^>]*>", form):
        said = {name: html.unescape(value) for name, value in re.findall(r'([\w-]+)=["\']([^"\']*)["\']', tag)}
        is_left_out = said.get("type") in {"checkbox", "radio"} and "checked" not in tag
        if said.get("name") and not is_left_out and said.get("type") not in {"file", "submit", "button"}:
            given[said["name"]] = said.get("value", "")
    return given
