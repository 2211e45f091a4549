"""A whole installation on a disk that is full or read-only: nothing acknowledged is lost, all goes on by itself."""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.functional.stack import Stack, until
from tests.support.disks import Disk, small_disk
from tests.support.postgres import PostgresServer

NOBODY = 65534
"""As root, without whom no disk is mounted, PostgreSQL runs as this user."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with small_disk(tmp_path / "disk", megabytes=64) as mounted:
        yield mounted


def start(place: ExitStack, folder: Path, url: str, disk: Disk | None = None, *, is_migrated: bool = True) -> Stack:
    stack = Stack(folder, url, extra={"NEWSREEL_DATA_DIR": str((disk.folder if disk else folder) / "var")})
    place.callback(stack.stop)
    if not is_migrated:
        stack.migrate()
    stack.start()
    stack.emulator("POST", "progression", json={"pace": "immediate"})
    stack.emulator("POST", "settings", json={"daily_cap": 1000})
    stack.connect("reader", privacy_level="PUBLIC_TO_EVERYONE", daily_cap=1000)
    return stack


def ready(stack: Stack) -> dict[str, Any]:
    answer = stack.http.get("/readyz")
    assert (answer.status_code == 200) is (answer.json()["status"] == "ready")
    return dict(answer.json())


def unready(stack: Stack) -> dict[str, Any]:
    """What readiness says once it has looked again: what it saw within the last second is good enough to it."""
    until(lambda: ready(stack)["status"] == "not_ready", what="readiness that says no")
    return ready(stack)


def broken_by_doctor(stack: Stack) -> set[str]:
    """What `newsreel doctor` calls broken; its standard output is nothing but JSON."""
    told = json.loads(stack.run("doctor", "--json").stdout)
    assert all(finding["cure"] for finding in told["findings"] if finding["level"] != "ok")
    return {finding["subject"] for finding in told["findings"] if finding["level"] == "broken"}


@pytest.mark.timeout(300)
def test_full_disk_refuses_articles_and_loses_none_that_were_taken(tmp_path, disk, migrated_database):
    with ExitStack() as place:
        stack = start(place, tmp_path, migrated_database("sqlite", disk.folder), disk)
        (taken,) = stack.deliver("taken").json()["post_ids"]
        disk.fill()
        refused = stack.deliver("refused")
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        told = unready(stack)
        assert (told["status"], told["database"], told["data_folder"]) == ("not_ready", "refuses_writes", "full")
        assert stack.http.get("/healthz").status_code == 200
        assert stack.http.get("/api/posts").status_code == 200, "what is there can be read"
        assert {"Data folder", "Database"} <= broken_by_doctor(stack)
        disk.free()
        until(lambda: ready(stack)["status"] == "ready", what="readiness")
        (repeated,) = stack.deliver("refused").json()["post_ids"]
        for post_id in (taken, repeated):
            stack.wait_for(post_id, "published")
        assert stack.emulator("GET", "counts")["violations_total"] == 0


@pytest.fixture
def server_of_a_small_disk() -> Iterator[tuple[PostgresServer, Disk]]:
    with TemporaryDirectory(prefix="pg-disk-") as folder, small_disk(Path(folder, "disk"), megabytes=160) as disk:
        # Not in pytest's own folder, into which PostgreSQL's user may not look.
        Path(folder).chmod(0o755)
        place = disk.folder / "postgres"
        place.mkdir()
        os.chown(place, NOBODY, NOBODY)
        server = PostgresServer(disk=place)
        try:
            server.start()
            yield server, disk
        finally:
            disk.free()
            server.stop()


@pytest.mark.timeout(600)
def test_full_disk_of_postgresql_refuses_articles_and_loses_none_that_were_taken(tmp_path, server_of_a_small_disk):
    server, disk = server_of_a_small_disk
    with ExitStack() as place:
        stack = start(place, tmp_path, server.url(server.new_database()), is_migrated=False)
        sent = {"before": stack.deliver("before")}
        disk.fill()
        # What fits into pages that the tables have already is still taken, and so must be kept.
        for number in range(100):
            answer = sent[f"a{number}"] = stack.deliver(f"a{number}", html=f"<p>{token_hex(8_000)}</p>")
            if answer.status_code == 503:
                break
            assert answer.status_code == 202
        refused = f"a{number}"
        assert (sent[refused].status_code, sent[refused].headers["Retry-After"]) == (503, "5")
        told = unready(stack)
        assert (told["status"], told["database"], told["data_folder"]) == ("not_ready", "refuses_writes", "ok")
        assert stack.http.get("/healthz").status_code == 200
        assert stack.http.get("/api/posts").status_code == 200, "what is there can be read"
        disk.free()
        until(lambda: ready(stack)["status"] == "ready", what="readiness")
        sent[refused] = stack.deliver(refused)
        assert {answer.status_code for answer in sent.values()} == {202}
        for answer in sent.values():
            (post_id,) = answer.json()["post_ids"]
            assert len(stack.wait_for(post_id, "published", seconds=240)["attempts"]) == 1
        counts = stack.emulator("GET", "counts")
        assert counts["violations_total"] == 0
        assert len(stack.emulator("GET", "posts")["items"]) == len(sent)


@pytest.mark.timeout(300)
def test_read_only_data_folder_keeps_posts_waiting_until_it_is_writable_again(tmp_path, disk, migrated_database):
    with ExitStack() as place:
        stack = start(place, tmp_path, migrated_database("postgresql", tmp_path), disk)
        disk.make_read_only()
        (post_id,) = stack.deliver("meanwhile").json()["post_ids"]
        post = stack.wait_for(post_id, "retryable")
        assert post["state_reason"] == "media_disk_full"
        assert "the disk may not be written" in post["state_detail"]
        told = unready(stack)
        assert (told["status"], told["database"], told["data_folder"]) == ("not_ready", "ok", "read_only")
        assert broken_by_doctor(stack) == {"Data folder"}
        refused = stack.run("migrate")
        assert (refused.returncode, "Mount its disk writable" in refused.stderr) == (2, True)
        disk.make_writable()
        until(lambda: ready(stack)["status"] == "ready", what="readiness")
        # By itself it goes on within a minute; whoever knows that the disk is well again need not wait.
        stack.api("POST", f"/api/posts/{post_id}/retry")
        assert stack.wait_for(post_id, "published")["attempts"]
