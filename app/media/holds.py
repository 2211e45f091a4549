"""Holds: TikTok refuses our address, so nothing more is sent for it to fetch but a rare probe, until it takes one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.config import Settings
from app.kit.clock import utcnow
from app.kit.dialects import insert_into
from app.media.models import MediaHold

PROBE_EVERY = timedelta(minutes=10)
PROBE_RARELY = timedelta(hours=1)
"""Once several have been in vain: whoever runs the service has been told, and a person can ask at any time."""
_OFTEN = 6
_ASKED_ANEW_AFTER = timedelta(minutes=1)

_STANDS = col(MediaHold.lifted_at).is_(None)


def media_prefix(settings: Settings) -> str:
    """The address under which all media lie that TikTok is asked to fetch."""
    return f"{settings.public_url}/media/"


def hold_stands(portal: Any) -> sa.ColumnElement[bool]:
    """Tell, within another statement, whether the media of this portal's accounts are held back."""
    return _exists(portal)


def holds_back(portal: Any, post_id: Any) -> sa.ColumnElement[bool]:
    """Tell it of one post: the probe is not held back."""
    return _exists(portal, col(MediaHold.probe_post_id).is_distinct_from(post_id))


def _exists(portal: Any, *more: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    standing = sa.select(sa.literal(1)).select_from(MediaHold).where(col(MediaHold.portal) == portal, _STANDS, *more)
    return sa.exists(standing.correlate_except(MediaHold))


async def list_holds(session: AsyncSession) -> Sequence[MediaHold]:
    """List the holds that stand."""
    query = select(MediaHold).where(_STANDS).order_by(col(MediaHold.portal))
    return (await session.exec(query, execution_options={"populate_existing": True})).all()


async def find_hold(session: AsyncSession, portal: str) -> MediaHold | None:
    """Find the hold of one portal, if it stands."""
    return next((hold for hold in await list_holds(session) if hold.portal == portal), None)


async def refuse_media(
    session: AsyncSession,
    portal: str,
    *,
    prefix: str,
    client_key: str,
    post_id: str,
    refused_at: datetime,
    log_id: str | None,
) -> bool:
    """Note that TikTok refused a call that left at `refused_at`; tell whether a hold begins with it.

    What left before TikTok took something says nothing of now: an old answer raises no hold that has been lifted.
    """
    now = utcnow()
    raised: dict[str, Any] = {
        "prefix": prefix,
        "client_key": client_key[:128],
        "held_since": now,
        "refused_at": refused_at,
        "lifted_at": None,
        "probe_at": now + PROBE_EVERY,
        "probe_post_id": None,
        "probes": 0,
        "log_id": log_id,
    }
    row = insert_into(session.get_bind().dialect.name, MediaHold).values(portal=portal, **raised)
    if (await session.exec(row.on_conflict_do_nothing(index_elements=["portal"]))).rowcount == 1:
        return True
    if await _change(session, portal, col(MediaHold.lifted_at) < refused_at, **raised):
        return True
    answered = col(MediaHold.probe_post_id) == post_id
    await _change(session, portal, _STANDS, answered, probe_post_id=None)
    newer = col(MediaHold.refused_at) < refused_at
    await _change(session, portal, _STANDS, newer, refused_at=refused_at, log_id=log_id)
    return False


async def lift_hold(session: AsyncSession, seen: MediaHold) -> bool:
    """TikTok has taken something that left after the last refusal; tell whether this lifts the hold."""
    unchanged = col(MediaHold.refused_at) == seen.refused_at
    return await _change(session, seen.portal, _STANDS, unchanged, lifted_at=utcnow(), probe_post_id=None)


async def reserve_probe(session: AsyncSession, seen: MediaHold, post_id: str, *, is_asked: bool = False) -> bool:
    """Let this post be the next to ask, unless another process has just chosen one; tell whether it is.

    The place is held until the next probe is due, and no longer: a probe that dies with its process stops nobody.
    `is_asked`: a person wants it, and those that follow come as often as the first ones.
    """
    probes = 1 if is_asked else seen.probes + 1
    return await _change(
        session,
        seen.portal,
        _STANDS,
        col(MediaHold.probe_at) == seen.probe_at,
        col(MediaHold.probe_post_id).is_not_distinct_from(seen.probe_post_id),
        probe_post_id=post_id,
        probe_at=utcnow() + (PROBE_EVERY if probes < _OFTEN else PROBE_RARELY),
        probes=probes,
    )


async def ask_probe(session: AsyncSession, portal: str | None = None) -> None:
    """Let a probe ask at once: something was done about the address. Of one portal alone where it is named."""
    mine = () if portal is None else (col(MediaHold.portal) == portal,)
    await session.exec(sa.update(MediaHold).where(_STANDS, *mine).values(probe_at=utcnow(), probes=0))


async def follow_address(session: AsyncSession, seen: MediaHold, *, prefix: str, client_key: str) -> bool:
    """Let a probe ask soon where address or app are others now, of which TikTok has said nothing yet; tell whether so.

    Not within a minute of a refusal: workers that are started one after the other with other settings may differ.
    """
    client_key = client_key[:128]
    if (seen.prefix, seen.client_key) == (prefix, client_key):
        return False
    probe_at = max(utcnow(), seen.refused_at + _ASKED_ANEW_AFTER)
    return await _change(
        session, seen.portal, _STANDS, prefix=prefix, client_key=client_key, probe_at=probe_at, probes=0
    )


async def _change(session: AsyncSession, portal: str, *where: sa.ColumnElement[bool], **columns: Any) -> bool:
    changed = await session.exec(sa.update(MediaHold).where(col(MediaHold.portal) == portal, *where).values(**columns))
    return changed.rowcount == 1
