"""Sweeps: writes whose answer was lost are looked up, and what is too old is forgotten."""

from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.ads.internal import audit, keys
from app.ads.models import IdempotencyKey, KeyState, MoneyState, MoneyTransfer
from app.ads.reports.tasks import sweeps
from app.jobs import job
from app.kit.clock import utcnow
from app.limits.rates import drop_old_counts
from app.resources import Resources

log = structlog.get_logger(__name__)

_LOOK_FOR = timedelta(days=7)
_KEPT = timedelta(days=400)
_AT_ONCE = 20


@job("ads.settle_internal", timeout=120)
async def settle_internal(app: Resources) -> None:
    """Look up writes of the gateway's whose answer was lost. One that cannot be settled is looked at again."""
    since = utcnow() - _LOOK_FOR
    if not await keys.list_open(app, None, since=since, limit=1):
        return
    # Read only where there is something to settle: most workers have no gateway, and need not carry the client.
    from app.ads.internal.execute import settle_key
    from app.ads.internal.registry import REGISTRY

    names = [operation.name for operation in REGISTRY.operations if operation.settle is not None]
    for key in await keys.list_open(app, names, since=since, limit=_AT_ONCE):
        if await settle_key(app, key):
            log.info("internal_write_settled", key=key)


@job("ads.report", timeout=3600)
async def carry_out_report(app: Resources, report_id: str) -> None:
    """Do what can be done now of a report that TikTok makes. One worker at a time; safe to run twice."""
    from app.ads.reports.tasks.carry_out import carry_out

    await carry_out(app, report_id)


@job("ads.reports_due", timeout=30)
async def wake_reports(app: Resources) -> None:
    """Wake workers for reports that are due, whose worker died, or of which Redis forgot."""
    await sweeps.wake_due(app)


@job("ads.watch", timeout=300)
async def look_for_watch(app: Resources, watch_id: str) -> None:
    """Look once for a watch that is due. Safe to run twice."""
    from app.ads.watches.look import look

    await look(app, watch_id)


@job("ads.watches_due", timeout=30)
async def wake_watches(app: Resources) -> None:
    """Wake workers for watches that are due. A missed run costs its interval."""
    from app.ads.watches.look import wake_due

    await wake_due(app)


@job("ads.saved_reports_due", timeout=30)
async def wake_saved_reports(app: Resources) -> None:
    """Wake workers for kept reports that are due to be told. A missed run costs its interval."""
    from app.ads.saved.telling import wake_due

    await wake_due(app)


@job("ads.boost", timeout=600)
async def carry_out_boost(app: Resources, boost_id: str) -> None:
    """Do what is due of a boost. One worker at a time; safe to run twice."""
    from app.ads.boosts.carry_out import carry_out

    await carry_out(app, boost_id)


@job("ads.boosts_due", timeout=30)
async def wake_boosts(app: Resources) -> None:
    """Wake workers for boosts that are due: to be made, switched, or looked at."""
    from app.ads.boosts.service import wake_due

    await wake_due(app)


@job("ads.saved_report", timeout=300)
async def tell_saved_report(app: Resources, saved_id: str) -> None:
    """Make a kept report that is due, and tell it. Safe to run twice."""
    from app.ads.saved.telling import tell

    await tell(app, saved_id)


@job("ads.sync", timeout=600)
async def sync_advertisers(app: Resources) -> None:
    """Ask anew which ad accounts each consent opens, and in which role. A missed run costs half an hour."""
    from app.ads.connections.sync import sync_if_old

    await sync_if_old(app)


@job("ads.sweep", timeout=120)
async def sweep(app: Resources) -> None:
    """Forget who called after a week, the record and settled keys after a year: money is asked about at its end."""
    before = utcnow() - _KEPT
    from app.ads.uploads import progress
    from app.ads.watches import look

    await sweeps.forget_old(app)
    await look.forget_old(app)
    await progress.forget_old(app)
    async with app.transaction() as session:
        await audit.forget(session, before)
        await drop_old_counts(session)
        await _forget_writes(session, before)


async def _forget_writes(session: AsyncSession, before: datetime) -> None:
    """Forget settled keys, and with each the transfer that it names: the key may then be used for another."""
    await session.exec(
        sa.delete(IdempotencyKey).where(
            col(IdempotencyKey.created_at) < before, col(IdempotencyKey.state) == KeyState.done
        )
    )
    is_known = sa.exists().where(col(IdempotencyKey.key) == col(MoneyTransfer.idempotency_key))
    is_settled = col(MoneyTransfer.state).in_((MoneyState.done, MoneyState.not_done))
    await session.exec(sa.delete(MoneyTransfer).where(col(MoneyTransfer.sent_at) < before, is_settled, ~is_known))
