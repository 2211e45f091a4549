"""Videos on real parts: from the newsroom's webhook to TikTok's verdict, fetched by TikTok or sent to it."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import psutil
import pytest

from tests.functional.shared.conftest import on_postgresql
from tests.functional.stack import Stack, until
from tests.media.videos import films
from tests.support.command import MakeDatabase

PUBLIC = {"privacy_level": "PUBLIC_TO_EVERYONE"}


@pytest.fixture(scope="module")
def endless() -> Iterator[ThreadingHTTPServer]:
    """A server whose video begins well and never ends."""
    stopping = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(films.fitting())
            while not stopping.is_set():
                try:
                    self.wfile.write(b"\x00" * 65_536)
                except OSError:
                    return

        def log_message(self, *_args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    stopping.set()
    server.shutdown()


@pytest.fixture(scope="module")
def sending_installation(
    tmp_path_factory: pytest.TempPathFactory, endless: ThreadingHTTPServer, migrated_database: MakeDatabase
) -> Iterator[Stack]:
    """An installation that uploads its videos, and takes none above 8 MB."""
    folder = tmp_path_factory.mktemp("sender")
    stack = Stack(folder, migrated_database("sqlite", folder), is_supervised=True)
    own = stack.environment["NEWSREEL_FETCH_ALLOW_HOSTS"]
    stack.extra |= {
        "NEWSREEL_VIDEO_SOURCE": "FILE_UPLOAD",
        "NEWSREEL_VIDEO_MAX_BYTES": "8000000",
        "NEWSREEL_FETCH_ALLOW_HOSTS": f"{own},127.0.0.1:{endless.server_port}",
    }
    try:
        stack.start()
        stack.emulator("POST", "progression", json={"pace": "immediate"})
        yield stack
    finally:
        stack.stop()


@pytest.fixture
def sender(sending_installation: Stack) -> Iterator[Stack]:
    """The same for one test, with accounts of its own."""
    yield sending_installation
    for account in sending_installation.api("GET", "/api/accounts")["items"]:
        if account["enabled"]:
            sending_installation.api("PATCH", f"/api/accounts/{account['id']}", json={"enabled": False})


def send(stack: Stack, name: str, film: bytes, **data) -> str:
    """Publish an article with this video; give its post."""
    stack.newsroom.pictures[f"/{name}.mp4"] = film
    answer = stack.deliver(name, **({"video": f"{stack.newsroom.url}/{name}.mp4", "images": []} | data))
    assert answer.status_code == 202
    (post_id,) = answer.json()["post_ids"]
    return str(post_id)


def at_tiktok(stack: Stack, account) -> dict[str, Any]:
    (there,) = stack.emulator("GET", "posts", params={"open_id": account["open_id"]})["items"]
    return dict(there)


@pytest.mark.parametrize(
    ("make", "size"),
    [(films.fitting, (640, 360)), (films.webm_15_fps, (640, 360)), (films.turned, (360, 640))],
    ids=["fits", "vp9 at 15 fps", "lies on its side"],
)
@on_postgresql
def test_a_video_is_fetched_by_tiktok_and_published(stack, name, make, size):
    account = stack.connect(name, **PUBLIC)
    post_id = send(stack, name, make())
    post = stack.wait_for(post_id, "published")
    there = at_tiktok(stack, account)
    assert post["kind"] == there["kind"] == "video"
    assert [there["video_url"]] == post["media"]
    assert post["media"][0].endswith("/1.mp4")
    assert there["title"] == post["title"]
    video = there["video"]
    assert (video["container"], video["video_codec"], video["width"], video["height"]) == ("mp4", "h264", *size)
    assert 23 <= video["fps"] <= 60
    (attempt,) = post["attempts"]
    fetched = [fetch for fetch in attempt["media_fetches"] if fetch["method"] == "GET"]
    assert fetched
    assert all(fetch["status"] in {200, 206} for fetch in fetched)


@on_postgresql
def test_a_video_draft_goes_to_the_creators_inbox(stack, name):
    account = stack.connect(name, mode="inbox")
    post_id = send(stack, name, films.fitting())
    stack.wait_for(post_id, "sent_to_inbox")
    assert at_tiktok(stack, account)["post_mode"] == "MEDIA_UPLOAD"


@on_postgresql
def test_a_video_awaits_approval_and_carries_the_approvers_choices(stack, name):
    account = stack.connect(name, mode="approve")
    post_id = send(stack, name, films.fitting())
    post = stack.wait_for(post_id, "awaiting_approval")
    assert (post["kind"], post["description"]) == ("video", "")
    consent = {
        "title": "Қолмен жазылған #көпір", "privacy_level": "SELF_ONLY", "disable_duet": True,
        "video_cover_timestamp_ms": 900,
    }  # fmt: skip
    stack.api("POST", f"/api/posts/{post_id}/approve", json=consent)
    stack.wait_for(post_id, "published")
    there = at_tiktok(stack, account)
    assert (there["title"], there["cover_timestamp_ms"]) == ("Қолмен жазылған #көпір", 900)
    assert there["switches"]["disable_duet"] is True


@on_postgresql
def test_our_own_address_answers_in_parts_and_to_head(stack, name):
    stack.connect(name, **PUBLIC)
    post = stack.wait_for(send(stack, name, films.fitting()), "published")
    (url,) = post["media"]
    head = stack.http.head(url)
    assert (head.status_code, head.headers["content-type"], head.content) == (200, "video/mp4", b"")
    part = stack.http.get(url, headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"ftyp")
    assert part.headers["content-range"] == f"bytes 4-7/{head.headers['content-length']}"
    assert stack.http.get(url.replace(".mp4", ".jpg")).status_code == 404


@on_postgresql
def test_the_pictures_take_the_place_of_a_video_that_is_cut_off(stack, name):
    account = stack.connect(name, **PUBLIC)
    post_id = send(stack, name, films.cut_off(films.fitting()), images=[f"{stack.newsroom.url}/1.jpg"])
    post = stack.wait_for(post_id, "published")
    assert post["kind"] == at_tiktok(stack, account)["kind"] == "photo"
    assert "damaged or incomplete" in post["media_problems"][0]
    assert any("so the article's pictures are" in event["why"] for event in post["events"])


@on_postgresql
def test_a_small_file_with_a_very_long_film_waits_for_a_person(stack, name):
    stack.connect(name, **PUBLIC)
    post = stack.wait_for(send(stack, name, films.compressible_bomb()), "scheduled")
    assert (post["state_reason"], post["scheduled_at"], post["attempts"]) == ("needs_video", None, [])
    assert "1,200 s long" in post["state_detail"]


@on_postgresql
def test_an_article_without_a_picture_is_posted_with_a_card(stack, name):
    account = stack.connect(name, **PUBLIC)
    (post_id,) = stack.deliver(name, images=[]).json()["post_ids"]
    post = stack.wait_for(post_id, "published")
    assert at_tiktok(stack, account)["photo_urls"] == post["media"]
    assert stack.http.get(post["media"][0]).headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize("make", [films.fitting, films.webm_15_fps], ids=["fits", "vp9 at 15 fps"])
def test_a_video_is_uploaded_and_published(sender, name, make):
    account = sender.connect(name, **PUBLIC)
    post = sender.wait_for(send(sender, name, make()), "published")
    there = at_tiktok(sender, account)
    assert (there["source"], there["uploaded_bytes"]) == ("FILE_UPLOAD", there["video"]["size"])
    assert post["attempts"][0]["media_fetches"] == []
    assert any(event["why"] == "The video is uploaded to TikTok." for event in post["events"])
    assert "upload_token" not in sender.logs()


def test_an_endless_stream_waits_for_a_person(sender, name, endless):
    sender.connect(name, **PUBLIC)
    url = f"http://127.0.0.1:{endless.server_port}/live.mp4"
    post = sender.wait_for(send(sender, name, b"", video=url), "scheduled")
    assert post["state_reason"] == "needs_video"
    assert "larger than" in post["state_detail"]


def test_a_worker_that_is_killed_while_it_converts_leaves_nothing_running_and_nothing_undone(sender, name):
    account = sender.connect(name, **PUBLIC)
    post_id = send(sender, name, films.film("webm", films.VP9, size="1280x720", fps=15, seconds=12))

    def converting() -> list[psutil.Process]:
        family = psutil.Process(sender.processes["up"].pid).children(recursive=True)
        return [process for process in family if process.name().startswith("ffmpeg")]

    (program,) = until(converting, what="the conversion")
    worker = program.parent()
    assert worker is not None
    worker.kill()
    until(lambda: not program.is_running() or program.status() == psutil.STATUS_ZOMBIE, what="the program's end")
    sender.wait_for(post_id, "published")
    assert at_tiktok(sender, account)["video"]["video_codec"] == "h264"
