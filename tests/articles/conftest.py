"""A web application that holds the articles' routes alone, and a planner that writes real rows."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from litestar import Litestar
from litestar.di import Provide
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account, PublishMode
from app.articles.controllers import route_handlers
from app.articles.intake.arrivals import ArticleChange, Plan
from app.articles.intake.batches import plan_with
from app.articles.models import Delivery
from app.kit.bulk import Rows
from app.kit.clock import utcnow
from app.main import provide_resources, provide_session
from app.posts.models import Post, PostState
from app.resources import Resources
from app.web.problems import exception_handlers
from tests.support.lent import Lent


class FakePlanner:
    """A small planner that works: one post per account, cancelled and brought back where the article is stored."""

    def __init__(self) -> None:
        self.calls: list[Delivery] = []

    def plan(self, connection: sa.Connection, changes: Sequence[ArticleChange]) -> Plan:
        posts: list[dict[str, Any]] = []
        plan = Plan(rows=[Rows(SQLModel.metadata.tables["posts"], posts)])
        accounts = connection.execute(select(Account.id).order_by(Account.id)).scalars().all()
        for change in changes:
            self.calls += [change.delivery] if change.delivery is not Delivery.duplicate else []
            mine = select(Post.id, Post.account_id, Post.state).where(Post.article_id == change.article.id)
            known = connection.execute(mine.order_by(Post.id)).all()
            plan.post_ids[change.article.id] = [post_id for post_id, _, _ in known]
            taken, states = {row[1] for row in known}, {row[2] for row in known}
            if change.delivery in {Delivery.created, Delivery.republished}:
                own = [
                    Post(article_id=change.article.id, account_id=account_id, mode=PublishMode.direct)
                    for account_id in accounts
                    if account_id not in taken
                ]
                posts += [post.model_dump() for post in own]
                plan.post_ids[change.article.id] += [post.id for post in own]
                if PostState.cancelled in states:
                    plan.moves[change.article.id] = _mover(change, PostState.cancelled, PostState.queued, None)
            if change.delivery is Delivery.unpublished and PostState.queued in states:
                plan.moves[change.article.id] = _mover(change, PostState.queued, PostState.cancelled, utcnow())
        return plan


def _mover(change: ArticleChange, expected: PostState, to: PostState, finalized_at: datetime | None) -> Any:
    mine = (col(Post.article_id) == change.article.id, col(Post.state) == expected)

    async def move(session: AsyncSession) -> None:
        await session.exec(sa.update(Post).where(*mine).values(state=to, finalized_at=finalized_at))

    return move


def _build_app() -> Litestar:
    return Litestar(
        route_handlers=route_handlers,
        dependencies={
            "resources": Provide(provide_resources),
            "session": Provide(provide_session),
        },
        exception_handlers=exception_handlers,
        logging_config=None,
    )


APPS = Lent(_build_app)


@asynccontextmanager
async def open_client(resources: Resources, planner: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client in the test's own event loop, to which the database connections belong."""
    with APPS.lend() as app:
        app.state.resources = resources
        plan_with(resources, planner)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            yield client


@pytest.fixture
def planner() -> FakePlanner:
    return FakePlanner()


@pytest.fixture
async def client(resources: Resources, planner: FakePlanner) -> AsyncIterator[httpx.AsyncClient]:
    """The routes on both databases."""
    async with open_client(resources, planner) as opened:
        yield opened


@pytest.fixture
async def sqlite_client(sqlite_resources: Resources, planner: FakePlanner) -> AsyncIterator[httpx.AsyncClient]:
    """The routes on SQLite alone, for what no database is asked about."""
    async with open_client(sqlite_resources, planner) as opened:
        yield opened


async def all_rows(resources: Resources, table: Any) -> list[Any]:
    async with resources.read() as session:
        return list((await session.exec(select(table).order_by(table.id))).all())


async def count_rows(resources: Resources, table: Any) -> int:
    async with resources.read() as session:
        return (await session.exec(select(sa.func.count()).select_from(table))).one()
