"""Words of the database in use, and none of the other's."""

import subprocess
import sys

import pytest
import sqlalchemy as sa

from app.kit.dialects import insert_into, partial_index
from app.models import metadata

pytestmark = pytest.mark.both_databases

_LOADED = """
import sys
from app.db import Database
import app.main, app.worker
app.worker.load_jobs()
Database(sys.argv[1])
print(*(name for name in ("sqlite", "postgresql") if f"sqlalchemy.dialects.{name}" in sys.modules))
"""


@pytest.mark.parametrize(
    ("url", "loaded"),
    [("sqlite+aiosqlite:///unused.db", "sqlite"), ("postgresql+asyncpg://127.0.0.1/unused", "postgresql")],
)
def test_a_process_loads_the_dialect_of_its_own_database_alone(url: str, loaded: str) -> None:
    done = subprocess.run([sys.executable, "-c", _LOADED, url], capture_output=True, text=True, timeout=100, check=True)
    assert done.stdout.split() == [loaded]


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_a_partial_index_says_for_which_rows_it_is_on_both_databases(name: str) -> None:
    tables, written = sa.MetaData(), list[str]()
    index = partial_index("ix_jobs_open", "state = 'open'", "at", unique=True)
    sa.Table("jobs", tables, sa.Column("state", sa.Text), sa.Column("at", sa.Integer), index)

    def write(step: sa.schema.ExecutableDDLElement, *_parameters: object) -> None:
        written.append(str(step.compile(dialect=engine.dialect)))

    engine = sa.create_mock_engine(f"{name}://", write)
    tables.create_all(engine, checkfirst=False)
    assert written[1] == "CREATE UNIQUE INDEX ix_jobs_open ON jobs (at) WHERE state = 'open'"


async def test_an_insert_can_go_on_with_on_conflict(resources) -> None:
    async with resources.transaction() as session:
        connection = await session.connection()
        insert = insert_into(connection.dialect.name, metadata.tables["metric_counts"])
        once = insert.values(name="n", labels="[]", value=1.0).on_conflict_do_nothing(index_elements=["name", "labels"])
        assert (await connection.execute(once)).rowcount == 1
        assert (await connection.execute(once)).rowcount == 0
