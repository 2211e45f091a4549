"""Fixtures: real databases, a real Redis-compatible server, the app, the emulator."""

import gc
import os
import ssl
import sys
from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
import structlog
from argon2 import PasswordHasher
from pydantic import SecretStr
from sqlalchemy.engine.mock import MockConnection

from app.articles.intake import answer_queue, batch_store
from app.auth import passwords
from app.config import Settings
from app.models import metadata
from app.resources import Resources, open_resources
from tests.support.command import MakeDatabase, revision_statements, write_migrated
from tests.support.databases import split_by_turns
from tests.support.network import outside_refused
from tests.support.postgres import PostgresServer
from tests.support.redis import TestRedis
from tests.support.statements import compiled_once

if TYPE_CHECKING:
    from tests.support.nursery import Nursery

os.environ.pop("NEWSREEL_DATABASE_URL", None)
# A whole run starts hundreds of processes: each would compile the app anew where Python may not keep what it compiled.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# Until all tests are read, see below: nothing of what that makes is garbage.
gc.disable()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--databases", choices=("both", "turns"), default="both",
        help="where a test is there for SQLite and for PostgreSQL: run it on both, or on one of them by turns",
    )  # fmt: skip


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out half of what is there twice, where a whole run asks for it."""
    if config.option.databases == "turns":
        items[:], left_out = split_by_turns(items)
        config.hook.pytest_deselected(items=left_out)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Say how tests are spread over processes, whatever `--dist` says."""
    from tests.support.lanes import Lanes

    return Lanes(config, log)


def pytest_collection_finish() -> None:
    """Spare the garbage collector what lives until the end anyway: a fifteenth of a run went into looking at it.

    And as much again into looking at what lives for one test, after every few hundred objects.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 10)
    gc.enable()


@pytest.fixture(autouse=True)
def stay_on_this_machine() -> Iterator[None]:
    """Fail any test that tries to reach a real outside address."""
    with outside_refused() as tried:
        yield
    assert not tried, f"the test tried to reach {', '.join(tried)}"


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy test machine shall not look like a database that is away: tests of that set what they need themselves."""
    monkeypatch.setattr(answer_queue, "ANSWER_WITHIN_SECONDS", 60.0)
    monkeypatch.setattr(answer_queue, "LONGEST_QUEUE_SECONDS", 60.0)


@pytest.fixture
def real_argon2() -> None:
    """For tests of what a password's hash costs."""


@pytest.fixture(autouse=True)
def cheap_passwords(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real hash takes a third of a second, and hundreds of tests log in."""
    if "real_argon2" not in request.fixturenames:
        monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def with_pages() -> None:
    """For tests of what is taken from articles' own pages."""


@pytest.fixture(autouse=True)
def without_pages(request: pytest.FixtureRequest) -> Iterator[None]:
    """The articles of most tests say little, and the site that they name is nowhere: nobody looks for their pages."""
    # Of its own: a test that undoes its patches in the middle does not mean this one.
    with pytest.MonkeyPatch.context() as patch:
        if "with_pages" not in request.fixturenames:
            patch.setattr(batch_store, "page_row", lambda *_arguments: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def compile_once() -> Iterator[None]:
    """A third of a test's time went into statements that the test before had compiled as well."""
    with compiled_once():
        yield


@pytest.fixture(scope="session", autouse=True)
def plain_tracebacks() -> None:
    """What structlog makes of an exception where nobody has configured it takes half a second, for each."""
    *others, _ = structlog.get_config()["processors"]
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*others, plain])


@pytest.fixture(scope="session", autouse=True)
def read_certificates_once() -> Iterator[None]:
    """Each of httpx's clients reads all of them, for 20 ms: longer than many a test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", cache(ssl.create_default_context))
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL, started when the first test asks for it."""
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresServer) -> str:
    """A database with every table, to copy from."""
    name = postgres.new_database()
    ddl = _postgres_ddl()
    script = postgres.folder / "schema.sql"
    script.write_text(ddl)
    script.chmod(0o644)
    postgres.psql(f"\\i {script}", name)
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A database file with every table, to copy from."""
    path = tmp_path_factory.mktemp("schema") / "template.db"
    engine = sa.create_engine(f"sqlite:///{path}")
    metadata.create_all(engine)
    engine.dispose()
    return path.read_bytes()


@pytest.fixture(scope="session")
def migrated_database(request: pytest.FixtureRequest) -> MakeDatabase:
    """Make a database as `newsreel migrate` does; takes `sqlite` with its folder, or `postgresql`, and gives the URL.

    To migrate takes three seconds of processor time, and is the question in few tests.
    """

    @cache
    def postgres_migrated() -> str:
        server: PostgresServer = request.getfixturevalue("postgres")
        name = server.new_database(request.getfixturevalue("postgres_template"))
        server.psql("; ".join(revision_statements()), name)
        return name

    def make(kind: str, folder: Path) -> str:
        if kind == "postgresql":
            server: PostgresServer = request.getfixturevalue("postgres")
            return server.url(server.new_database(postgres_migrated()))
        write_migrated(folder / "newsreel.db", request.getfixturevalue("sqlite_template"))
        return f"sqlite+aiosqlite:///{folder / 'newsreel.db'}"

    return make


def _postgres_ddl() -> str:
    statements: list[str] = []

    def write(statement: Any, *_args: object, **_options: object) -> None:
        statements.append(str(statement.compile(dialect=engine.dialect)))

    engine: MockConnection = sa.create_mock_engine("postgresql+asyncpg://", write)
    metadata.create_all(engine, checkfirst=False)
    return ";\n".join(statements) + ";\n"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database with every table: a test that uses it runs on SQLite and on PostgreSQL."""
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        name = server.lend_database(request.getfixturevalue("postgres_template"))
        yield server.url(name)
        server.take_back(name)
    else:
        yield _new_sqlite(tmp_path, request.getfixturevalue("sqlite_template"))


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: bytes) -> str:
    """A fresh SQLite database with every table, for tests in which the database makes no difference."""
    return _new_sqlite(tmp_path, sqlite_template)


def _new_sqlite(folder: Path, template: bytes) -> str:
    path = folder / "newsreel.db"
    path.write_bytes(template)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture(scope="session")
def redis_session() -> Iterator[TestRedis]:
    server = TestRedis()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis_server(redis_session: TestRedis) -> TestRedis:
    """A real, empty Redis-compatible server."""
    redis_session.flush()
    return redis_session


@pytest.fixture(scope="session")
def nursery() -> "Nursery":
    """Where processes of ours are born that need not read our modules first."""
    from tests.support.nursery import shared_nursery

    return shared_nursery()


def make_settings(tmp_path: Path, database_url: str, redis_url: str, **changes: object) -> Settings:
    """Settings for a test: nothing is read from the environment's `.env`."""
    values: dict[str, object] = {
        "database_url": SecretStr(database_url),
        "redis_url": SecretStr(redis_url),
        "data_dir": tmp_path / "var",
        "secret_key": SecretStr("test-key-" + "k" * 40),
        "client_key": "test-client-key",
        "client_secret": SecretStr("test-client-secret"),
    }
    return Settings(_env_file=None, **(values | changes))  # type: ignore[arg-type]


@pytest.fixture
def settings(tmp_path: Path, database_url: str, redis_server: TestRedis) -> Settings:
    """Settings on both databases (parametrized)."""
    return make_settings(tmp_path, database_url, redis_server.url)


@pytest.fixture
def sqlite_settings(tmp_path: Path, sqlite_url: str, redis_server: TestRedis) -> Settings:
    """Settings on SQLite alone."""
    return make_settings(tmp_path, sqlite_url, redis_server.url)


@pytest.fixture
async def resources(settings: Settings) -> AsyncIterator[Resources]:
    """Open resources on both databases (parametrized)."""
    async with open_resources(settings) as opened:
        yield opened


@pytest.fixture
async def sqlite_resources(sqlite_settings: Settings) -> AsyncIterator[Resources]:
    """Open resources on SQLite alone."""
    async with open_resources(sqlite_settings) as opened:
        yield opened
