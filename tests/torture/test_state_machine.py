"""Whatever happens to a newsroom, in whatever order: one post per article and account, and none that is lost (T12)."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.torture.machine import CAP, NewsroomMachine
from tests.torture.stage import MakeDatabase, Stage

EXAMPLES = int(os.environ.get("TORTURE_EXAMPLES", "6"))
_LONG = 100
"""So many examples are asked for by whoever has hours."""
PARTS = 4 if EXAMPLES >= _LONG else 1
"""Pieces that run beside each other, where there are processors for them."""


@pytest.fixture(params=["sqlite", "postgresql"])
def make_database(request: pytest.FixtureRequest) -> MakeDatabase:
    """Lend an empty database. On PostgreSQL jobs that run at once really do: SQLite lets them write in turn."""

    @contextmanager
    def on_sqlite(folder: Path) -> Iterator[str]:
        path = folder / "newsreel.db"
        path.write_bytes(request.getfixturevalue("sqlite_template"))
        yield f"sqlite+aiosqlite:///{path}"

    @contextmanager
    def on_postgres(_folder: Path) -> Iterator[str]:
        name = server.lend_database(template)
        try:
            yield server.url(name)
        finally:
            server.take_back(name)

    if request.param == "sqlite":
        return on_sqlite
    server, template = request.getfixturevalue("postgres"), request.getfixturevalue("postgres_template")
    return on_postgres


@pytest.mark.timeout(0)
@pytest.mark.parametrize("part", range(PARTS))
def test_no_order_of_events_loses_or_doubles_a_post(make_database: MakeDatabase, part: int):
    with Stage(make_database, daily_cap=CAP) as stage:
        NewsroomMachine.stage = stage
        run_state_machine_as_test(
            NewsroomMachine,
            settings=settings(
                max_examples=EXAMPLES // PARTS,
                stateful_step_count=50 if EXAMPLES >= _LONG else 25,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                print_blob=True,
            ),
        )
