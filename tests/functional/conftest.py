"""One installation per database for all of this folder; each test brings its own accounts and articles."""

from collections.abc import Iterator

import pytest

from app.kit.ids import new_id
from tests.functional.stack import Stack
from tests.support.postgres import PostgresServer


@pytest.fixture(scope="package", params=["sqlite", "postgresql"])
def installation(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """`newsreel up` beside the emulator, once on SQLite and once on PostgreSQL."""
    folder = tmp_path_factory.mktemp("stack")
    url = f"sqlite+aiosqlite:///{folder / 'newsreel.db'}"
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.url(server.new_database())
    stack = Stack(folder, url)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


on_sqlite = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("installation", ["postgresql"], indirect=True)
"""For tests of what no database has a part in."""


@pytest.fixture
def stack(installation: Stack) -> Iterator[Stack]:
    """The installation, with an emulator that behaves."""
    installation.emulator("DELETE", "next-errors")
    installation.emulator("POST", "progression", json={"pace": "immediate"})
    yield installation
    for account in installation.api("GET", "/api/accounts")["items"]:
        if account["enabled"]:
            installation.api("PATCH", f"/api/accounts/{account['id']}", json={"enabled": False})


@pytest.fixture
def name() -> str:
    """A name that no other test has."""
    return f"u{new_id()[-12:]}"
