"""One row per article, whoever comes first: insert or lock, merge, and note the delivery."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import make_transient_to_detached
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.articles.adapters.base import ParsedDelivery
from app.articles.intake.merge import Merged, merge, new_article
from app.articles.models import Article, ArticleEvent, Delivery
from app.articles.senders import KnownSource
from app.kit.clock import utcnow
from app.kit.dialects import insert_into
from app.kit.ids import new_id

# Statements on the bare tables, built once: the unit of work would take as long again as the database (measured).
_ARTICLES: sa.Table = SQLModel.metadata.tables["articles"]
_NOTE = sa.insert(SQLModel.metadata.tables["article_events"])


@dataclass(frozen=True, slots=True)
class Stored:
    """An article as it stands after a delivery, and what the delivery did to it."""

    article: Article
    merged: Merged
    is_new: bool


@dataclass(frozen=True, slots=True)
class Envelope:
    """What tells a delivery from another: the CMS's id for it where there is one, its bytes, its place in time."""

    delivery_id: str | None
    digest: str
    revision: datetime


async def store_delivery(
    session: AsyncSession, source: KnownSource, news: ParsedDelivery, envelope: Envelope
) -> Stored | None:
    """Merge a delivery into its article; None when there is no article and the delivery is no reason for one.

    The article stays locked until the session ends, so that deliveries for it take turns.
    """
    if not news.only_if_known:
        article = new_article(source.id, news, envelope.revision)
        merged = merge(article, news, envelope.revision, source_since=source.since, is_new=True)
        if await _insert(session, article):
            await _note(session, article, news, envelope, merged.outcome)
            return Stored(article, merged, is_new=True)
    known = await _lock(session, source.id, news.external_id)
    if known is None:
        return None
    return Stored(known, await _merge_known(session, known, source, news, envelope), is_new=False)


async def _merge_known(
    session: AsyncSession, article: Article, source: KnownSource, news: ParsedDelivery, envelope: Envelope
) -> Merged:
    is_repeated, is_noted = await _find_seen(session, article.id, envelope)
    # The same delivery again, perhaps signed anew: what it says was already weighed when it first came.
    if is_repeated:
        return Merged(Delivery.duplicate, is_turn=False)
    merged = merge(article, news, envelope.revision, source_since=source.since)
    if not (is_noted and merged.outcome in {Delivery.duplicate, Delivery.stale}):
        await _note(session, article, news, envelope, merged.outcome)
    return merged


async def _insert(session: AsyncSession, article: Article) -> bool:
    connection = await session.connection()
    inserted = await connection.execute(_insert_once(connection.dialect.name), article.model_dump())
    if inserted.first() is None:
        return False
    # The row is in the database as this object has it: the session takes it over without reading it back.
    make_transient_to_detached(article)
    session.add(article)
    return True


@cache
def _insert_once(dialect: str) -> Any:
    insert = insert_into(dialect, _ARTICLES)
    return insert.on_conflict_do_nothing(index_elements=["source_id", "external_id"]).returning(_ARTICLES.c.id)


async def _lock(session: AsyncSession, source_id: str, external_id: str) -> Article | None:
    query = select(Article).where(col(Article.source_id) == source_id, col(Article.external_id) == external_id)
    # key_share: rows that refer to the article can be added meanwhile. SQLite's transactions take turns by themselves.
    return (await session.exec(query.with_for_update(key_share=True))).first()


async def _find_seen(session: AsyncSession, article_id: str, envelope: Envelope) -> tuple[bool, bool]:
    """Tell whether the CMS's delivery id was seen for this article, and whether these bytes were."""
    same = [col(ArticleEvent.body_sha256) == envelope.digest]
    if envelope.delivery_id is not None:
        same.append(col(ArticleEvent.delivery_id) == envelope.delivery_id)
    query = select(ArticleEvent.delivery_id, ArticleEvent.body_sha256).where(
        col(ArticleEvent.article_id) == article_id, sa.or_(*same)
    )
    rows = (await session.exec(query)).all()
    is_repeated = envelope.delivery_id is not None and any(row[0] == envelope.delivery_id for row in rows)
    return is_repeated, any(row[1] == envelope.digest for row in rows)


async def _note(
    session: AsyncSession, article: Article, news: ParsedDelivery, envelope: Envelope, outcome: Delivery
) -> None:
    await (await session.connection()).execute(_NOTE, event_row(article.id, news, envelope, outcome))


def event_row(article_id: str, news: ParsedDelivery, envelope: Envelope, outcome: Delivery) -> dict[str, Any]:
    """Make the row that notes a delivery."""
    return {
        "id": new_id(),
        "article_id": article_id,
        "delivery_id": envelope.delivery_id,
        "type": news.type[:64],
        "outcome": outcome,
        "revision": envelope.revision,
        "body_sha256": envelope.digest,
        "received_at": utcnow(),
    }
