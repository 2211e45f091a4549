"""What TikTok's refusal of our address holds back: one cause, however many posts wait for its mend."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account, AccountKind
from app.media.holds import list_holds
from app.posts.gates import UNPROVEN
from app.posts.line.fairness import UNTIMED
from app.posts.models import Post


@dataclass(frozen=True, slots=True)
class HeldMedia:
    """A hold: since when TikTok refuses `prefix`, how many posts wait, and when one of them asks next.

    `portal` is the kind of the accounts whose app it concerns.
    """

    portal: AccountKind
    prefix: str
    since: datetime
    probe_at: datetime
    count: int


async def read_held_media(session: AsyncSession) -> list[HeldMedia]:
    """Read the holds that stand; most often there is none."""
    holds = await list_holds(session)
    counts = await _count_waiting(session) if holds else {}
    return [
        HeldMedia(portal, hold.prefix, hold.held_since, hold.probe_at, counts.get(portal, 0))
        for hold in holds
        for portal in (AccountKind(hold.portal),)
    ]


def waits_for_proof() -> tuple[sa.ColumnElement[bool], ...]:
    """The posts that wait until TikTok takes our address."""
    return (*UNTIMED.conditions, col(Post.state_reason) == UNPROVEN)


def waits_for_person() -> tuple[sa.ColumnElement[bool], ...]:
    """The posts that wait until something else is put right."""
    return (*UNTIMED.conditions, col(Post.state_reason).is_distinct_from(UNPROVEN))


async def _count_waiting(session: AsyncSession) -> Mapping[AccountKind, int]:
    query = (
        select(Account.kind, func.count())
        .join(Post, col(Post.account_id) == col(Account.id))
        .where(*waits_for_proof())
        .group_by(col(Account.kind))
    )
    return {AccountKind(kind): count for kind, count in (await session.exec(query)).all()}
