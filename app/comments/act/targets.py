"""Where the newsroom says something, and how: under a comment, or under a post of a business account."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, Protocol, Self, TypeVar

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.business_account import call_as_business
from app.audit.record import record
from app.comments.access.asking import ask, write, write_as_account
from app.comments.access.opened import LONGEST_REPLY, CommentAccess, Heard
from app.comments.access.organic import OrganicAccess
from app.comments.actions import By
from app.comments.models import Comment, CommentFeed, CommentPost, CommentSource, CommentSweep
from app.comments.models_said import CommentReply, OwnComment, Said
from app.comments.store import Owner, Seen
from app.kit.clock import utcnow
from app.resources import Resources
from app.tiktok_business import comments
from app.tiktok_business.limiter import Limiter
from app.tiktok_business.sending import Patience

S = TypeVar("S", bound=Said)
T = TypeVar("T")
A = TypeVar("A", bound=CommentAccess)


class Voice(Protocol):
    """An open way to a spot. Each call raises BusinessError."""

    @property
    def limiter(self) -> Limiter:
        """Where its calls wait for their turn."""

    def behind(self, limiter: Limiter) -> Self:
        """The same, with calls that wait elsewhere."""

    async def say(self, text: str) -> comments.Replied:
        """Say something there, once."""

    def listen(self, since: datetime) -> AsyncIterator[Heard]:
        """Give what stands there, at least all that was written since."""


class Spot(ABC, Generic[S]):
    """Where something is said, and the table that keeps what is."""

    table: type[S]
    source: CommentSource

    @property
    @abstractmethod
    def known(self) -> Any:
        """The column of `table` with TikTok's id of what was said."""

    @property
    def longest(self) -> int:
        """Characters that TikTok takes there."""
        return LONGEST_REPLY[self.source]

    @property
    @abstractmethod
    def owner(self) -> Owner:
        """Whose comments stand there."""

    @property
    @abstractmethod
    def key(self) -> dict[str, Any]:
        """The columns of `table` that name the spot."""

    @abstractmethod
    async def write(self, app: Resources, by: By, text: str, work: Callable[[Voice], Awaitable[T]]) -> T:
        """Open the way for a write that stands on record. Raises as `asking.write` does."""

    @abstractmethod
    async def ask(self, app: Resources, patience: Patience, work: Callable[[Voice], Awaitable[T]]) -> T:
        """Open the way for a read. Raises as `asking.ask` does."""

    @abstractmethod
    async def lock(self, session: AsyncSession) -> None:
        """Let one after the other come here until the transaction ends."""

    @abstractmethod
    def show(self, said: S, comment_id: str, at: datetime) -> Seen:
        """Say in the inbox's words what TikTok has of ours."""

    @abstractmethod
    def note_said(self, session: AsyncSession, text: str) -> None:
        """Put it into the audit log."""

    async def note_new(self, session: AsyncSession, seen: Seen) -> None:
        """Note that something of ours is new there. Readers answer it: a place that was quiet is looked at again."""
        feed = select(CommentFeed.id).where(
            CommentFeed.mode == self.owner.mode, CommentFeed.source == self.owner.source,
            CommentFeed.owner_id == self.owner.owner_id,
        )  # fmt: skip
        is_place = (col(CommentSweep.feed_id).in_(feed), col(CommentSweep.place_id) == seen.place_id)
        await session.exec(sa.update(CommentSweep).where(*is_place).values(next_at=utcnow()))

    def where(self) -> list[sa.ColumnElement[bool]]:
        """What of `table` was said here."""
        return [getattr(self.table, name) == value for name, value in self.key.items()]


@dataclass(frozen=True, slots=True)
class _Opened(Generic[A]):
    """What each voice has: it waits for its turns where its access does."""

    access: A

    @property
    def limiter(self) -> Limiter:
        return self.access.limiter

    def behind(self, limiter: Limiter) -> Self:
        return replace(self, access=self.access.behind(limiter))


@dataclass(frozen=True, slots=True)
class _Answering(_Opened[CommentAccess]):
    row: Comment

    async def say(self, text: str) -> comments.Replied:
        return await self.access.reply(self.row, text)

    def listen(self, since: datetime) -> AsyncIterator[Heard]:
        del since  # Threads are short, and nobody says that they are in order.
        return self.access.walk_thread(self.row)


@dataclass(frozen=True)
class UnderComment(Spot[CommentReply]):
    """A comment that is answered."""

    row: Comment
    table = CommentReply

    @property
    def known(self) -> Any:
        return col(CommentReply.reply_comment_id)

    @cached_property
    def source(self) -> CommentSource:  # type: ignore[override]
        return self.row.source

    @property
    def owner(self) -> Owner:
        return Owner(self.row.mode, self.row.source, self.row.owner_id)

    @property
    def key(self) -> dict[str, Any]:
        return {"comment_row_id": self.row.id}

    async def write(self, app: Resources, by: By, text: str, work: Callable[[Voice], Awaitable[T]]) -> T:
        row = self.row
        where = {"ad_id": row.ad_id} if row.source is CommentSource.ad else {"video_id": row.place_id}
        told = {"comment_id": row.comment_id, **where, "text": text}
        return await write(app, by, "reply", row, told, lambda access: work(_Answering(access, row)))

    async def ask(self, app: Resources, patience: Patience, work: Callable[[Voice], Awaitable[T]]) -> T:
        return await ask(app, self.row, patience, lambda access: work(_Answering(access, self.row)))

    async def lock(self, session: AsyncSession) -> None:
        await session.exec(select(Comment.id).where(Comment.id == self.row.id).with_for_update())

    def show(self, said: CommentReply, comment_id: str, at: datetime) -> Seen:
        row = self.row
        return Seen(
            comment_id=comment_id, place_id=row.place_id, text=said.text, created_at=at,
            parent_comment_id=row.comment_id, ad_id=row.ad_id, ad_name=row.ad_name, item_id=row.item_id,
            identity_id=row.identity_id, identity_type=row.identity_type, author_name=said.caller, is_own=True,
        )  # fmt: skip

    def note_said(self, session: AsyncSession, text: str) -> None:
        record(session, "comment.replied", object_kind="comment", object_id=self.row.id,
               object_name=self.row.text[:100], after={"text": text})  # fmt: skip

    async def note_new(self, session: AsyncSession, seen: Seen) -> None:
        await super().note_new(session, seen)
        is_this = col(Comment.id) == self.row.id
        await session.exec(sa.update(Comment).where(is_this).values(replies=Comment.replies + 1))


@dataclass(frozen=True, slots=True)
class _Commenting(_Opened[OrganicAccess]):
    item_id: str

    async def say(self, text: str) -> comments.Replied:
        return await self.access.comment(self.item_id, text)

    def listen(self, since: datetime) -> AsyncIterator[Heard]:
        return self.access.walk_post(self.item_id, since)


@dataclass(frozen=True)
class UnderPost(Spot[OwnComment]):
    """A post of a business account, under which its owner speaks first."""

    post: CommentPost
    table = OwnComment
    source = CommentSource.organic

    @property
    def known(self) -> Any:
        return col(OwnComment.comment_id)

    @property
    def owner(self) -> Owner:
        return Owner(self.post.mode, self.source, self.post.account_id)

    @property
    def key(self) -> dict[str, Any]:
        return {"mode": self.post.mode, "account_id": self.post.account_id, "item_id": self.post.item_id}

    async def write(self, app: Resources, by: By, text: str, work: Callable[[Voice], Awaitable[T]]) -> T:
        told = {"video_id": self.post.item_id, "text": text}
        return await write_as_account(
            app, by, "comment", self.post.account_id, told, lambda access: work(_Commenting(access, self.post.item_id))
        )

    async def ask(self, app: Resources, patience: Patience, work: Callable[[Voice], Awaitable[T]]) -> T:
        return await call_as_business(
            app, self.post.account_id, lambda opened: work(_Commenting(OrganicAccess(opened), self.post.item_id)),
            patience=patience,
        )  # fmt: skip

    async def lock(self, session: AsyncSession) -> None:
        post = self.post
        is_it = (
            CommentPost.mode == post.mode, CommentPost.account_id == post.account_id,
            CommentPost.item_id == post.item_id,
        )  # fmt: skip
        await session.exec(select(CommentPost.item_id).where(*is_it).with_for_update())

    def show(self, said: OwnComment, comment_id: str, at: datetime) -> Seen:
        item_id = self.post.item_id
        return Seen(
            comment_id=comment_id, place_id=item_id, item_id=item_id, text=said.text, created_at=at,
            author_name=said.caller, is_own=True,
        )  # fmt: skip

    def note_said(self, session: AsyncSession, text: str) -> None:
        record(session, "comment.written", object_kind="account", object_id=self.post.account_id,
               object_name=self.post.caption[:100], after={"item_id": self.post.item_id, "text": text})  # fmt: skip
