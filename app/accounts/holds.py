"""What holds an account's posts back: a pause, a wider distance between inits, a cap that TikTok taught us."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account, PublishMode

log = structlog.get_logger(__name__)

# Six inits a minute are one in ten seconds: a refusal in spite of that asks for twice the distance.
_FIRST_GAP_SECONDS, _WIDEST_GAP_SECONDS = 20.0, 300.0
_GAP_HALVES_EVERY = timedelta(hours=1)


async def pause_inits(session: AsyncSession, account_id: str, until: datetime, reason: str) -> None:
    """Start no post of this account before `until`. A pause is only ever made longer."""
    is_longer = sa.or_(col(Account.init_not_before).is_(None), col(Account.init_not_before) < until)
    await session.exec(
        sa.update(Account)
        .where(col(Account.id) == account_id, is_longer)
        .values(init_not_before=until, init_pause_reason=reason[:64])
    )


async def widen_init_gap(session: AsyncSession, account: Account, now: datetime) -> None:
    """TikTok refused an init although we kept its published pace: keep twice the distance for some hours."""
    gap = min(max(2 * init_gap(account, now), _FIRST_GAP_SECONDS), _WIDEST_GAP_SECONDS)
    log.warning("init_gap_widened", account_id=account.id, seconds=gap)
    await session.exec(
        sa.update(Account).where(col(Account.id) == account.id).values(init_gap_seconds=gap, init_gap_since=now)
    )


def init_gap(account: Account, now: datetime) -> float:
    """Tell how many seconds lie between two inits at least, beyond TikTok's published pace. Quiet hours halve it."""
    if not account.init_gap_seconds or account.init_gap_since is None:
        return 0.0
    halvings = max(0, (now - account.init_gap_since) // _GAP_HALVES_EVERY)
    gap: float = account.init_gap_seconds * 0.5 ** min(halvings, 16)
    return gap if gap >= _FIRST_GAP_SECONDS else 0.0


async def learn_daily_cap(session: AsyncSession, account_id: str, cap: int, now: datetime) -> None:
    """TikTok took `cap` of our posts in 24 hours and refused the next: so that is the cap for a day."""
    log.info("daily_cap_learned", account_id=account_id, cap=cap)
    await session.exec(
        sa.update(Account).where(col(Account.id) == account_id).values(learned_daily_cap=cap, learned_daily_cap_at=now)
    )


def forget_cap(account: Account, mode: PublishMode | None) -> dict[str, Any]:
    """Give the columns to change with a mode. TikTok counts posts and drafts apart: what was learned is void."""
    is_other_kind = mode is not None and (mode is PublishMode.inbox) is not (account.mode is PublishMode.inbox)
    return {"learned_daily_cap": None, "learned_daily_cap_at": None} if is_other_kind else {}
