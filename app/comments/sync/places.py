"""Sweeping one ad group: the newest first, down to what is known; now and then whole, for edits and deletions."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import col, select

from app.ads.connections.reach import Reach
from app.comments.models import Comment, CommentFeed, CommentSweep
from app.comments.store import Owner, Seen, mark_gone
from app.comments.sync.due_places import is_due, note_place
from app.comments.sync.taking import take
from app.kit.clock import utcnow
from app.kit.zones import zone_of
from app.resources import Resources
from app.tiktok_business.codes import Kind
from app.tiktok_business.comments import LONGEST_WINDOW_DAYS, AdComment
from app.tiktok_business.errors import BusinessError

OVERLAP = timedelta(minutes=30)
"""So far behind the newest known comment each sweep reads again, for what TikTok showed late."""
WHOLE_EVERY, WHOLE_DAYS = timedelta(minutes=20), 2
"""How often the last days are read whole, for edits, deletions, and what came later than the overlap."""
DEEP_EVERY = timedelta(hours=24)
QUIET_EVERY = timedelta(minutes=30)
_MOST_PAGES = 200
_MOST_LOOKED_FOR = 20


@dataclass(frozen=True, slots=True)
class Visit:
    """One sweep's way to TikTok, for one ad group."""

    app: Resources
    feed: CommentFeed
    reach: Reach
    sweep: CommentSweep

    async def sweep_place(self) -> None:
        """Read what is new, and what is due to be read again. Raises BusinessError."""
        now = utcnow()
        values: dict[str, Any] = {"refusal": None}
        if self.sweep.back_to is not None:
            values["newest_at"] = await self._read_new(now)
        if self.sweep.back_to is None or self.sweep.back_to > self.sweep.begins_on:
            newest = await self._read_back(now)
            values = {"newest_at": newest} | values | {"deep_at": now, "whole_at": now}
        elif is_due(self.sweep.deep_at, DEEP_EVERY, now):
            for first, last in windows(self.sweep.begins_on.date(), self._today(now)):
                await self._read_whole(first, last, now)
            values |= {"deep_at": now, "whole_at": now}
        elif is_due(self.sweep.whole_at, WHOLE_EVERY, now):
            last = self._today(now)
            await self._read_whole(last - timedelta(days=WHOLE_DAYS), last, now)
            values["whole_at"] = now
        if self.sweep.is_quiet:
            values["next_at"] = now + QUIET_EVERY
        await self._note(values)

    async def _read_new(self, now: datetime) -> datetime | None:
        """Read from the newest down to what is known; give the newest."""
        newest = self.sweep.newest_at
        until = (newest or now) - OVERLAP
        last = self._today(now)
        first = max(until.date() - timedelta(days=1), last - timedelta(days=LONGEST_WINDOW_DAYS - 1))
        async for seen in self._pages(first, last):
            newest = max([one.created_at for one in seen] + ([newest] if newest else []))
            if min(one.created_at for one in seen) < until:
                break
        return newest

    async def _read_back(self, now: datetime) -> datetime | None:
        """Read all that is older, once; where it was cut off it goes on. Give the newest."""
        newest = self.sweep.newest_at
        last = self._today(now) if self.sweep.back_to is None else self.sweep.back_to.date()
        for first, end in windows(self.sweep.begins_on.date(), last):
            async for seen in self._pages(first, end):
                newest = max([one.created_at for one in seen] + ([newest] if newest else []))
            reached = datetime.combine(first, datetime.min.time(), tzinfo=now.tzinfo)
            is_end = first <= self.sweep.begins_on.date()
            back_to = min(reached, self.sweep.begins_on) if is_end else reached
            await self._note({"back_to": back_to, "newest_at": newest})
        return newest

    async def _read_whole(self, first: date, last: date, began: datetime) -> None:
        """Read some days whole: what is known of them and stands there no more was deleted, if TikTok says so."""
        seen: set[str] = set()
        async for page in self._pages(first, last):
            seen.update(one.comment_id for one in page)
        start = datetime.combine(first, datetime.min.time(), tzinfo=began.tzinfo) + timedelta(days=1)
        async with self.app.read() as session:
            query = select(Comment).where(
                *Owner.of(self.feed).where(),
                Comment.place_id == self.sweep.place_id,
                col(Comment.deleted_at).is_(None),
                # A day of TikTok's may begin at another hour than ours, and what came just now may be on its way.
                col(Comment.created_at) >= start,
                col(Comment.created_at) < began - timedelta(minutes=2),
                col(Comment.comment_id).not_in(seen),
            )
            missing = (await session.exec(query.order_by(col(Comment.position).desc()).limit(_MOST_LOOKED_FOR))).all()
        gone = [row for row in missing if await self._is_gone(row)]
        async with self.app.transaction() as session:
            await mark_gone(session, gone)

    async def _is_gone(self, row: Comment) -> bool:
        """Ask for it by its id: a page that moved while it was read may have lost it."""
        try:
            page = await self.reach.client.comments.show_thread(
                self.feed.owner_id, row.parent_comment_id or row.comment_id
            )
        except BusinessError as error:
            if error.meaning.kind is Kind.missing:
                return True
            raise
        return page.is_last and row.comment_id not in {one.comment_id for one in page.items}

    async def _pages(self, first: date, last: date) -> AsyncIterator[list[Seen]]:
        """Read pages, the newest first, and write each down as it comes."""
        for number in range(1, _MOST_PAGES + 1):
            page = await self.reach.client.comments.list_comments(
                self.feed.owner_id, self.sweep.place_id, first, last, page=number
            )
            seen = [read_comment(one, self.sweep.place_id) for one in page.items]
            if seen:
                async with self.app.transaction() as session:
                    await take(session, self.feed, seen)
                yield seen
            if page.is_last:
                return

    def _today(self, now: datetime) -> date:
        """The latest day that it is in UTC or where the ad account is: nobody says whose days TikTok means."""
        advertiser = self.reach.advertiser
        zone = zone_of(advertiser.timezone) if advertiser and advertiser.timezone else now.tzinfo
        return max(now.date(), now.astimezone(zone).date())

    async def _note(self, values: dict[str, Any]) -> None:
        await note_place(self.app, self.sweep, **values)


def read_comment(one: AdComment, place_id: str) -> Seen:
    """Say what TikTok tells of a comment under an ad in our words."""
    is_reply = one.comment_type == "REPLY" or (
        one.original_comment_id is not None and one.original_comment_id != one.comment_id
    )
    return Seen(
        comment_id=one.comment_id, place_id=one.adgroup_id or place_id, text=one.content,
        created_at=one.create_time or utcnow(), parent_comment_id=one.original_comment_id if is_reply else None,
        ad_id=one.ad_id, ad_name=one.ad_name, item_id=one.tiktok_item_id, identity_id=one.identity_id,
        identity_type=one.identity_type[:64], author_id=one.user_id or "", author_name=one.user_name,
        avatar_url=one.user_avatar_url, likes=one.likes or 0, replies=one.replies or 0,
        status=one.comment_status or "PUBLIC", is_blocked=one.hit_blockedword, is_own=one.can_delete,
        is_pinned=one.is_pinned,
    )  # fmt: skip


def windows(first: date, last: date) -> Iterator[tuple[date, date]]:
    """Cut days into windows that TikTok takes, the newest first; both ends belong to a window."""
    while last >= first:
        begins = max(first, last - timedelta(days=LONGEST_WINDOW_DAYS - 1))
        yield begins, last
        last = begins - timedelta(days=1)
