"""Whether a comment can be answered, and by which name it cannot: said before anybody clicks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.ads.access import mode_of
from app.ads.connections.roles import Need, forbids
from app.ads.models import AdvertiserGrant
from app.comments.models import Comment, CommentAd, CommentSource
from app.messages import comments as said
from app.messages.message import Message
from app.resources import Resources


class WhyNot(StrEnum):
    """Programs read these names: they never change."""

    role_forbids = "role_forbids"
    comment_gone = "comment_gone"
    not_first_level = "not_first_level"
    own_comment = "own_comment"
    ad_ended = "ad_ended"
    no_account = "no_account"
    no_identity = "no_identity"

    @property
    def message(self) -> Message:
        return _SAID[self]


_SAID: Mapping[WhyNot, Message] = {
    WhyNot.role_forbids: said.ROLE_FORBIDS,
    WhyNot.comment_gone: said.COMMENT_GONE,
    WhyNot.not_first_level: said.NOT_FIRST_LEVEL,
    WhyNot.own_comment: said.OWN_COMMENT,
    WhyNot.ad_ended: said.AD_ENDED,
    WhyNot.no_account: said.NO_ACCOUNT,
    WhyNot.no_identity: said.NO_IDENTITY,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides it, read once for a whole page: roles by ad account, and the ads that are gone."""

    may_write: Mapping[str, bool]
    ended: frozenset[tuple[str, str]]

    def why_not(self, row: Comment) -> WhyNot | None:
        """Tell why a comment cannot be answered; None where it can."""
        if row.deleted_at is not None:
            return WhyNot.comment_gone
        if row.source is CommentSource.ad:
            if row.owner_id not in self.may_write:
                return WhyNot.no_account
            if not self.may_write[row.owner_id]:
                return WhyNot.role_forbids
        if row.is_own:
            return WhyNot.own_comment
        if row.parent_comment_id is not None:
            return WhyNot.not_first_level
        return self._why_not_there(row) if row.source is CommentSource.ad else None

    def why_not_changed(self, row: Comment) -> WhyNot | None:
        """Tell why a comment cannot be hidden or shown; None where it can."""
        why = self.why_not(row)
        return why if why in {WhyNot.comment_gone, WhyNot.no_account, WhyNot.role_forbids} else None

    def _why_not_there(self, row: Comment) -> WhyNot | None:
        if (row.owner_id, row.ad_id or "") in self.ended:
            return WhyNot.ad_ended
        is_told = row.ad_id and row.item_id and row.identity_id and row.identity_type
        return None if is_told else WhyNot.no_identity


async def read_standing(session: AsyncSession, app: Resources, rows: Iterable[Comment]) -> Standing:
    """Read what decides about these comments."""
    under_ads = [row for row in rows if row.source is CommentSource.ad]
    if not under_ads:
        return Standing({}, frozenset())
    mode = mode_of(app)
    owners = {row.owner_id for row in under_ads}
    query = select(AdvertiserGrant.advertiser_id, AdvertiserGrant.role).where(
        AdvertiserGrant.mode == mode, col(AdvertiserGrant.advertiser_id).in_(owners)
    )
    may_write: dict[str, bool] = {}
    for owner_id, role in (await session.exec(query)).all():
        may_write[owner_id] = may_write.get(owner_id, False) or not forbids(role, Need.write)
    ads = {row.ad_id for row in under_ads if row.ad_id}
    gone = select(CommentAd.advertiser_id, CommentAd.ad_id).where(
        CommentAd.mode == mode, col(CommentAd.ad_id).in_(ads), col(CommentAd.is_gone).is_(True)
    )
    return Standing(may_write, frozenset((await session.exec(gone)).all()))
