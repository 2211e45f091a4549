"""A lost machine (T41): backup, more posts, everything wiped, restored, and run again with real processes."""

import shutil
import signal
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from app.kit.clock import rfc3339, utcnow
from tests.functional.stack import Stack, until
from tests.support.command import MakeDatabase
from tests.support.postgres import PostgresServer


# These take minutes of waiting: `make test` has patience for one database. `tests/ops/test_backup.py` restores both.
@pytest.fixture(params=[pytest.param("sqlite", marks=pytest.mark.torture), "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path, migrated_database: MakeDatabase) -> Iterator[Stack]:
    """An installation of its own, as it will not survive the test."""
    url = migrated_database(request.param, tmp_path)
    with Stack(tmp_path, url).running() as stack:
        yield stack


def start_again(place: Stack) -> None:
    place.start_newsreel()
    place.log_in()


def wipe(place: Stack, request: pytest.FixtureRequest) -> None:
    shutil.rmtree(place.folder / "var")
    if place.database_url.startswith("sqlite"):
        for file in place.folder.glob("newsreel.db*"):
            file.unlink()
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        place.database_url = server.url(server.new_database())


def at_tiktok(place: Stack, account: dict[str, str]) -> list[str]:
    """The titles of what TikTok has, one for each post."""
    items = place.emulator("GET", "posts", params={"open_id": account["open_id"]})["items"]
    return sorted(item["title"] for item in items)


@pytest.mark.timeout(400)
def test_nothing_is_posted_twice_after_a_restore_and_what_is_unclear_waits(place, request):
    place.emulator("POST", "progression", json={"pace": "immediate"})
    account = place.connect("aimaq", privacy_level="SELF_ONLY")
    posted = place.deliver("posted").json()["post_ids"][0]
    place.wait_for(posted, "published")
    # Known to the backup, and gone out after it.
    tomorrow = rfc3339(utcnow() + timedelta(days=1))
    known = [place.deliver(f"known-{number}", published_at=tomorrow).json()["post_ids"][0] for number in range(2)]
    for post_id in known:
        place.wait_for(post_id, "scheduled")
    file = place.folder / "backup.tar.gz"
    backup = place.run("backup", str(file), "--with-keys")
    assert backup.returncode == 0, backup.stderr
    for post_id in known:
        place.api("POST", f"/api/posts/{post_id}/retry")
    lost = place.deliver("lost").json()["post_ids"][0]
    for post_id in (*known, lost):
        place.wait_for(post_id, "published")
    before = at_tiktok(place, account)
    assert len(before) == 4

    refused = place.run("restore", str(file), "--replace")
    assert (refused.returncode, "Stop every web and worker process" in refused.stderr) == (2, True)
    place.end_newsreel(signal.SIGTERM)
    wipe(place, request)
    restored = place.run("restore", str(file))
    assert restored.returncode == 0, restored.stderr
    assert "Waiting for a person: 2. " in restored.stdout
    start_again(place)

    # What could set them off: the embargo is lifted, and the CMS tells of all articles anew.
    assert place.deliver("posted").json()["post_ids"] == [posted]
    (again,) = place.deliver("lost", published_at=rfc3339(utcnow() - timedelta(hours=1))).json()["post_ids"]
    for number in range(2):
        place.deliver(f"known-{number}", kind="article.updated", title=f"Edited {number}")
    for post_id in (*known, again):
        until(partial(_waits, place, post_id))
        post = place.post(post_id)
        assert (post["state"], post["scheduled_at"]) == ("scheduled", None)
        assert "restored from a backup of" in post["state_detail"]
    assert place.post(posted)["state"] == "published"
    fresh = place.deliver("fresh").json()["post_ids"][0]
    place.wait_for(fresh, "published")
    assert at_tiktok(place, account) == sorted([*before, "Жаңалық fresh"])

    # A person knows of one that it is not there.
    place.api("POST", f"/api/posts/{known[0]}/retry")
    place.wait_for(known[0], "published")
    assert len(at_tiktok(place, account)) == 6
    released = place.run("release-restored", "--yes")
    assert "2 posts go on." in released.stdout, released.stderr


def _waits(place: Stack, post_id: str) -> bool:
    return bool(place.post(post_id)["state_reason"] == "restored")
