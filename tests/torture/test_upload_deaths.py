"""Death of workers that send a film's bytes to TikTok themselves: each film becomes one post, whole."""

import signal
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from app.kit.ids import new_id
from tests.functional.stack import until
from tests.media.videos import films
from tests.torture.conftest import open_fleet
from tests.torture.fleet import Fleet

POINTS = (
    "publish.attempt_written",  # the attempt is on disk, and no byte of init is sent
    "publish.answered",  # the address for the bytes is read and not stored: nobody can ever send them there
    "publish.settled",  # it is stored, and no worker is woken
    "upload.claimed",  # a worker has the upload, and sends nothing yet
    "upload.answered",  # TikTok has all bytes, and nobody has noted it
)
SLOW_SECONDS = 25.0


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.torture)],
)
def fleet(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, runs: int) -> Iterator[Fleet]:
    extra = {"NEWSREEL_VIDEO_SOURCE": "FILE_UPLOAD"}
    options: dict[str, Any] = {"workers": 2, "extra": extra}
    for opened in open_fleet(request, tmp_path_factory, accounts=min(6 + 2 * runs, 80), **options):
        opened.newsroom.pictures["/film.mp4"] = films.fitting()
        yield opened


def deliver_film(fleet: Fleet, article_id: str) -> None:
    fleet.deliver_surely(article_id, images=[], video=f"{fleet.newsroom.url}/film.mp4")


def strike(fleet: Fleet, point: str) -> None:
    with fleet.turn():
        fleet.arm(point)
        deliver_film(fleet, f"{point}-{new_id()[-12:]}")
        victim = fleet.wait_for_victim(point)
    assert fleet.wait_for_end(victim) == -signal.SIGKILL


def strike_while_bytes_travel(fleet: Fleet) -> None:
    """Kill the workers while one of them waits for TikTok to take a film's bytes."""
    with fleet.turn() as account:
        slow = {"endpoint": "upload", "hang": SLOW_SECONDS, "open_id": account["open_id"]}
        fleet.emulator("POST", "next-errors", json=slow)
        deliver_film(fleet, f"travelling-{new_id()[-12:]}")
        until(lambda: fleet.emulator("GET", "counts")["calls"].get("upload"), what="an upload")
        victims = [fleet.processes[f"worker{number}"].pid for number in range(fleet.workers)]
        for number in range(fleet.workers):
            fleet.kill(f"worker{number}")
    for victim in victims:
        assert fleet.wait_for_end(victim) == -signal.SIGKILL


@pytest.mark.timeout(0)
def test_each_film_is_uploaded_whole_once_wherever_a_worker_dies(fleet: Fleet, runs: int):
    for _ in range(runs):
        strike_while_bytes_travel(fleet)
        for point in POINTS:
            strike(fleet, point)
    fleet.enable_all()

    posts = fleet.settle()

    assert {post["id"]: post["state_detail"] for post in posts.values() if post["state"] != "published"} == {}
    items = fleet.emulator("GET", "posts", params={"limit": 5000})["items"]
    whole = Counter((item["open_id"], item["title"]) for item in items if item["uploaded_bytes"])
    assert len(whole) == len(posts)
    assert set(whole.values()) == {1}
    assert fleet.emulator("GET", "counts")["violations_total"] == 0
