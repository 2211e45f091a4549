"""Rows for tests: sensible by default, changed by keyword."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlmodel import SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account, AccountPace, AccountSettings, AccountTokens
from app.articles.models import Article, Source
from app.kit.clock import utcnow
from app.kit.ids import new_id
from app.posts.models import FINAL_STATES, Post, PostAttempt, PostState

T = TypeVar("T")


async def make_source(session: AsyncSession, **changes: Any) -> Source:
    values: dict[str, Any] = {
        "slug": f"newsroom-{new_id()[-8:]}",
        "name": "Newsroom",
        "kind": "generic",
        "secret_encrypted": "x",
    }
    return await _add(session, Source(**(values | changes)))


async def make_account(session: AsyncSession, **changes: Any) -> Account:
    values: dict[str, Any] = {
        "open_id": f"open-{new_id()}",
        "display_name": "Aimaq",
        "username": "aimaq",
        "scopes": ["user.info.basic", "video.publish", "video.upload"],
        "privacy_level": "SELF_ONLY",
    }
    values |= changes
    settings, pace = AccountSettings(**_pick(AccountSettings, values)), AccountPace(**_pick(AccountPace, values))
    account = await _add(session, Account(**_pick(Account, values), settings=settings, pace=pace))
    await _add(session, AccountTokens(account_id=account.id, **_pick(AccountTokens, values)))
    return account


async def change_account(session: AsyncSession, account_id: str, **changes: Any) -> None:
    """Change columns of an account, in whichever table they stand."""
    tables: tuple[type[SQLModel], ...] = (Account, AccountSettings, AccountPace, AccountTokens)
    for table in tables:
        (key,) = table.__table__.primary_key  # type: ignore[attr-defined]
        if columns := _pick(table, changes):
            await session.exec(sa.update(table).where(key == account_id).values(**columns))


def _pick(table: type[SQLModel], values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in table.model_fields}


async def make_article(session: AsyncSession, **changes: Any) -> Article:
    if "source_id" not in changes:
        changes["source_id"] = (await make_source(session)).id
    values: dict[str, Any] = {
        "external_id": new_id(),
        "revision": utcnow(),
        "title": "Жаңа мектеп ашылды",
        "excerpt": "Сәтбаев қаласында жаңа мектеп ашылды.",
        "url": "https://news.example/a/1",
        "language": "kk",
        "images": [{"url": "https://news.example/1.jpg", "alt": ""}],
    }
    return await _add(session, Article(**(values | changes)))


async def make_post(session: AsyncSession, **changes: Any) -> Post:
    if "article_id" not in changes:
        changes["article_id"] = (await make_article(session)).id
    if "account_id" not in changes:
        changes["account_id"] = (await make_account(session)).id
    values: dict[str, Any] = {"mode": "direct", "state": PostState.queued}
    if changes.get("state") in FINAL_STATES:
        values["finalized_at"] = utcnow()
    return await _add(session, Post(**(values | changes)))


async def make_attempt(session: AsyncSession, post: Post, **changes: Any) -> PostAttempt:
    values: dict[str, Any] = {"post_id": post.id, "account_id": post.account_id, "number": 1, "media_token": new_id()}
    return await _add(session, PostAttempt(**(values | changes)))


async def _add(session: AsyncSession, row: T) -> T:
    session.add(row)
    await session.flush()
    return row


async def shift_moments(session: AsyncSession, moments: Mapping[type[Any], Sequence[str]], span: timedelta) -> None:
    """Let time pass in the database: these columns of all rows move into the past."""
    for table, names in moments.items():
        for row in (await session.exec(select(table))).all():
            for name in names:
                if (moment := getattr(row, name)) is not None:
                    setattr(row, name, moment - span)
            session.add(row)
