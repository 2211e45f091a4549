"""WordPress of Debian's packages, with our plugin and its REST API as the net beneath."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.functional.stack import Stack, jpeg
from tests.functional.wordpress import WordPress, missing, running_wordpress

_SETTINGS = "options-general.php?page=newsreel"


class _Site:
    def __init__(self, wordpress: WordPress) -> None:
        self._wordpress = wordpress
        # Addresses such as /wp-json/ need WordPress's own names for pages.
        wordpress.sql("UPDATE wp_options SET option_value = '/%postname%/' WHERE option_name = 'permalink_structure'")
        wordpress.sql("DELETE FROM wp_options WHERE option_name = 'rewrite_rules'")
        self._picture = wordpress.upload_picture("mektep.jpg", jpeg())

    @property
    def feed(self) -> dict[str, Any]:
        return {"feed_url": f"{self._wordpress.url}/wp-json/wp/v2/posts"}

    def connect(self, source: dict[str, Any], stack: Stack) -> None:
        self._wordpress.upload_plugin(stack.http.get("/newsreel-wordpress.zip").content)
        page = self._wordpress.page(_SETTINGS).text
        typed = {"address": source["webhook_url"], "secret": source["secret"]}
        assert "Saved." in self._wordpress.submit(page, "newsreel_save", **typed).text

    def publish(self, title: str) -> str:
        post = {"title": title, "content": "<p>Мәтін.</p>", "status": "publish", "featured_media": self._picture}
        return str(self._wordpress.rest("POST", "/wp/v2/posts", **post)["id"])

    def update(self, article: str, title: str) -> None:
        self._wordpress.rest("POST", f"/wp/v2/posts/{article}", title=title)

    def unpublish(self, article: str) -> None:
        self._wordpress.rest("POST", f"/wp/v2/posts/{article}", status="draft")

    def mute(self) -> None:
        self._wordpress.sql("UPDATE wp_options SET option_value = 'a:0:{}' WHERE option_name = 'active_plugins'")


class WordPressOfDebian:
    """The packages wordpress, php-cli and mariadb-server, installed by hand or by `.ci/run`."""

    NAME, KIND, OPTIONS = "WordPress (Debian)", "wordpress", dict[str, Any]()

    def missing(self, _folder: Path) -> str:
        lacks = missing()
        return f"Debian's packages are needed, and here is no {lacks}" if lacks else ""

    @contextmanager
    def running(self, folder: Path) -> Iterator[_Site]:
        with running_wordpress(folder) as wordpress:
            yield _Site(wordpress)
