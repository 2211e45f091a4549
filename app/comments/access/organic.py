"""Comments under the posts of a business account, by its owner's consent."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from app.accounts.business_account import BusinessAccount
from app.comments.access.opened import Heard
from app.comments.models import Comment
from app.tiktok_business.comments import Replied
from app.tiktok_business.limiter import Limiter
from app.tiktok_business.organic_comments import OrganicComments


@dataclass(frozen=True, slots=True)
class OrganicAccess:
    """See `CommentAccess`; a business account may pin and like besides."""

    account: BusinessAccount

    @property
    def limiter(self) -> Limiter:
        return self.account.client.limiter

    @property
    def calls(self) -> OrganicComments:
        """The calls themselves."""
        return self.account.client.organic_comments

    @property
    def business_id(self) -> str:
        """What the account is called there."""
        return self.account.business_id

    def behind(self, limiter: Limiter) -> Self:
        return replace(self, account=replace(self.account, client=self.account.client.derive(limiter=limiter)))

    async def reply(self, row: Comment, text: str) -> Replied:
        return await self.calls.reply(self.business_id, row.place_id, row.comment_id, text)

    async def comment(self, item_id: str, text: str) -> Replied:
        """Write a comment of the account's own under its post, once."""
        return await self.calls.comment(self.business_id, item_id, text)

    async def walk_post(self, item_id: str, since: datetime) -> AsyncIterator[Heard]:
        """Give what stands under a post, down to the first page on which something older stands."""
        async for page in self.calls.walk_comments(self.business_id, item_id):
            for one in page:
                yield Heard(one.comment_id, one.text, one.create_time, one.owner)
            # A pinned comment stands above the newer ones.
            if any(one.create_time and one.create_time < since for one in page if not one.pinned):
                return

    async def walk_thread(self, row: Comment) -> AsyncIterator[Heard]:
        async for page in self.calls.walk_replies(self.business_id, row.place_id, row.comment_id):
            for one in page:
                yield Heard(one.comment_id, one.text, one.create_time, one.owner)

    async def set_visible(self, rows: Sequence[Comment], *, visible: bool) -> None:
        for row in rows:
            await self.calls.hide(self.business_id, row.place_id, row.comment_id, hidden=not visible)

    async def delete(self, row: Comment) -> None:
        await self.calls.delete(self.business_id, row.comment_id)

    async def pin(self, row: Comment, *, pinned: bool) -> None:
        """Put a comment above the others under its post, or let it down again."""
        await self.calls.pin(self.business_id, row.place_id, row.comment_id, pinned=pinned)

    async def like(self, row: Comment, *, liked: bool) -> None:
        """Like a comment in the account's name, or no longer."""
        await self.calls.like(self.business_id, row.comment_id, liked=liked)
