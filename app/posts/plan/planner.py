"""Planning: which posts an article's news calls for. It runs while the article is stored, so nothing slow happens."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account, AccountSettings
from app.accounts.queries import gets_articles
from app.articles.intake.arrivals import ArticleChange, Move, Plan
from app.articles.models import Article, Delivery
from app.articles.rule_verdicts import leave_out
from app.articles.rules import LeftOutBy, SourceRules
from app.jobs import enqueue
from app.kit.bulk import Rows, insert_family
from app.kit.bursts import Bursts
from app.kit.clock import utcnow
from app.messages import timeline
from app.posts.models import Post
from app.posts.plan.moves import hears_of_edits, keep_out, moves_for, what_an_edit_does
from app.posts.plan.rows import EVENTS, POSTS, NewPost, event_row, plan_post, plan_wish
from app.posts.plan.with_page import is_judged_anew, judge_anew

_AT_ONCE, _PER_SECOND = 60, 5.0
"""Posts of a source for an account: the sweep hands out ten of each account every two seconds."""
_TO_BE_POSTED = frozenset({Delivery.created, Delivery.republished})
_READ = (
    col(Post.id), col(Post.article_id), col(Post.account_id), col(Post.state), col(Post.state_reason), col(Post.alert),
    col(Post.scheduled_at), col(Post.mode), col(Post.is_approved), col(Post.is_edited), col(Post.is_sending),
    col(Post.media_missing_since), col(Post.is_forced),
)  # fmt: skip
_WHO_GETS = (
    sa.select(col(Account.id), col(AccountSettings.mode), col(Account.created_at))
    .where(gets_articles())
    .order_by(Account.id)
)
_Row = Any
"""What was read by `_READ`, or by `_WHO_GETS`."""


class PostPlanner:
    """Turns what happened to articles into posts, new work on posts, or their end."""

    def __init__(self, bursts: Bursts | None = None) -> None:
        self._bursts = bursts or Bursts(_AT_ONCE, _PER_SECOND)

    def plan(self, connection: sa.Connection, changes: Sequence[ArticleChange]) -> Plan:
        """Plan for articles as arrivals left them, and list the ids of all posts of each."""
        return _Planning(connection, changes, self._bursts).plan


class _Planning:
    def __init__(self, connection: sa.Connection, changes: Sequence[ArticleChange], bursts: Bursts) -> None:
        self._bursts = bursts
        self._posts: list[dict[str, Any]] = []
        self._first_events: list[dict[str, Any]] = []
        self._notes: list[dict[str, Any]] = []
        self.plan = Plan(
            rows=(Rows(POSTS, self._posts), Rows(EVENTS, self._first_events)), notes=(Rows(EVENTS, self._notes),)
        )
        posts = _read_posts(connection, [change.article.id for change in changes if not change.is_new])
        calls_for_posts = any(
            (change.delivery in _TO_BE_POSTED and change.wishes is None) or is_judged_anew(change) for change in changes
        )
        accounts = connection.execute(_WHO_GETS).all() if calls_for_posts else []
        for change in changes:
            self._add(change, posts.get(change.article.id, []), accounts)

    def _add(self, change: ArticleChange, posts: Sequence[_Row], accounts: Sequence[_Row]) -> None:
        article, plan = change.article, self.plan
        new = self._missing_posts(change, posts, accounts) if change.delivery in _TO_BE_POSTED else []
        plan.post_ids[article.id] = [post.id for post in posts]
        moves: list[Move] = []
        if change.rules is not None and is_judged_anew(change):
            new, moves, posts = self._judge_anew(change, change.rules, posts, accounts)
        moves += moves_for(change, posts)
        plan.post_ids[article.id] += [post.row["id"] for post in new]
        if moves:
            plan.moves[article.id] = partial(_carry_out, article.id, moves, new, plan.post_ids[article.id])
            return
        for made in new:
            self._posts.append(made.row)
            self._first_events.append(made.event)
            plan.calls.setdefault(article.id, []).extend(made.calls)
        if change.delivery is Delivery.updated:
            now = utcnow()
            for post in posts:
                if hears_of_edits(post):
                    why, _ = what_an_edit_does(post)
                    why = timeline.FILLED if change.is_filled and why == timeline.CHANGED else why
                    self._notes.append(event_row(post.id, post.state, why, now) | {"from_state": post.state})

    def _missing_posts(self, change: ArticleChange, posts: Sequence[_Row], accounts: Sequence[_Row]) -> list[NewPost]:
        """Plan the posts that are missing, but for the accounts that the source's rules leave out."""
        article, taken, rules = change.article, {post.account_id for post in posts}, change.rules
        if change.wishes is not None:
            wanted = [wish for wish in change.wishes if wish.account_id not in taken]
            return [plan_wish(article, wish, change.traceparent) for wish in wanted]
        missing = [one for one in accounts if one.id not in taken and _is_news_for(one.created_at, article)]
        if rules is not None:
            left_out = leave_out(rules, article, [one.id for one in missing], utcnow())
            self.plan.left_out[article.id] = left_out
            missing = _without(missing, left_out)
        return [
            plan_post(
                article, one.id, one.mode, change.traceparent, _delay(rules, one.id),
                is_told=article.breaking or self._bursts.admits(article.source_id, one.id),
            )
            for one in missing
        ]  # fmt: skip

    def _judge_anew(
        self, change: ArticleChange, rules: SourceRules, posts: Sequence[_Row], accounts: Sequence[_Row]
    ) -> tuple[list[NewPost], list[Move], Sequence[_Row]]:
        """Plan the posts that the page's word lets in, end those that it keeps out, and give the others."""
        verdict = judge_anew(change, rules, posts, accounts)
        self.plan.left_out[change.article.id] = verdict.left_out
        why = timeline.LET_IN_WITH_PAGE
        new = [
            plan_post(change.article, one.id, one.mode, change.traceparent, _delay(rules, one.id), why)
            for one in verdict.let_in
        ]
        ended = {post.id for post, _ in verdict.kept_out}
        moves: list[Move] = [partial(keep_out, post, one.why) for post, one in verdict.kept_out]
        return new, moves, [post for post in posts if post.id not in ended]


def _without(accounts: Sequence[_Row], left_out: Sequence[LeftOutBy]) -> list[_Row]:
    named = {one.account_id for one in left_out}
    return [] if "" in named else [one for one in accounts if one.id not in named]


def _delay(rules: SourceRules | None, account_id: str) -> timedelta | None:
    return rules.delay_of(account_id) if rules is not None else None


def _read_posts(connection: sa.Connection, article_ids: Sequence[str]) -> dict[str, list[_Row]]:
    found: dict[str, list[_Row]] = {}
    if article_ids:
        query = sa.select(*_READ).where(col(Post.article_id).in_(article_ids)).order_by(col(Post.id))
        for post in connection.execute(query):
            found.setdefault(post.article_id, []).append(post)
    return found


async def _carry_out(
    article_id: str, moves: Sequence[Move], new: Sequence[NewPost], post_ids: list[str], session: AsyncSession
) -> None:
    for move in moves:
        await move(session)
    if not new:
        return
    rows = Rows(POSTS, [made.row for made in new]), Rows(EVENTS, [made.event for made in new])
    went_in = await (await session.connection()).run_sync(insert_family, *rows)
    for made in new:
        if made.row["id"] in went_in:
            for name, arguments in made.calls:
                enqueue(session, name, *arguments)
    if len(went_in) < len(new):
        # A person has made one of these posts by hand meanwhile.
        post_ids[:] = (await session.exec(select(Post.id).where(Post.article_id == article_id).order_by(Post.id))).all()


def _is_news_for(created_at: datetime, article: Article) -> bool:
    # An account that joined later does not get the archive: an edit of an old article is not news.
    return created_at <= article.received_at
