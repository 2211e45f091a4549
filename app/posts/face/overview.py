"""What stands on the desk just now: what waits for a person, what goes out next, and what went out today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account, AccountState
from app.config import Settings
from app.kit.clock import utcnow
from app.posts.face.listing import MOST_COUNTED
from app.posts.face.views import read_posts
from app.posts.line.pacing import count_in_day, next_slot
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

    needs: Sequence[Group]
    ahead: Sequence[PostRead]
    out: Group
    accounts: Sequence[AccountUse]
    accounts_count: int


async def read_overview(session: AsyncSession, settings: Settings, since: datetime) -> Overview:
    """Collect it; `since` is when the reader's day began."""
    now = utcnow()
    needs = [await _group(session, settings, name, *where) for name, where in _needs(now).items()]
    accounts = (
        await session.exec(
            select(Account)
            .where(col(Account.state) != AccountState.disconnected)
            .order_by(col(Account.display_name), col(Account.id))
        )
    ).all()
    out = await _group(
        session, settings, "out", col(Post.finalized_at) >= since,
        col(Post.state).in_((PostState.published, PostState.sent_to_inbox)),
    )  # fmt: skip
    return Overview(
        needs=[group for group in needs if group.count],
        ahead=await _ahead(session, settings),
        out=out,
        accounts=[await _use(session, account, now) for account in accounts[:MOST_ACCOUNTS]],
        accounts_count=len(accounts),
    )


def _needs(now: datetime) -> dict[str, tuple[Any, ...]]:
    """Say what waits for a person, the most urgent first."""
    state = col(Post.state)
    return {
        "alert": (col(Post.alert).is_not(None),),
        "unconfirmed": (state == PostState.unconfirmed,),
        "awaiting_approval": (state == PostState.awaiting_approval,),
        "failed": (state == PostState.failed, col(Post.finalized_at) > now - FAILED_FOR),
        "held": (state == PostState.scheduled, col(Post.scheduled_at).is_(None)),
    }


async def _group(session: AsyncSession, settings: Settings, name: str, *where: Any) -> Group:
    few = select(Post.id).where(*where).limit(MOST_COUNTED).subquery()
    count = (await session.exec(select(func.count()).select_from(few))).one()
    if not count:
        return Group(name, 0, ())
    order = (col(Post.finalized_at) if name in _ENDED else col(Post.id)).desc()
    posts = (await session.exec(select(Post).where(*where).order_by(order).limit(_FEW))).all()
    return Group(name, count, await read_posts(session, settings, posts))


async def _ahead(session: AsyncSession, settings: Settings) -> list[PostRead]:
    """List what goes out next, the next first: what is on its way now, then what has a time."""
    state, now = col(Post.state), utcnow()
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
    soonest = sorted(found, key=lambda post: (post.scheduled_at or post.next_attempt_at or now, post.id))
    return await read_posts(session, settings, soonest[:_NEXT])


async def _use(session: AsyncSession, account: Account, now: datetime) -> AccountUse:
    slot = await next_slot(session, account, now)
    return AccountUse(
        account=account,
        used=await count_in_day(session, account, now),
        cap=account.settings.daily_cap,
        closed_until=slot.at if slot else None,
    )
