"""What came in from the CMSes, and what became of each article: its posts, or why there are none."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import defer
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account
from app.accounts.queries import is_id
from app.articles.article_pages import page_problems
from app.articles.models import Article, ArticleState, Source
from app.articles.rules import read_left_out
from app.articles.search import among_hits
from app.errors import BadRequest
from app.kit.paging import paginate
from app.kit.search import find_words
from app.messages import refusals
from app.messages.message import Message
from app.posts.models import Post, PostState


class LeftOut(StrEnum):
    """Why an article has no posts."""

    unpublished = "unpublished"
    unwanted = "unwanted"
    declined = "declined"
    only_updated = "only_updated"
    by_rules = "by_rules"
    no_account = "no_account"


ByRule = tuple[str, Message, bool]


@dataclass(frozen=True, slots=True)
class PostOfArticle:
    """One post of an article, in short."""

    id: str
    account_name: str
    state: PostState


@dataclass(frozen=True, slots=True)
class ArticleArrival:
    """An article with what became of it: posts, or the reason why there are none.

    `by_rules`: the accounts that a rule kept it from, by name and "" for all of them, each with the rule, and with
    whether the article's own page was heard.
    `page_problem`: why its page could not be asked for what the CMS left out.
    """

    article: Article
    source_name: str
    posts: Sequence[PostOfArticle]
    left_out: LeftOut | None
    by_rules: Sequence[ByRule] = ()
    page_problem: Message | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalFilter:
    """Which articles are wanted; `has_posts` None is all."""

    q: str = ""
    source_id: str | None = None
    has_posts: bool | None = None


async def list_arrivals(
    session: AsyncSession, wanted: ArrivalFilter, *, limit: int = 25, cursor: str | None = None
) -> tuple[Sequence[ArticleArrival], str | None]:
    """Give one page of articles, the newest first, and the cursor of the next. Raises BadRequest."""
    if cursor is not None and not is_id(cursor):
        raise BadRequest(refusals.BAD_CURSOR)
    words = find_words(wanted.q)
    if (wanted.q.strip() and not words) or (wanted.source_id is not None and not is_id(wanted.source_id)):
        return [], None
    where = _conditions(wanted)
    query = select(Article).options(defer(Article.text, raiseload=True))  # type: ignore[arg-type]
    if words:
        is_sqlite = session.get_bind().dialect.name == "sqlite"
        after = [col(Article.id) < cursor] if cursor else []
        query = among_hits(query, [*where, *after], words, is_sqlite=is_sqlite)
    else:
        query = query.where(*where)
    page = await paginate(session, query, col(Article.id), limit=limit, cursor=cursor)
    posts = await _list_posts(session, [article.id for article in page.items])
    names = await _name_sources(session, {article.source_id for article in page.items})
    ruled = await _read_rules(session, page.items)
    unread = await page_problems(session, [article.id for article in page.items])
    found = [
        _tell(article, names.get(article.source_id, ""), posts.get(article.id, []), ruled.get(article.id, ()))
        for article in page.items
    ]
    return [replace(one, page_problem=unread.get(one.article.id)) for one in found], page.next_cursor


def _conditions(wanted: ArrivalFilter) -> list[sa.ColumnElement[bool]]:
    where: list[sa.ColumnElement[bool]] = []
    if wanted.source_id is not None:
        where.append(col(Article.source_id) == wanted.source_id)
    if wanted.has_posts is not None:
        there = sa.exists().where(col(Post.article_id) == col(Article.id)).correlate(Article)
        where.append(there if wanted.has_posts else ~there)
    return where


async def _list_posts(session: AsyncSession, article_ids: Sequence[str]) -> dict[str, list[PostOfArticle]]:
    found: dict[str, list[PostOfArticle]] = {}
    if article_ids:
        query: Any = (
            sa.select(
                col(Post.article_id), col(Post.id), col(Post.state), col(Account.display_name), col(Account.username)
            )
            .join(Account, col(Account.id) == col(Post.account_id))
            .where(col(Post.article_id).in_(article_ids))
            .order_by(col(Post.id))
        )
        for article_id, post_id, state, display_name, username in (await session.exec(query)).all():
            found.setdefault(article_id, []).append(PostOfArticle(post_id, display_name or username, state))
    return found


async def _name_sources(session: AsyncSession, ids: set[str]) -> dict[str, str]:
    rows = (await session.exec(select(Source.id, Source.name).where(col(Source.id).in_(ids)))).all()
    return dict(rows)


async def _read_rules(session: AsyncSession, articles: Sequence[Article]) -> dict[str, Sequence[ByRule]]:
    """Tell which accounts the sources' rules kept articles from."""
    ruled = {article.id: read_left_out(article.left_out) for article in articles if article.left_out}
    ids = {one.account_id for left_out in ruled.values() for one in left_out} - {""}
    names = {"": ""}
    if ids:
        query = select(Account.id, Account.display_name, Account.username).where(col(Account.id).in_(ids))
        names |= {account_id: shown or own for account_id, shown, own in (await session.exec(query)).all()}
    return {
        article_id: [(names[one.account_id], one.why, one.with_page) for one in left_out if one.account_id in names]
        for article_id, left_out in ruled.items()
    }


def _tell(
    article: Article, source_name: str, posts: Sequence[PostOfArticle], by_rules: Sequence[ByRule]
) -> ArticleArrival:
    return ArticleArrival(article, source_name, posts, None if posts else _why_left_out(article), by_rules)


def _why_left_out(article: Article) -> LeftOut:
    if article.state == ArticleState.unpublished:
        return LeftOut.unpublished
    if article.is_declined:
        return LeftOut.declined
    if not article.is_wanted:
        return LeftOut.unwanted
    if article.left_out:
        return LeftOut.by_rules
    # Only a publication makes posts: an update of something that nobody told us of is no news.
    return LeftOut.only_updated if article.state_revision is None else LeftOut.no_account
