"""A web process with one source and one account, for the benchmarks of the intake."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlmodel import func, select

from app.articles.models import Article
from app.articles.schemas import SourceCreate
from app.articles.sources import create_source
from app.config import Settings
from app.posts.models import Post
from app.resources import open_resources
from tests.bench.intake_target import Target
from tests.bench.tools import python, running, until_answer
from tests.builders import make_account
from tests.functional.stack import Stack


@contextmanager
def durable_postgres() -> Iterator[str]:
    from tests.support.postgres import PostgresServer

    class DurablePostgres(PostgresServer):
        """The tests' server does not wait for its disk; a figure for the intake has to include that."""

        def _run(self, *command: str) -> None:
            super()._run(*(part.replace("fsync=off", "fsync=on") for part in command))

    server = DurablePostgres()
    try:
        server.start()
        if "fsync=on" not in (server.data / "postmaster.opts").read_text():
            raise RuntimeError("PostgreSQL would not wait for its disk: the figure would mean nothing")
        yield server.url(server.new_database())
    finally:
        server.stop()


@contextmanager
def web_process(stack: Stack, slug: str, secret: str) -> Iterator[Target]:
    log = stack.folder / "web.log"
    with running(python("app", "web"), log, stack.environment) as process:
        until_answer(f"{stack.url}/healthz", process, log)
        yield Target(f"{stack.url}/webhooks/cms/{slug}", secret, process.pid)


async def make_rows(settings: Settings) -> tuple[str, str]:
    """One source, and one account that takes every article."""
    async with open_resources(settings) as resources, resources.transaction() as session:
        made = await create_source(session, resources.keyring, SourceCreate(name="Newsroom", kind="generic"))
        await make_account(session)
        return made.source.slug, made.secret


async def check_rows(settings: Settings, acknowledged: int) -> None:
    """An answer without its rows would be quick, and worth nothing."""
    async with open_resources(settings) as resources, resources.read() as session:
        for table in (Article, Post):
            rows = (await session.exec(select(func.count()).select_from(table))).one()
            if rows != acknowledged:
                raise RuntimeError(f"{acknowledged} deliveries were acknowledged, {table.__name__} has {rows} rows")
