"""How long the torture lasts, and the installation that suffers it."""

import os
from collections.abc import Iterator

import pytest

from tests.support.postgres import PostgresServer
from tests.torture.fleet import Fleet


@pytest.fixture(scope="session")
def runs() -> int:
    """Deaths per fail point: a few in `make test`, fifty in `make torture`."""
    return int(os.environ.get("TORTURE_RUNS", "1"))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def fleet(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """One installation per database and module, with accounts that take turns."""
    yield from open_fleet(request, tmp_path_factory)


def open_fleet(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Open an installation on the database that the fixture's parameter names."""
    folder = tmp_path_factory.mktemp("fleet")
    url = f"sqlite+aiosqlite:///{folder / 'newsreel.db'}"
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.url(server.new_database())
    fleet = Fleet(folder, url)
    try:
        fleet.start()
        # Accounts whose worker died in the middle of an init are blocked for a minute: many deaths need many of them.
        fleet.connect_many(12 if request.getfixturevalue("runs") == 1 else 40, daily_cap=1000)
        yield fleet
    finally:
        fleet.stop()
