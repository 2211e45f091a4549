"""What stands on the desk just now: what waits for a person, what goes out next, and what went out today."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account, AccountState
from app.config import Settings
from app.kit.clock import utcnow
from app.posts.face.listing import MOST_COUNTED
from app.posts.face.media_holds import HeldMedia, read_held_media, waits_for_person
from app.posts.face.views import read_posts
from app.posts.line.pacing import count_in_days, list_slots
from app.posts.models import Post, PostState
from app.posts.schemas import PostRead

FAILED_FOR = timedelta(days=3)
"""A failure that nobody took up for longer is no news."""

MOST_ACCOUNTS = 12
_FEW = 5
_ENDED = frozenset({"failed", "out"})
_NEXT = 8


@dataclass(frozen=True, slots=True)
class Group:
    """Posts of one kind: how many there are, up to MOST_COUNTED, and the newest of them."""

    name: str
    count: int
    posts: Sequence[PostRead]


@dataclass(frozen=True, slots=True)
class AccountUse:
    """How much of its day an account has used, and until when it may not send."""

    account: Account
    used: int
    cap: int
    closed_until: datetime | None


@dataclass(frozen=True, slots=True)
class Overview:
    """The desk at one moment."""

    held_media: Sequence[HeldMedia]
    needs: Sequence[Group]
    ahead: Sequence[PostRead]
    out: Group
    accounts: Sequence[AccountUse]
    accounts_count: int


async def read_overview(session: AsyncSession, settings: Settings, since: datetime) -> Overview:
    """Collect it; `since` is when the reader's day began."""
    now = utcnow()
    out = (col(Post.finalized_at) >= since, col(Post.state).in_((PostState.published, PostState.sent_to_inbox)))
    kinds = {**_needs(now), "out": out}
    counts = await _count(session, kinds)
    found = {name: await _list_newest(session, name, where) if counts[name] else () for name, where in kinds.items()}
    ahead = await _list_ahead(session, now)
    # All that are shown are read at once: one post may stand in several groups.
    shown = {post.id: post for posts in (*found.values(), ahead) for post in posts}
    read = {post.id: post for post in await read_posts(session, settings, list(shown.values()))}
    groups = [Group(name, counts[name], [read[post.id] for post in posts]) for name, posts in found.items()]
    accounts, accounts_count = await _list_accounts(session)
    return Overview(
        held_media=await read_held_media(session),
        needs=[group for group in groups[:-1] if group.count],
        ahead=[read[post.id] for post in ahead],
        out=groups[-1],
        accounts=await _list_uses(session, accounts, now),
        accounts_count=accounts_count,
    )


def _needs(now: datetime) -> dict[str, tuple[Any, ...]]:
    """Say what waits for a person, the most urgent first."""
    state = col(Post.state)
    return {
        "alert": (col(Post.alert).is_not(None),),
        "unconfirmed": (state == PostState.unconfirmed,),
        "awaiting_approval": (state == PostState.awaiting_approval,),
        "failed": (state == PostState.failed, col(Post.finalized_at) > now - FAILED_FOR),
        "held": waits_for_person(),
    }


async def _count(session: AsyncSession, kinds: Mapping[str, Sequence[Any]]) -> dict[str, int]:
    """Count the posts of each kind, up to MOST_COUNTED, in one question."""
    few = [select(Post.id).where(*where).limit(MOST_COUNTED).subquery() for where in kinds.values()]
    counts = [sa.select(func.count()).select_from(some).scalar_subquery() for some in few]
    rows = await session.exec(sa.select(*counts))  # type: ignore[call-overload]
    return dict(zip(kinds, rows.one(), strict=True))


async def _list_newest(session: AsyncSession, name: str, where: Sequence[Any]) -> Sequence[Post]:
    order = (col(Post.finalized_at) if name in _ENDED else col(Post.id)).desc()
    return (await session.exec(select(Post).where(*where).order_by(order).limit(_FEW))).all()


async def _list_ahead(session: AsyncSession, now: datetime) -> Sequence[Post]:
    """List what goes out next, the next first: what is on its way now, then what has a time."""
    state = col(Post.state)
    on_its_way = (
        select(Post)
        .where(or_(state == PostState.queued, state == PostState.publishing))
        .order_by(col(Post.id).desc())
        .limit(_NEXT)
    )
    timed = (
        select(Post)
        .where(state == PostState.scheduled, col(Post.scheduled_at).is_not(None))
        .order_by(col(Post.scheduled_at))
        .limit(_NEXT)
    )
    again = select(Post).where(state == PostState.retryable).order_by(col(Post.next_attempt_at)).limit(_NEXT)
    found = [post for query in (on_its_way, timed, again) for post in (await session.exec(query)).all()]
    return sorted(found, key=lambda post: (post.scheduled_at or post.next_attempt_at or now, post.id))[:_NEXT]


async def _list_accounts(session: AsyncSession) -> tuple[Sequence[Account], int]:
    """List the first accounts by name, and count all."""
    is_there = col(Account.state) != AccountState.disconnected
    by_name = select(Account).where(is_there).order_by(col(Account.display_name), col(Account.id))
    accounts = (await session.exec(by_name.limit(MOST_ACCOUNTS))).all()
    if len(accounts) < MOST_ACCOUNTS:
        return accounts, len(accounts)
    return accounts, (await session.exec(select(func.count()).select_from(Account).where(is_there))).one()


async def _list_uses(session: AsyncSession, accounts: Sequence[Account], now: datetime) -> list[AccountUse]:
    slots, used = await list_slots(session, accounts, now), await count_in_days(session, accounts, now)
    return [
        AccountUse(
            account=account,
            used=used.get(account.id, 0),
            cap=account.settings.daily_cap,
            closed_until=slots[account.id].at if account.id in slots else None,
        )
        for account in accounts
    ]
