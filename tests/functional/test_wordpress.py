"""The plugin in a real WordPress, beside a real installation: what editors click, and what of it arrives, and how."""

import json
import re
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import expect

from app.articles.adapters.standard_webhooks import make_secret, sign_delivery
from app.kit.clock import utcnow
from tests.functional.block_editor import block_editor
from tests.functional.stack import Stack, jpeg, until
from tests.functional.wordpress import PASSWORD, USER, WordPress, missing, running_wordpress
from tests.support.command import MakeDatabase

pytestmark = pytest.mark.skipif(
    bool(missing()), reason=f"a real WordPress needs Debian's packages, and here is no {missing()}"
)

SETTINGS = "options-general.php?page=newsreel"
# The classic editor's form, where the address asks for it; and a site whose cron is the server's, where it says so.
_SWITCHES = """<?php
add_filter('use_block_editor_for_post', function () { return empty($_REQUEST['classic']); });
if (isset($_GET['nocron'])) { define('DISABLE_WP_CRON', true); }
"""


class Desk:
    """Both sides, connected as the manual says."""

    def __init__(self, stack: Stack, wordpress: WordPress) -> None:
        self.stack, self.wordpress = stack, wordpress
        self.source = stack.api("POST", "/api/sources", json={"name": "Site", "kind": "wordpress"})
        self.told = stack.api(
            "POST", "/api/notifications",
            json={"channel": "webhook", "url": f"{wordpress.url}/?rest_route=/newsreel/v1/state", "digest": False},
        )  # fmt: skip

    def set_up(self, **typed: str) -> str:
        page = self.wordpress.page(SETTINGS).text
        return self.wordpress.submit(page, "newsreel_save", **typed).text

    def article(self, post_id: int) -> dict[str, Any] | None:
        """What Newsreel has of a post, with the deliveries that told of it."""
        items = self.stack.api("GET", f"/api/articles?source_id={self.source['id']}&limit=200")["items"]
        found = [item["id"] for item in items if item["external_id"] == str(post_id)]
        return dict(self.stack.api("GET", f"/api/articles/{found[0]}")) if found else None

    def events(self, post_id: int) -> list[tuple[str, str]]:
        article = self.article(post_id)
        # What was read on the article's page, where WordPress told no author or picture, is no delivery.
        told = [] if article is None else _in_order(article)
        return [(event["type"], event["outcome"]) for event in told if event["type"] != "page.read"]

    def until_events(self, post_id: int, *expected: tuple[str, str]) -> None:
        try:
            until(lambda: self.events(post_id) == list(expected))
        except AssertionError:
            queue = self.wordpress.sql("SELECT id, post_id, type, state, attempts, answer FROM wp_newsreel_queue")
            told = f"{self.events(post_id)}, not {expected}\n{queue}\n{self.wordpress.php_faults()}"
            raise AssertionError(told) from None

    def waiting(self) -> int:
        return int(self.wordpress.sql("SELECT COUNT(*) FROM wp_newsreel_queue WHERE state = 'waiting'"))

    def kill(self) -> None:
        """Kill all of Newsreel at once."""
        self.stack.end_newsreel(signal.SIGKILL)

    def start_again(self) -> None:
        self.stack.start_newsreel()


def _in_order(article: dict[str, Any]) -> list[dict[str, Any]]:
    events = sorted(article["events"], key=lambda event: event["received_at"])
    assert [event["revision"] for event in events] == sorted(event["revision"] for event in events)
    assert len({event["delivery_id"] for event in events}) == len(events)
    return events


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, migrated_database: MakeDatabase) -> Iterator[Desk]:
    """One WordPress and one Newsreel for all of this file."""
    folder = tmp_path_factory.mktemp("wordpress")
    stack = Stack(folder, migrated_database("sqlite", folder))
    with ThreadPoolExecutor(1) as pool:
        starting = pool.submit(stack.start)
        try:
            with running_wordpress(folder) as wordpress:
                starting.result()
                (wordpress.site / "wp-content" / "mu-plugins").mkdir()
                (wordpress.site / "wp-content" / "mu-plugins" / "switches.php").write_text(_SWITCHES)
                stack.emulator("POST", "progression", json={"pace": "immediate"})
                stack.connect("wordpress", privacy_level="PUBLIC_TO_EVERYONE")
                wordpress.upload_plugin(stack.http.get("/newsreel-wordpress.zip").content)
                desk = Desk(stack, wordpress)
                said = desk.set_up(
                    address=desk.source["webhook_url"],
                    secret=desk.source["secret"],
                    callback_secret=desk.told["secret"],
                )
                assert "Saved." in said
                yield desk
                assert wordpress.php_faults() == ""
        finally:
            stack.stop()


def test_is_set_up_by_clicks_and_says_what_is_wrong(desk: Desk):
    wordpress, page = desk.wordpress, desk.wordpress.page(SETTINGS).text
    for secret in (desk.source["secret"], desk.told["secret"]):
        assert secret not in page
    assert "It is set. Leave it empty to keep it." in page
    assert (
        "Newsreel has the test: the address and the secret are right." in wordpress.submit(page, "newsreel_test").text
    )
    assert "it begins with https://" in desk.set_up(address="https://news.example/wrong")
    assert "it begins with whsec_" in desk.set_up(secret="whsec_c2hvcnQ=")
    assert "Saved." in desk.set_up(secret=make_secret())
    said = wordpress.submit(wordpress.page(SETTINGS).text, "newsreel_test").text
    assert "The address or the secret is wrong" in said
    assert "Saved." in desk.set_up(secret=desk.source["secret"])
    assert "DISABLE_WP_CRON is set on this site" in wordpress.page(f"{SETTINGS}&nocron=1").text
    assert desk.stack.api("POST", f"/api/notifications/{desk.told['id']}/test")["delivered"] is True
    assert "Newsreel was last heard of at" in wordpress.page(SETTINGS).text


def test_an_article_goes_out_as_its_editor_wants_and_its_state_comes_back(desk: Desk):
    wordpress, stack = desk.wordpress, desk.stack
    cover, own = (wordpress.upload_picture(f"{name}.jpg", jpeg()) for name in ("cover", "own"))
    meta = {"_newsreel_caption": "Тек TikTok үшін 🎒\n#Сәтбаев", "_newsreel_picture": own}
    text = "<!-- wp:paragraph -->\n<p>Ашылды.</p>\n<!-- /wp:paragraph -->"
    post_id = wordpress.rest(
        "POST",
        "/wp/v2/posts",
        title="Жаңа мектеп",
        content=text,
        excerpt="Үзінді",
        status="publish",
        featured_media=cover,
        meta=meta,
    )["id"]
    # Nobody wakes WP-Cron here but the plugin itself.
    desk.until_events(post_id, ("article.published", "created"))
    article = desk.article(post_id)
    assert article is not None
    assert (article["title"], article["text"], article["caption"]) == (
        "Жаңа мектеп",
        "Ашылды.",
        meta["_newsreel_caption"],
    )
    (image,) = article["images"]
    assert urlsplit(image["url"]).path.endswith("/own.jpg")
    (post,) = stack.api("GET", f"/api/posts?article_id={article['id']}")["items"]
    post = stack.wait_for(post["id"], "published")
    assert post["description"].startswith("Тек TikTok үшін 🎒\n#Сәтбаев")
    until(lambda: "On TikTok" in wordpress.page("edit.php").text, what="the state in the list of posts")
    (line,) = wordpress.rest("GET", f"/newsreel/v1/articles/{post_id}")["lines"]
    assert (line["text"], line["tone"]) == ("Wordpress: On TikTok", "good")
    assert line["url"].startswith(("https://", stack.url))
    # A password ends it; what is on TikTok stays there, and is named.
    wordpress.rest("POST", f"/wp/v2/posts/{post_id}", password="geheim")
    desk.until_events(post_id, ("article.published", "created"), ("article.unpublished", "unpublished"))
    until(lambda: "Withdrawn here, still on TikTok" in wordpress.page("edit.php").text, what="the withdrawal")


def test_all_that_happens_while_newsreel_is_dead_arrives_once_and_in_order(desk: Desk):
    wordpress = desk.wordpress
    form = wordpress.page("post-new.php?classic=1").text
    said = wordpress.submit(
        form, "editpost", post_title="Бірінші", content="<p>Мәтін.</p>", publish="Publish", classic="1",
        newsreel_post="yes", newsreel_caption="Қолмен \\ жазылған",
    )  # fmt: skip
    found = re.search(r"post\.php\?post=(\d+)", str(said.url))
    assert found, said.text[:2000]
    edited = int(found[1])
    desk.until_events(edited, ("article.published", "created"))
    assert (desk.article(edited) or {})["caption"] == "Қолмен \\ жазылған"
    form = wordpress.page(f"post.php?post={edited}&action=edit&classic=1").text
    wordpress.submit(
        form,
        "editpost",
        save="Update",
        classic="1",
        newsreel_post="yes",
        newsreel_caption="Қолмен \\ жазылған",
        content="<p>Мәтін.</p>",
    )

    desk.kill()
    for number in (2, 3):
        wordpress.rest("POST", f"/wp/v2/posts/{edited}", title=f"Нұсқа {number}")
    new = wordpress.rest("POST", "/wp/v2/posts", title="Жаңа", content="Мәтін.", status="publish")["id"]
    wordpress.rest("POST", f"/wp/v2/posts/{new}", title="Жаңарған")
    brief = wordpress.rest("POST", "/wp/v2/posts", title="Қате", content="Мәтін.", status="publish")["id"]
    _trash(wordpress, brief)
    until(
        lambda: int(wordpress.sql("SELECT MAX(attempts) FROM wp_newsreel_queue WHERE state = 'waiting'") or 0) > 0,
        what="a try",
    )
    assert desk.waiting() == 5
    page = wordpress.page(SETTINGS).text
    assert "Waiting: 5." in page
    assert "Nobody answers at that address" in page
    assert "The next try is at" in page
    assert "Not sent: the article was withdrawn before its turn." in page

    desk.start_again()
    # By itself, as soon as somebody comes by after the pause.
    until(lambda: wordpress.cron() and desk.waiting() == 0, what="an empty queue")
    desk.until_events(edited, ("article.published", "created"), *[("article.updated", "updated")] * 2)
    desk.until_events(new, ("article.published", "created"), ("article.updated", "updated"))
    assert ((desk.article(edited) or {})["title"], (desk.article(new) or {})["title"]) == ("Нұсқа 3", "Жаңарған")
    assert [event for event in desk.events(brief) if event[0] != "article.unpublished"] == []
    _trash(wordpress, edited)
    wordpress.rest("DELETE", f"/wp/v2/posts/{edited}?force=true")
    desk.until_events(
        edited,
        ("article.published", "created"),
        *[("article.updated", "updated")] * 2,
        ("article.unpublished", "unpublished"),
    )


def _trash(wordpress: WordPress, post_id: int) -> None:
    """Click Trash in the list of posts."""
    page = wordpress.page("edit.php").text
    link = re.search(rf'href="([^"]*post\.php\?post={post_id}&amp;action=trash[^"]*)"', page)
    assert link
    wordpress.http.get(link[1].replace("&amp;", "&"))
    assert wordpress.sql(f"SELECT post_status FROM wp_posts WHERE ID = {post_id}") == "trash"


def test_a_scheduled_article_is_told_when_it_goes_out_and_one_not_for_tiktok_has_no_post(desk: Desk):
    wordpress, stack = desk.wordpress, desk.stack
    due = (utcnow() + timedelta(seconds=4)).strftime("%Y-%m-%dT%H:%M:%S")
    later = wordpress.rest("POST", "/wp/v2/posts", title="Кейін", content="Мәтін.", status="future", date_gmt=due)["id"]
    no = wordpress.rest(
        "POST", "/wp/v2/posts", title="Жоқ", content="Мәтін.", status="publish", meta={"_newsreel_post": "no"}
    )["id"]
    hidden = [
        wordpress.rest("POST", "/wp/v2/posts", title="Жасырын", content="Мәтін.", **status)["id"]
        for status in ({"status": "draft"}, {"status": "private"}, {"status": "publish", "password": "geheim"})
    ]
    hidden.append(wordpress.rest("POST", "/wp/v2/pages", title="Бет", content="Мәтін.", status="publish")["id"])
    desk.until_events(no, ("article.published", "created"))
    article = desk.article(no)
    assert article is not None
    assert article["is_declined"] is True
    assert stack.api("GET", f"/api/posts?article_id={article['id']}")["items"] == []
    assert "plans no post" in wordpress.page("edit.php").text
    wordpress.rest("POST", f"/wp/v2/posts/{no}", meta={"_newsreel_post": "yes"})
    desk.until_events(no, ("article.published", "created"), ("article.updated", "created"))
    assert len(stack.api("GET", f"/api/posts?article_id={article['id']}")["items"]) == 1
    until(lambda: wordpress.cron() and desk.events(later), what="the scheduled article")
    # Quick edit, with a form that says nothing of TikTok.
    quick = re.search(r'id="_inline_edit"[^>]*value="(\w+)"', wordpress.page("edit.php").text)
    assert quick
    wordpress.http.post(
        "/wp-admin/admin-ajax.php",
        data={"action": "inline-save", "_inline_edit": quick[1], "post_ID": str(later), "post_type": "post",
              "post_title": "Кейінірек",
              "_status": "publish", "screen": "edit-post", "post_view": "list"},
    )  # fmt: skip
    desk.until_events(later, ("article.published", "created"), ("article.updated", "updated"))
    wordpress.rest("POST", f"/wp/v2/posts/{later}", status="draft")
    wordpress.rest("POST", f"/wp/v2/posts/{later}", status="publish")
    desk.until_events(
        later, ("article.published", "created"), ("article.updated", "updated"), ("article.unpublished", "unpublished"),
        ("article.published", "republished"),
    )  # fmt: skip
    assert [desk.events(post_id) for post_id in hidden] == [[]] * 4


def test_an_editor_fills_in_the_block_editor_s_panel_and_the_post_goes_out_so(desk: Desk):
    wordpress, stack = desk.wordpress, desk.stack
    wordpress.upload_picture("chosen-by-hand.jpg", jpeg())
    caption = "Блок редакторынан 🎬\nЕкінші жол"
    with block_editor(wordpress.url) as editor:
        if editor is None:
            pytest.skip("no Chromium here: install the package `chromium`")
        editor.log_in(USER, PASSWORD)
        editor.open("post-new.php")
        editor.title("Блоктар")
        editor.caption(caption)
        editor.choose_picture("chosen-by-hand")
        post_id = editor.publish()
        desk.until_events(post_id, ("article.published", "created"))
        editor.open(f"post.php?post={post_id}&action=edit")
        expect(editor.panel.get_by_label("Caption for TikTok")).to_have_value(caption)
        expect(editor.panel.locator("img")).to_have_attribute("src", editor.picture_of("chosen-by-hand"))
        expect(editor.panel.get_by_text("On TikTok")).to_be_visible()
        assert editor.troubles == []
    article = desk.article(post_id)
    assert article is not None
    assert (article["caption"], article["authors"]) == (caption, [USER])
    assert [urlsplit(image["url"]).path.endswith("/chosen-by-hand.jpg") for image in article["images"]] == [True]
    (post,) = stack.api("GET", f"/api/posts?article_id={article['id']}")["items"]
    post = stack.wait_for(post["id"], "published")
    assert post["description"].startswith(caption)
    assert len(post["media"]) == 1


def test_what_no_hook_saw_is_found_by_the_sweep(desk: Desk):
    wordpress = desk.wordpress
    post_id = wordpress.rest("POST", "/wp/v2/posts", title="Дерекқор", content="Мәтін.", status="draft")["id"]
    wordpress.sql(
        "UPDATE wp_posts SET post_status = 'publish', post_date_gmt = UTC_TIMESTAMP(),"
        f" post_modified_gmt = UTC_TIMESTAMP() WHERE ID = {post_id}"
    )
    wordpress.sql("DELETE FROM wp_options WHERE option_name = 'newsreel_looked_at'")
    cron = wordpress.sql("SELECT option_value FROM wp_options WHERE option_name = 'cron'")
    # Its slot may hold other tasks before it, and there are other slots.
    slot = r"i:\d{10}(?=;a:\d+:\{(?:(?!i:\d{10};a:).)*?s:14:\"newsreel_sweep\")"
    due = re.sub(slot, f"i:{int(time.time()) - 5}", cron, count=1)
    assert due != cron
    quoted = due.replace("\\", "\\\\").replace("'", "\\'")
    wordpress.sql(f"UPDATE wp_options SET option_value = '{quoted}' WHERE option_name = 'cron'")
    until(lambda: wordpress.cron() and desk.events(post_id), what="the article that nobody told of")
    desk.until_events(post_id, ("article.published", "created"))


def test_believes_only_newsreel_and_only_the_newest(desk: Desk):
    wordpress = desk.wordpress
    post_id = wordpress.rest("POST", "/wp/v2/posts", title="Кері", content="Мәтін.", status="draft")["id"]
    about = "01a228e1-5d7c-7d2e-9b1a-111111111111"

    def tell(
        minute: int, type_: str = "post.published", *, secret: str = "", ago: int = 0, **data: Any
    ) -> httpx.Response:
        event = {
            "post_id": about, "external_id": str(post_id), "source_slug": desk.source["slug"], "account": "Aimak",
            "share_url": f"https://www.tiktok.com/@a/photo/{minute}", "url": desk.stack.url, "message": "<b>why</b>",
        }  # fmt: skip
        at = f"2026-11-30T03:{minute:02}:00.000Z"
        body = json.dumps({"type": type_, "timestamp": at, "data": event | data}).encode()
        headers = sign_delivery(secret or desk.told["secret"], f"msg_{minute}", int(time.time()) - ago, body)
        return httpx.post(
            f"{wordpress.url}/?rest_route=/newsreel/v1/state", content=body, headers=headers, trust_env=False
        )

    def lines() -> list[dict[str, str]]:
        return list(wordpress.rest("GET", f"/newsreel/v1/articles/{post_id}")["lines"])

    assert tell(10, secret=make_secret()).status_code == 401
    assert tell(10, ago=3600).status_code == 401
    assert tell(10, ago=-3600).status_code == 401
    bare = httpx.post(f"{wordpress.url}/?rest_route=/newsreel/v1/state", content=b"{}", trust_env=False)
    assert bare.status_code == 401
    assert lines() == []
    assert tell(10, source_slug="another").json() == {"kept": 0}
    assert tell(10, external_id="1 OR 1").json() == {"kept": 0}
    assert tell(10, post_id="../x").json() == {"kept": 0}
    assert tell(20, "post.failed").json() == {"kept": 1}
    assert tell(10).json() == {"kept": 0}
    assert lines()[0]["text"] == "Aimak: Did not go out. why"
    assert tell(30, share_url="javascript:alert(1)", account="<script>x</script>Aimak").json() == {"kept": 1}
    assert (lines()[0]["text"], lines()[0]["url"]) == ("Aimak: On TikTok", "https://www.tiktok.com/@a/photo/20")
    stranger = httpx.get(f"{wordpress.url}/?rest_route=/newsreel/v1/articles/{post_id}", trust_env=False)
    assert stranger.status_code == 401


def test_strangers_and_forged_forms_change_nothing(desk: Desk):
    wordpress, address = desk.wordpress, "/wp-admin/admin-post.php"
    before = wordpress.sql("SELECT option_value FROM wp_options WHERE option_name = 'newsreel_settings'")
    form = {"action": "newsreel_save", "address": "https://evil.example/webhooks/cms/x", "secret": make_secret()}
    assert wordpress.http.post(address, data=form).status_code == 403
    httpx.post(f"{wordpress.url}{address}", data=form, trust_env=False)
    assert wordpress.sql("SELECT option_value FROM wp_options WHERE option_name = 'newsreel_settings'") == before
    for path in ("newsreel.php", "uninstall.php", "includes/page.php"):
        assert httpx.get(f"{wordpress.url}/wp-content/plugins/newsreel/{path}", trust_env=False).text == ""
    secrets = (desk.source["secret"], desk.told["secret"])
    logs = "".join(path.read_text(errors="replace") for path in Path(wordpress.folder).glob("*.log"))
    assert [secret for secret in secrets if secret in logs] == []


def test_speaks_russian_and_kazakh(desk: Desk):
    for code, words in (("ru_RU", "Отправить проверку"), ("kk", "Сынақ жіберу")):
        desk.wordpress.sql(f"REPLACE INTO wp_options (option_name, option_value) VALUES ('WPLANG', '{code}')")
        assert words in desk.wordpress.page(SETTINGS).text
    desk.wordpress.sql("UPDATE wp_options SET option_value = '' WHERE option_name = 'WPLANG'")


def test_leaves_nothing_behind(desk: Desk):
    wordpress = desk.wordpress
    link = re.search(
        r'href="(plugins\.php\?action=deactivate&amp;plugin=newsreel[^"]*)"', wordpress.page("plugins.php").text
    )
    assert link
    page = wordpress.page(link[1].replace("&amp;", "&")).text
    assert "newsreel_" not in wordpress.sql("SELECT option_value FROM wp_options WHERE option_name = 'cron'")
    nonce = re.search(r'name="_wpnonce" value="(\w+)"', page)
    assert nonce
    ajax = re.search(r'"ajax_nonce":"(\w+)"', page)
    assert ajax
    answer = wordpress.http.post(
        "/wp-admin/admin-ajax.php",
        data={"action": "delete-plugin", "plugin": "newsreel/newsreel.php", "slug": "newsreel", "_ajax_nonce": ajax[1]},
    )
    assert answer.json()["success"] is True, answer.text
    assert wordpress.sql("SHOW TABLES LIKE '%newsreel%'") == ""
    assert wordpress.sql("SELECT option_name FROM wp_options WHERE option_name LIKE '%newsreel%'") == ""
    assert wordpress.sql("SELECT meta_key FROM wp_postmeta WHERE meta_key LIKE '%newsreel%'") == ""
