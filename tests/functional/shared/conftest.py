"""One installation per database for all of this folder; each test brings its own accounts and articles.

It ends with the last of them: what stands idle takes a tenth of a core.
"""

from collections.abc import Iterator

import pytest

from tests.functional.stack import Stack
from tests.support.command import MakeDatabase


@pytest.fixture(scope="package", params=["sqlite", "postgresql"])
def installation(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    migrated_database: MakeDatabase,
) -> Iterator[Stack]:
    """`newsreel up` beside the emulator, once on SQLite and once on PostgreSQL."""
    folder = tmp_path_factory.mktemp("stack")
    with Stack(folder, migrated_database(request.param, folder), is_supervised=True).running() as stack:
        yield stack


on_sqlite = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("installation", ["postgresql"], indirect=True)
"""For tests of what no database has a part in."""
