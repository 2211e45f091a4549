"""Planning: which posts an article's news calls for. Runs inside the webhook's transaction, so nothing slow happens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account, PublishMode
from app.accounts.service import gets_articles, list_posting_accounts
from app.articles.intake.arrivals import Plan
from app.articles.intake.merge import NewArticle
from app.articles.models import Article, ArticleState, Delivery
from app.jobs import Call, enqueue
from app.kit.bulk import Rows, insert_rows
from app.kit.clock import utcnow
from app.kit.ids import new_id
from app.kit.tracing import traceparent
from app.messages import timeline
from app.messages.message import Message
from app.posts.attempts import was_perhaps_sent
from app.posts.line.turns import is_in_line
from app.posts.models import NOT_YET_GIVEN, Post, PostEvent, PostState
from app.posts.sentences import event_sentence, with_messages
from app.posts.transitions import advance, new_lease, note, requeue
from app.posts.waits import embargo

_WITHDRAWN = frozenset({"article_unpublished", "article_unwanted"})
_POSTS: sa.Table = SQLModel.metadata.tables["posts"]
_EVENTS: sa.Table = SQLModel.metadata.tables["post_events"]


# Rows with every column's default: to make them by the tables' classes takes 0.1 ms each, and this is the hot path.
_BLANK_POST = Post(article_id="", account_id="", mode="").model_dump()
_BLANK_EVENT = PostEvent(post_id="", to_state="", why="").model_dump()
_RENEWAL = (
    col(Post.id), col(Post.article_id), col(Post.state), col(Post.state_reason), col(Post.scheduled_at),
    col(Post.mode), col(Post.is_approved), col(Post.is_edited),
    col(Post.media_missing_since),
)  # fmt: skip
_WHO_GETS = (
    sa.select(col(Account.id), col(Account.mode), col(Account.created_at)).where(gets_articles()).order_by(Account.id)
)


@dataclass(frozen=True)
class PostPlanner:
    """Turns what happened to an article into posts, new work on posts, or their end."""

    def plan_new(self, connection: sa.Connection, news: Sequence[NewArticle]) -> Plan:
        """Plan the posts of articles that came together and seem to be new."""
        posts: list[dict[str, Any]] = []
        events: list[dict[str, Any]] = []
        plan = Plan(rows=[Rows(_POSTS, posts), Rows(_EVENTS, events)])
        accounts = connection.execute(_WHO_GETS).all() if news else []
        for new in news:
            for account_id, mode, created_at in accounts:
                if _is_news_for(created_at, new.article):
                    post, event, calls = _plan_post(new.article, account_id, mode, new.traceparent)
                    posts.append(post)
                    events.append(event)
                    plan.calls.setdefault(new.article.id, []).extend(calls)
                    plan.post_ids.setdefault(new.article.id, []).append(post["id"])
        return plan

    def renew(self, connection: sa.Connection, article_ids: Sequence[str]) -> set[str]:
        """Note an edit where the post will carry it anyway; return the articles that have posts to be prepared anew."""
        mine = (
            col(Post.article_id).in_(article_ids),
            col(Post.state).in_(NOT_YET_GIVEN),
            col(Post.is_sending).is_(False),
        )
        found = [(post, *_what_an_edit_does(post)) for post in connection.execute(sa.select(*_RENEWAL).where(*mine))]
        apart, now = {post.article_id for post, _, is_anew in found if is_anew}, utcnow()
        lines = [
            _event(post.id, post.state, why, now) | {"from_state": post.state}
            for post, why, _ in found
            if post.article_id not in apart
        ]
        insert_rows(connection, _EVENTS, lines)
        return apart

    def list_posts(self, connection: sa.Connection, article_ids: Sequence[str]) -> dict[str, list[str]]:
        """List the ids of all posts of each article, in their order."""
        query = sa.select(col(Post.article_id), col(Post.id)).where(col(Post.article_id).in_(article_ids))
        found: dict[str, list[str]] = {}
        for article_id, post_id in connection.execute(query.order_by(col(Post.id))):
            found.setdefault(article_id, []).append(post_id)
        return found

    async def article_changed(self, session: AsyncSession, article: Article, delivery: Delivery) -> list[str]:
        """Plan for an article as this delivery left it, and return the ids of all its posts."""
        posts = await _list_posts(session, article.id)
        ids = [post.id for post in posts]
        match delivery:
            case Delivery.created | Delivery.republished:
                for post in posts:
                    await _bring_back(session, post)
                return ids + await _plan_missing(session, article, posts)
            case Delivery.updated:
                for post in posts:
                    await _renew(session, post)
            case Delivery.unpublished:
                for post in posts:
                    await _withdraw(session, post, article)
            case _:
                pass
        return ids


async def _list_posts(session: AsyncSession, article_id: str) -> Sequence[Post]:
    return (await session.exec(select(Post).where(Post.article_id == article_id).order_by(col(Post.id)))).all()


async def _plan_missing(session: AsyncSession, article: Article, posts: Sequence[Post]) -> list[str]:
    taken = {post.account_id for post in posts}
    made = []
    for account in await list_posting_accounts(session):
        if account.id in taken or not _is_news_for(account.created_at, article):
            continue
        row, event, calls = _plan_post(article, account.id, account.mode, traceparent())
        session.add(Post(**row))
        session.add(PostEvent(**event))
        for name, arguments in calls:
            enqueue(session, name, *arguments)
        made.append(row["id"])
    await session.flush()
    return made


def _is_news_for(created_at: datetime, article: Article) -> bool:
    # An account that joined later does not get the archive: an edit of an old article is not news.
    return created_at <= article.received_at


def _plan_post(
    article: Article, account_id: str, mode: str, trace: str | None
) -> tuple[dict[str, Any], dict[str, Any], list[Call]]:
    """Make the rows of a post and of its first event, and the job that is to be woken for it."""
    now, why = utcnow(), timeline.ARRIVED
    own: dict[str, Any] = {
        "id": new_id(),
        "article_id": article.id,
        "account_id": account_id,
        "mode": mode,
        "planned_mode": mode,
        "is_urgent": article.breaking,
        "traceparent": trace,
        "created_at": now,
        "updated_at": now,
    }
    calls: list[Call] = []
    halt = embargo(article.published_at, now)
    if halt is not None:
        why = halt.detail
        own |= with_messages(halt.columns()) | {"state": halt.to}
    else:
        lease = new_lease()
        own |= lease
        calls.append(("posts.publish", (own["id"], lease["lease_token"])))
    row = {**_BLANK_POST, **own}
    return row, _event(own["id"], row["state"], why, now), calls


def _event(post_id: str, state: PostState, why: Message, now: datetime) -> dict[str, Any]:
    return {**_BLANK_EVENT, "id": new_id(), "post_id": post_id, "at": now, "to_state": state, **event_sentence(why)}


async def _withdraw(session: AsyncSession, post: Post, article: Article) -> None:
    unpublished = article.state is ArticleState.unpublished
    reason = "article_unpublished" if unpublished else "article_unwanted"
    why = timeline.UNPUBLISHED if unpublished else timeline.UNWANTED
    if post.state in NOT_YET_GIVEN and await advance(
        session,
        post.id,
        expected=post.state,
        to=PostState.cancelled,
        why=why,
        where=(col(Post.is_sending).is_(False),),
        state_reason=reason,
        state_detail=why,
    ):
        return
    if unpublished and post.state not in {PostState.cancelled, PostState.failed} and post.alert != reason:
        post.alert = reason
        session.add(post)
        await note(session, post.id, post.state, timeline.UNPUBLISHED_BUT_POSTED)  # fmt: skip


async def _renew(session: AsyncSession, post: Post) -> None:
    if post.state not in NOT_YET_GIVEN or post.is_sending:
        return
    why, is_anew = _what_an_edit_does(post)
    if is_anew:
        await requeue(session, post.id, expected=post.state, why=why, failures=0, media_missing_since=None)
    else:
        await note(session, post.id, post.state, why)


def _what_an_edit_does(post: Any) -> tuple[Message, bool]:
    """Say what an edit of the article does to a post that TikTok was not given, and whether it is prepared anew now."""
    if post.is_approved and post.mode == PublishMode.approve:
        # Consent was given to another text. It is asked for now, and not when the post's time has come. A queued post's
        # worker sees to it.
        why = timeline.APPROVAL_ENDED_KEEPS_TEXT if post.is_edited else timeline.APPROVAL_ENDED
        return why, post.state is not PostState.queued
    is_waiting = post.state in {PostState.awaiting_approval, PostState.scheduled} and not is_in_line(post)
    if is_waiting or (post.state is PostState.retryable and post.media_missing_since is not None):
        return timeline.PREPARED_ANEW_KEEPS_TEXT if post.is_edited else timeline.PREPARED_ANEW, True
    return timeline.CHANGED_KEEPS_TEXT if post.is_edited else timeline.CHANGED, False


async def _bring_back(session: AsyncSession, post: Post) -> None:
    is_withdrawn = post.state is PostState.cancelled and post.state_reason in _WITHDRAWN
    if is_withdrawn and await was_perhaps_sent(session, post.id):
        # It is not sent a second time by itself, and must not be forgotten either.
        why = timeline.PUBLISHED_AGAIN_PERHAPS_THERE
        await advance(session, post.id, expected=post.state, to=PostState.unconfirmed, why=why,
                      state_reason="perhaps_sent", state_detail=why, next_check_at=utcnow())  # fmt: skip
    elif is_withdrawn:
        why = timeline.PUBLISHED_AGAIN
        await requeue(session, post.id, expected=post.state, why=why, failures=0, media_missing_since=None)
    elif post.alert == "article_unpublished":
        post.alert = None
        session.add(post)
        await note(session, post.id, post.state, timeline.PUBLISHED_AGAIN)
