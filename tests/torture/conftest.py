"""How long the torture lasts, and the installation that suffers it."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.functional.stack import jpeg
from tests.support.command import MakeDatabase
from tests.torture.fleet import Fleet


@pytest.fixture(scope="session")
def runs() -> int:
    """Deaths per fail point: a few in `make test`, fifty in `make torture`."""
    return int(os.environ.get("TORTURE_RUNS", "1"))


@pytest.fixture(scope="session")
def is_long() -> bool:
    """Whether every fail point is tried where real processes die, or some of them, as in `make test`."""
    return "TORTURE_RUNS" in os.environ


def open_fleet(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, *, accounts: int, **options: Any
) -> Iterator[Fleet]:
    """Open an installation on the database that the fixture's parameter names, with accounts that take turns."""
    folder = tmp_path_factory.mktemp("fleet")
    make_database: MakeDatabase = request.getfixturevalue("migrated_database")
    fleet = Fleet(folder, make_database(request.param, folder), **options)
    fleet.newsroom.pictures["/1.jpg"] = jpeg(480, 640)
    try:
        fleet.start()
        fleet.connect_many(accounts, daily_cap=1000)
        yield fleet
    finally:
        fleet.stop()
