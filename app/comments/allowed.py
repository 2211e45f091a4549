"""Whether a comment can be answered, and by which name it cannot: said before anybody clicks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account, AccountKind, AccountState
from app.ads.access import mode_of
from app.ads.connections.roles import Need, forbids
from app.ads.models import AdvertiserGrant
from app.comments.models import Comment, CommentAd, CommentPost, CommentSource
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
    not_granted = "not_granted"
    post_gone = "post_gone"

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
    WhyNot.not_granted: said.NOT_GRANTED,
    WhyNot.post_gone: said.POST_GONE,
}
HINDERS_ALL = frozenset({WhyNot.comment_gone, WhyNot.no_account, WhyNot.not_granted, WhyNot.role_forbids})
"""What keeps one from hiding and deleting too."""
_MANAGE = "comment.list.manage"


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides it, read once for a whole page: why nothing can be done at an owner, None where it can; and the
    ads and posts that are gone, by owner.
    """

    hinders: Mapping[str, WhyNot | None]
    ended: frozenset[tuple[str, str]]

    def why_not(self, row: Comment) -> WhyNot | None:
        """Tell why a comment cannot be answered; None where it can."""
        if row.deleted_at is not None:
            return WhyNot.comment_gone
        if (why := self.hinders.get(row.owner_id, WhyNot.no_account)) is not None:
            return why
        is_first = row.parent_comment_id is None
        if row.is_own and not (is_first and row.source is CommentSource.organic):
            return WhyNot.own_comment
        if not is_first:
            return WhyNot.not_first_level
        return self._why_not_there(row)

    def why_not_changed(self, row: Comment) -> WhyNot | None:
        """Tell why a comment cannot be hidden or shown; None where it can."""
        why = self.why_not(row)
        return why if why in HINDERS_ALL else None

    def _why_not_there(self, row: Comment) -> WhyNot | None:
        if row.source is CommentSource.organic:
            return WhyNot.post_gone if (row.owner_id, row.place_id) in self.ended else None
        if (row.owner_id, row.ad_id or "") in self.ended:
            return WhyNot.ad_ended
        is_told = row.ad_id and row.item_id and row.identity_id and row.identity_type
        return None if is_told else WhyNot.no_identity


async def read_standing(session: AsyncSession, app: Resources, rows: Iterable[Comment]) -> Standing:
    """Read what decides about these comments."""
    by_source: dict[CommentSource, list[Comment]] = {}
    for row in rows:
        by_source.setdefault(row.source, []).append(row)
    hinders: dict[str, WhyNot | None] = {}
    ended: set[tuple[str, str]] = set()
    if under_ads := by_source.get(CommentSource.ad):
        hinders |= await _read_roles(session, app, {row.owner_id for row in under_ads})
        ads = {row.ad_id for row in under_ads if row.ad_id}
        gone = select(CommentAd.advertiser_id, CommentAd.ad_id).where(
            CommentAd.mode == mode_of(app), col(CommentAd.ad_id).in_(ads), col(CommentAd.is_gone).is_(True)
        )
        ended |= set((await session.exec(gone)).all())
    if under_posts := by_source.get(CommentSource.organic):
        hinders |= await _read_consents(session, {row.owner_id for row in under_posts})
        posts = {row.place_id for row in under_posts}
        left = select(CommentPost.account_id, CommentPost.item_id).where(
            CommentPost.mode == mode_of(app), col(CommentPost.item_id).in_(posts), col(CommentPost.is_gone).is_(True)
        )
        ended |= set((await session.exec(left)).all())
    return Standing(hinders, frozenset(ended))


async def why_no_comments(session: AsyncSession, posts: Sequence[CommentPost]) -> dict[str, WhyNot | None]:
    """Tell why nothing of one's own can be written under posts, by their ids; None where it can."""
    hinders = await _read_consents(session, {post.account_id for post in posts})
    return {
        post.item_id: hinders.get(post.account_id, WhyNot.no_account) or (WhyNot.post_gone if post.is_gone else None)
        for post in posts
    }


async def _read_roles(session: AsyncSession, app: Resources, owners: set[str]) -> dict[str, WhyNot | None]:
    query = select(AdvertiserGrant.advertiser_id, AdvertiserGrant.role).where(
        AdvertiserGrant.mode == mode_of(app), col(AdvertiserGrant.advertiser_id).in_(owners)
    )
    found: dict[str, WhyNot | None] = {}
    for owner_id, role in (await session.exec(query)).all():
        if not forbids(role, Need.write):
            found[owner_id] = None
        else:
            found.setdefault(owner_id, WhyNot.role_forbids)
    return found


async def _read_consents(session: AsyncSession, owners: set[str]) -> dict[str, WhyNot | None]:
    query = select(Account.id, Account.scopes).where(
        col(Account.id).in_(owners), Account.kind == AccountKind.business, Account.state == AccountState.connected
    )
    rows = (await session.exec(query)).all()
    return {owner_id: None if _MANAGE in scopes else WhyNot.not_granted for owner_id, scopes in rows}
