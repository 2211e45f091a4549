"""What holds an account's posts back: a pause, a wider distance between inits, a cap that TikTok taught us."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account, AccountPace, PublishMode
from app.accounts.queries import lock_account

log = structlog.get_logger(__name__)

# Six inits a minute are one in ten seconds: a refusal in spite of that asks for twice the distance.
_FIRST_GAP_SECONDS, _WIDEST_GAP_SECONDS = 20.0, 300.0
_GAP_HALVES_EVERY = timedelta(hours=1)


async def pause_inits(session: AsyncSession, account_id: str, until: datetime, reason: str) -> None:
    """Start no post of this account before `until`. A pause is only ever made longer."""
    is_longer = sa.or_(col(AccountPace.init_not_before).is_(None), col(AccountPace.init_not_before) < until)
    await _write(session, account_id, is_longer, init_not_before=until, init_pause_reason=reason[:64])


async def widen_init_gap(session: AsyncSession, account: Account, now: datetime) -> None:
    """TikTok refused an init although we kept its published pace: keep twice the distance for some hours."""
    gap = min(max(2 * init_gap(account, now), _FIRST_GAP_SECONDS), _WIDEST_GAP_SECONDS)
    log.warning("init_gap_widened", account_id=account.id, seconds=gap)
    await _write(session, account.id, init_gap_seconds=gap, init_gap_since=now)


def init_gap(account: Account, now: datetime) -> float:
    """Tell how many seconds lie between two inits at least, beyond TikTok's published pace. Quiet hours halve it."""
    if not account.pace.init_gap_seconds or account.pace.init_gap_since is None:
        return 0.0
    halvings = max(0, (now - account.pace.init_gap_since) // _GAP_HALVES_EVERY)
    gap: float = account.pace.init_gap_seconds * 0.5 ** min(halvings, 16)
    return gap if gap >= _FIRST_GAP_SECONDS else 0.0


async def learn_daily_cap(session: AsyncSession, account_id: str, cap: int, now: datetime) -> None:
    """TikTok took `cap` of our posts in 24 hours and refused the next: so that is the cap for a day."""
    log.info("daily_cap_learned", account_id=account_id, cap=cap)
    await _write(session, account_id, learned_daily_cap=cap, learned_daily_cap_at=now)


async def forget_cap(session: AsyncSession, account: Account, mode: PublishMode | None) -> None:
    """Forget with a change of mode what was learned: TikTok counts posts and drafts apart."""
    if mode is not None and (mode is PublishMode.inbox) is not (account.settings.mode is PublishMode.inbox):
        await _write(session, account.id, learned_daily_cap=None, learned_daily_cap_at=None)


async def _write(session: AsyncSession, account_id: str, *conditions: sa.ColumnElement[bool], **columns: Any) -> None:
    await lock_account(session, account_id)
    mine = col(AccountPace.account_id) == account_id
    await session.exec(sa.update(AccountPace).where(mine, *conditions).values(**columns))
