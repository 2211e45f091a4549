"""What happened to an article, from all rooms in one line of time: its posts, their boosts, and what readers said."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account
from app.accounts.queries import is_id
from app.ads.access import mode_of
from app.ads.boosts.figures import read_paid
from app.ads.models import Boost
from app.articles.models import Article
from app.comments.models import Comment
from app.errors import NotFound
from app.messages import ads_boosts, refusals
from app.messages.kinds import Amount
from app.messages.message import Message, read_whole
from app.posts.models import Post, PostEvent
from app.posts.sentences import why_of
from app.resources import Resources

MOST_COMMENTS = 200
"""The newest of an article; all of them stand in the inbox."""


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One thing that happened. `id` is the boost's or the comment's; `text` is what a reader wrote, `why` what we say.

    `spend` is what a boost has cost in all its days, as of `at`, in `currency`.
    """

    at: datetime
    kind: Literal["post", "boost", "comment"]
    post_id: str | None
    account: str
    id: str = ""
    state: str = ""
    why: Message | None = None
    author: str = ""
    text: str = ""
    spend: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """An article and its lines, the newest first. `has_more_comments`: older ones are not among them."""

    article: Article
    lines: Sequence[StoryLine]
    has_more_comments: bool


async def read_story(app: Resources, article_id: str, *, with_boosts: bool) -> Story:
    """Read it; without boosts for whoever may not know what ads cost. Raises NotFound."""
    async with app.read() as session:
        article = await session.get(Article, article_id) if is_id(article_id) else None
        if article is None:
            raise NotFound(refusals.NO_ARTICLE)
        posts = (await session.exec(select(Post).where(Post.article_id == article_id))).all()
        accounts = await _name_accounts(session, {post.account_id for post in posts})
        mine = select(PostEvent).where(col(PostEvent.post_id).in_([post.id for post in posts]))
        events = (await session.exec(mine)).all()
        ours = select(Boost).where(Boost.article_id == article_id, Boost.mode == mode_of(app))
        boosts = (await session.exec(ours)).all()
        comments = await _list_comments(session, mode_of(app), posts, boosts)
    names = {post.id: accounts.get(post.account_id, "") for post in posts}
    lines = [
        *(StoryLine(one.at, "post", one.post_id, names[one.post_id], state=one.to_state, why=why_of(one))
          for one in events),
        *(line for one in boosts if with_boosts for line in _of_boost(one, names.get(one.post_id, ""))),
        *_of_comments(comments[:MOST_COMMENTS], posts, boosts, names),
    ]  # fmt: skip
    lines.sort(key=lambda line: line.at, reverse=True)
    return Story(article, lines, len(comments) > MOST_COMMENTS)


async def _name_accounts(session: AsyncSession, ids: set[str]) -> dict[str, str]:
    found = await session.exec(select(Account).where(col(Account.id).in_(ids)))
    return {one.id: one.display_name or one.username or "" for one in found}


async def _list_comments(
    session: AsyncSession, mode: str, posts: Iterable[Post], boosts: Iterable[Boost]
) -> Sequence[Comment]:
    items = [item for post in posts for item in post.post_ids]
    ads = [boost.ad_id for boost in boosts if boost.ad_id]
    if not items and not ads:
        return []
    query = select(Comment).where(
        Comment.mode == mode,
        sa.or_(col(Comment.item_id).in_(items), col(Comment.ad_id).in_(ads)),
        col(Comment.parent_comment_id).is_(None),
        col(Comment.deleted_at).is_(None),
    )
    return (await session.exec(query.order_by(col(Comment.position).desc()).limit(MOST_COMMENTS + 1))).all()


def _of_boost(boost: Boost, account: str) -> Iterator[StoryLine]:
    def line(at: datetime, why: Message, spend: Decimal | None = None) -> StoryLine:
        state = boost.state.value
        return StoryLine(
            at, "boost", boost.post_id, account, boost.id, state, why, spend=spend, currency=boost.currency
        )

    yield line(boost.created_at, ads_boosts.boost_made(Amount(boost.budget), boost.currency, boost.days))
    if boost.started_at is not None:
        yield line(boost.started_at, ads_boosts.STARTED)
    if boost.stopped_at is not None:
        yield line(boost.stopped_at, read_whole(boost.detail) if boost.detail else ads_boosts.STOPPED)
    spend = read_paid(boost.figures).spend
    if boost.figures_at is not None and spend is not None:
        yield line(boost.figures_at, ads_boosts.boost_spent(Amount(f"{spend:f}"), boost.currency), spend)


def _of_comments(
    comments: Iterable[Comment], posts: Sequence[Post], boosts: Sequence[Boost], names: dict[str, str]
) -> Iterator[StoryLine]:
    owners = {item: post.id for post in posts for item in post.post_ids}
    owners |= {boost.ad_id: boost.post_id for boost in boosts if boost.ad_id}
    for one in comments:
        post_id = owners.get(one.item_id or "") or owners.get(one.ad_id or "")
        yield StoryLine(
            one.created_at, "comment", post_id, names.get(post_id or "", ""), one.id, one.state.value,
            author=one.author_name, text=one.text,
        )  # fmt: skip
