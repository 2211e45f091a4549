"""A web application that holds the articles' routes alone, and a planner that writes real rows."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from litestar import Litestar, Request
from litestar.di import Provide
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account
from app.articles.controllers import route_handlers
from app.articles.intake.arrivals import Plan
from app.articles.intake.merge import NewArticle
from app.articles.models import Article, Delivery
from app.kit.bulk import Rows
from app.kit.clock import utcnow
from app.main import provide_resources, provide_session
from app.posts.models import Post, PostState
from app.resources import Resources
from app.web.problems import exception_handlers
from tests.support.lent import Lent


class FakePlanner:
    """A small planner that works: one post per account, cancelled and brought back, in the delivery's transaction."""

    def __init__(self) -> None:
        self.calls: list[Delivery] = []

    async def article_changed(self, session: AsyncSession, article: Article, delivery: Delivery) -> list[str]:
        self.calls.append(delivery)
        if delivery in {Delivery.created, Delivery.republished}:
            taken = (await session.exec(select(Post.account_id).where(Post.article_id == article.id))).all()
            for account in (await session.exec(select(Account).order_by(Account.id))).all():
                if account.id not in taken:
                    session.add(Post(article_id=article.id, account_id=account.id, mode="direct"))
            await self._move(session, article, PostState.cancelled, state=PostState.queued, finalized_at=None)
        if delivery is Delivery.unpublished:
            await self._move(session, article, PostState.queued, state=PostState.cancelled, finalized_at=utcnow())
        posts = select(Post.id).where(Post.article_id == article.id).order_by(Post.id)
        return list((await session.exec(posts)).all())

    def plan_new(self, connection: sa.Connection, news: Sequence[NewArticle]) -> Plan:
        posts: list[dict[str, Any]] = []
        plan = Plan(rows=[Rows(SQLModel.metadata.tables["posts"], posts)])
        accounts = connection.execute(select(Account.id).order_by(Account.id)).scalars().all()
        for new in news:
            self.calls.append(new.merged.outcome)
            own = [Post(article_id=new.article.id, account_id=account_id, mode="direct") for account_id in accounts]
            posts += [post.model_dump() for post in own]
            plan.post_ids[new.article.id] = [post.id for post in own]
        return plan

    def renew(self, connection: sa.Connection, article_ids: Sequence[str]) -> set[str]:
        self.calls += [Delivery.updated for _ in article_ids]
        return set()

    def list_posts(self, connection: sa.Connection, article_ids: Sequence[str]) -> dict[str, list[str]]:
        posts = select(Post.id).order_by(Post.id)
        return {
            article_id: list(connection.execute(posts.where(Post.article_id == article_id)).scalars())
            for article_id in article_ids
        }

    async def _move(self, session: AsyncSession, article: Article, expected: PostState, **values: Any) -> None:
        await session.flush()
        mine = (col(Post.article_id) == article.id, col(Post.state) == expected)
        await session.exec(sa.update(Post).where(*mine).values(**values))


async def provide_planner(request: Request[Any, Any, Any]) -> Any:
    return request.app.state.planner


def _build_app() -> Litestar:
    return Litestar(
        route_handlers=route_handlers,
        dependencies={
            "resources": Provide(provide_resources),
            "planner": Provide(provide_planner),
            "session": Provide(provide_session),
        },
        exception_handlers=exception_handlers,
        logging_config=None,
    )


_APPS = Lent(_build_app)


def make_app(resources: Resources, planner: Any) -> Litestar:
    app = _build_app()
    app.state.update({"resources": resources, "planner": planner})
    return app


@asynccontextmanager
async def open_client(resources: Resources, planner: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client in the test's own event loop, to which the database connections belong."""
    with _APPS.lend() as app:
        app.state.update({"resources": resources, "planner": planner})
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
