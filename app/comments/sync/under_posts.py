"""Sweeping the comments under one post of a business account: down to what is known, and now and then whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from app.accounts.business_account import BusinessAccount
from app.comments.models import Comment, CommentFeed, CommentSweep
from app.comments.store import Owner, Seen, mark_gone
from app.comments.sync.due_places import is_asked, is_due, note_visit
from app.comments.sync.pace import Pace
from app.comments.sync.taking import take
from app.kit.clock import utcnow
from app.resources import Resources
from app.tiktok_business.codes import Kind
from app.tiktok_business.errors import BusinessError
from app.tiktok_business.organic_comments import MOST_IDS, OrganicComment

OVERLAP = timedelta(minutes=30)
"""So far behind the newest known comment each sweep reads again, for what TikTok showed late."""
LIVELY = timedelta(days=3)
"""A post is lively so long after it, or its newest comment, was made: then each sweep looks at it."""
WHOLE_EVERY, WHOLE_WHEN_QUIET = timedelta(minutes=20), timedelta(hours=24)
"""How often all comments are read anew, for edits, deletions, and answers to old ones."""
_QUIET_EVERY, _OLD_EVERY, _OLD = timedelta(minutes=30), timedelta(hours=6), timedelta(days=30)
_ON_ITS_WAY = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class PostVisit:
    """One sweep's way to TikTok, for one post; by the `pace` a lively one waits for the next."""

    app: Resources
    feed: CommentFeed
    account: BusinessAccount
    sweep: CommentSweep
    pace: Pace

    async def sweep_place(self) -> None:
        """Read what is new, or all where that is due. Raises BusinessError."""
        now = utcnow()
        every = WHOLE_EVERY if self._age(self.sweep.newest_at, now) < LIVELY else WHOLE_WHEN_QUIET
        is_wanted = is_asked(self.sweep.asked_at, self.sweep.whole_at)
        is_whole = self.sweep.back_to is None or is_wanted or is_due(self.sweep.whole_at, every, now)
        newest = await self.read_down(now, is_whole=is_whole)
        values: dict[str, Any] = {"refusal": None, "newest_at": newest}
        if is_whole:
            values |= {"whole_at": now, "deep_at": now, "back_to": self.sweep.begins_on}
        age = self._age(newest, now)
        values["is_quiet"] = age >= LIVELY
        if age >= LIVELY:
            values["next_at"] = now + (_QUIET_EVERY if age < _OLD else _OLD_EVERY)
        else:
            values["next_at"] = now + self.pace.wait_of(age)
        await note_visit(self.app, self.sweep, **values)

    def _age(self, newest: datetime | None, now: datetime) -> timedelta:
        """How long nothing has happened here."""
        return now - max(self.sweep.begins_on, newest or self.sweep.begins_on)

    async def read_down(self, began: datetime, *, is_whole: bool) -> datetime | None:
        """Read from the newest down to what is known, or to the end; give when the newest was written."""
        newest = self.sweep.newest_at
        until = self.sweep.begins_on if is_whole or newest is None else max(newest - OVERLAP, self.sweep.begins_on)
        seen: set[str] = set()
        pages = self.account.client.organic_comments.walk_comments(self.account.business_id, self.sweep.place_id)
        async for page in pages:
            told = [read_comment(one, self.sweep.place_id) for one in page]
            followed = await self._list_followed(told)
            threads = [one for one in page if one.comment_id in followed]
            await self._take(
                [one for one in told if one.comment_id in followed]
                + [answer for one in threads for answer in read_answers(one, self.sweep.place_id)]
            )
            await self._read_threads(threads)
            seen.update(one.comment_id for one in told)
            newest = max([one.created_at for one in told] + ([newest] if newest else []), default=None)
            # A pinned comment stands above the newer ones.
            if any(one.created_at < until for one in told if not one.is_pinned):
                break
        if is_whole:
            await self._mark_missing(seen, began, col(Comment.parent_comment_id).is_(None))
        return newest

    async def _list_followed(self, told: Sequence[Seen]) -> set[str]:
        """List those that are new enough, and older ones that are known because their thread goes on."""
        followed = {one.comment_id for one in told if one.created_at >= self.sweep.begins_on}
        older = [one.comment_id for one in told if one.comment_id not in followed]
        if older:
            async with self.app.read() as session:
                query = select(Comment.comment_id).where(
                    *Owner.of(self.feed).where(), col(Comment.comment_id).in_(older)
                )
                followed.update((await session.exec(query)).all())
        return followed

    async def _read_threads(self, page: Sequence[OrganicComment]) -> None:
        """Read the answers of which a comment counts another number than is known: a list shows three at most."""
        counted = {one.comment_id: one.replies or 0 for one in page}
        async with self.app.read() as session:
            query = select(Comment.parent_comment_id, sa.func.count()).where(
                *Owner.of(self.feed).where(), col(Comment.parent_comment_id).in_(list(counted)),
                col(Comment.deleted_at).is_(None),
            )  # fmt: skip
            known = dict((await session.exec(query.group_by(col(Comment.parent_comment_id)))).all())
        for comment_id, count in counted.items():
            if known.get(comment_id, 0) != count:
                await self._read_thread(comment_id)

    async def _read_thread(self, comment_id: str) -> None:
        began, seen = utcnow(), set[str]()
        calls = self.account.client.organic_comments
        async for page in calls.walk_replies(self.account.business_id, self.sweep.place_id, comment_id):
            told = [read_comment(one, self.sweep.place_id, comment_id) for one in page]
            seen.update(one.comment_id for one in told)
            await self._take(told)
        await self._mark_missing(seen, began, col(Comment.parent_comment_id) == comment_id)

    async def _mark_missing(self, seen: set[str], began: datetime, which: sa.ColumnElement[bool]) -> None:
        """What is known and was on no page was deleted, if TikTok says so when it is asked by its id."""
        missing = (await self._list_missing(seen, began, which))[:MOST_IDS]
        if not missing:
            return
        there = await find_there(self.account, self.sweep.place_id, [row.comment_id for row in missing])
        if there is None:
            return
        ids = {one.comment_id for one in there}
        async with self.app.transaction() as session:
            await mark_gone(session, [row for row in missing if row.comment_id not in ids])

    async def _list_missing(self, seen: set[str], began: datetime, which: sa.ColumnElement[bool]) -> list[Comment]:
        async with self.app.read() as session:
            query = select(Comment).where(
                *Owner.of(self.feed).where(), which, Comment.place_id == self.sweep.place_id,
                col(Comment.deleted_at).is_(None),
                col(Comment.created_at) >= self.sweep.begins_on,
                # What came just now may be on its way.
                col(Comment.created_at) < began - _ON_ITS_WAY,
            )  # fmt: skip
            known = (await session.exec(query.order_by(col(Comment.position).desc()))).all()
        return [row for row in known if row.comment_id not in seen]

    async def _take(self, seen: Sequence[Seen]) -> None:
        if seen:
            async with self.app.transaction() as session:
                await take(session, self.feed, seen)


async def find_there(account: BusinessAccount, item_id: str, comment_ids: Sequence[str]) -> list[OrganicComment] | None:
    """Ask for comments by their ids, thirty at most: those that are gone are missing. None where that is not all.

    Raises BusinessError.
    """
    try:
        page = await account.client.organic_comments.list_comments(
            account.business_id, item_id, comment_ids=comment_ids
        )
    except BusinessError as error:
        if error.meaning.kind is not Kind.missing:
            raise
        return []
    return None if page.has_more else page.items


def read_answers(one: OrganicComment, item_id: str) -> list[Seen]:
    """Say what stands below a comment in a list in our words."""
    return [read_comment(answer, item_id, one.comment_id) for answer in one.reply_list]


def read_comment(one: OrganicComment, item_id: str, parent_comment_id: str | None = None) -> Seen:
    """Say what TikTok tells of a comment under a post in our words."""
    return Seen(
        comment_id=one.comment_id, place_id=item_id, item_id=item_id, text=one.text,
        created_at=one.create_time or utcnow(), parent_comment_id=one.parent_comment_id or parent_comment_id,
        author_id=one.unique_identifier[:64], author_name=one.display_name or one.username,
        avatar_url=one.profile_image, image_url=one.image_url, likes=one.likes or 0, replies=one.replies or 0,
        status=one.status or "PUBLIC",
        is_own=one.owner, is_pinned=one.pinned, is_liked=one.liked,
    )  # fmt: skip
