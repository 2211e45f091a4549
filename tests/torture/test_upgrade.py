"""A rolling upgrade under load: the old version works beside the newer schema until the last process is replaced."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from app.config import ROOT
from app.ops.migrate import head_revision
from tests.functional.stack import until
from tests.support.command import MakeDatabase
from tests.torture.balancer import Balancer, is_ready
from tests.torture.fleet import Fleet

NEXT = f"{int(head_revision()) + 1:04}"
# What a version may do to the schema beside processes of the one before: see "Upgrades" in the manual. On SQLite the
# last one copies the whole table.
MIGRATION = f'''
import sqlalchemy as sa
from alembic import op

revision: str = "{NEXT}"
down_revision: str | None = "{head_revision()}"


def upgrade() -> None:
    op.create_table("colours", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("name", sa.String(20)))
    op.add_column("posts", sa.Column("colour", sa.String(20), nullable=True))
    op.add_column("post_attempts", sa.Column("weight", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("articles", sa.Column("weight", sa.Integer(), nullable=False, server_default="1"))
    op.create_index("ix_posts_colour", "posts", ["colour"])
    with op.batch_alter_table("sources") as batch:
        batch.add_column(sa.Column("note", sa.String(20), nullable=False, server_default=""))
        batch.alter_column("kind", existing_type=sa.String(32), nullable=True)
'''


@dataclass
class Upgraded(Fleet):
    """An installation whose next processes are of the version that stands in `checkout`."""

    checkout: Path = ROOT

    def _spawn(self, name: str) -> None:
        if self.checkout == ROOT:
            super()._spawn(name)
            return
        port = urlsplit(self.second_url if name == "web2" else self.url).port
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "app", name.rstrip("0123456789")], cwd=self.checkout,
                env=self.environment | {"NEWSREEL_PORT": str(port)}, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
            )  # fmt: skip

    def run_newer(self, checkout: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "app", *arguments], cwd=checkout, env=self.environment, capture_output=True,
            text=True, timeout=400, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def readiness(self, url: str) -> tuple[int, Any]:
        answer = httpx.get(f"{url}/readyz", trust_env=False, timeout=30)
        return answer.status_code, answer.json()["schema"]

    def replace(self, name: str) -> None:
        """End a process; another of the version in `checkout` takes its place."""
        count = len(self.deaths)
        self.kill(name, signal.SIGTERM)
        self.wait_for_deaths(count + 1)
        if name.startswith("web"):
            until(partial(is_ready, self.second_url if name == "web2" else self.url), what=name)


@pytest.fixture(params=["sqlite", "postgresql"])
def fleet(request: pytest.FixtureRequest, tmp_path: Path, migrated_database: MakeDatabase) -> Iterator[Upgraded]:
    url = migrated_database(request.param, tmp_path)
    fleet = Upgraded(tmp_path, url, extra={"NEWSREEL_DRAIN_SECONDS": "2"}, workers=2, second_web=True)
    try:
        fleet.start()
        fleet.connect_many(1)
        fleet.enable_all()
        yield fleet
    finally:
        fleet.stop()


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of a version that has one migration more."""
    folder = tmp_path_factory.mktemp("versions") / "newer"
    for name in ("app", "migrations", "templates", "public"):
        # With what Python has compiled: to do that again takes longer than all that is done with it.
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / "migrations" / "versions" / f"{NEXT}_newer.py").write_text(MIGRATION)
    return folder


@pytest.mark.timeout(1800)
def test_a_rolling_upgrade_loses_no_delivery_and_publishes_all_the_time(fleet: Upgraded, newer: Path):
    # Word of articles that are withdrawn: it is stored, and leaves TikTok's limits to those that are published.
    balancer = Balancer(fleet, looks=True, kind="article.unpublished")
    with balancer.under_load(senders=3):
        published = fleet.deliver_surely("before-the-upgrade")
        migrated = fleet.run_newer(newer, "migrate")
        assert migrated.returncode == 0, migrated.stderr
        # What readiness saw within the last second is good enough to it.
        ahead = [(200, "ahead")] * 2
        until(lambda: [fleet.readiness(url) for url in balancer.urls] == ahead, what="a schema that is ahead")
        published += fleet.deliver_surely("old-version-new-schema")
        fleet.wait_for(published[-1], "published")
        for command in ("web", "worker", "migrate"):
            refused = fleet.run(command)
            assert (refused.returncode, "Install that version" in refused.stderr) == (2, True), refused.stderr
            assert "Traceback" not in refused.stderr
        fleet.checkout = newer
        for name in ("worker0", "web"):
            fleet.replace(name)
        published += fleet.deliver_surely("both-versions")
        for name in ("worker1", "web2"):
            fleet.replace(name)
        published += fleet.deliver_surely("after-the-upgrade")
        for post_id in published:
            fleet.wait_for(post_id, "published")

    assert balancer.failed == []
    assert fleet.logs().count('"delivery_unfinished"') >= balancer.slow
    assert '"delivery_failed"' not in fleet.logs()
    assert [fleet.readiness(url) for url in balancer.urls] == [(200, "current")] * 2
    assert fleet.deaths == [(name, 0) for name in ("worker0", "web", "worker1", "web2")]
    assert len(published) == 4
    assert fleet.article_ids() == set(fleet.acknowledged)
    fleet.check_no_double()
