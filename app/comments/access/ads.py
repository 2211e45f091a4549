"""Comments under the ads of an ad account, by an advertiser's consent."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

from app.ads.connections.reach import Reach
from app.comments.access.opened import Heard
from app.comments.models import Comment
from app.comments.store import HIDDEN, PUBLIC
from app.tiktok_business.comments import CommentPlace, Replied
from app.tiktok_business.family import every
from app.tiktok_business.limiter import Limiter


@dataclass(frozen=True, slots=True)
class AdAccess:
    """See `CommentAccess`."""

    reach: Reach

    @property
    def limiter(self) -> Limiter:
        return self.reach.client.limiter

    def behind(self, limiter: Limiter) -> Self:
        return replace(self, reach=replace(self.reach, client=self.reach.client.derive(limiter=limiter)))

    async def reply(self, row: Comment, text: str) -> Replied:
        return await self.reach.client.comments.reply(_place_of(row), text)

    async def walk_thread(self, row: Comment) -> AsyncIterator[Heard]:
        async for one in every(self.reach.client.comments.show_thread, row.owner_id, row.comment_id):
            yield Heard(one.comment_id, one.content, one.create_time, one.can_delete)

    async def set_visible(self, rows: Sequence[Comment], *, visible: bool) -> None:
        ids = [row.comment_id for row in rows]
        status = PUBLIC if visible else HIDDEN
        await self.reach.client.comments.update_status(self.reach.advertiser_id, ids, status)

    async def delete(self, row: Comment) -> None:
        await self.reach.client.comments.delete(_place_of(row))


def _place_of(row: Comment) -> CommentPlace:
    """Where an answer to it goes; `why_not` has seen that all of this is there."""
    return CommentPlace(
        advertiser_id=row.owner_id,
        ad_id=row.ad_id or "",
        tiktok_item_id=row.item_id or "",
        comment_id=row.comment_id,
        identity_type=row.identity_type,
        identity_id=row.identity_id or "",
    )
