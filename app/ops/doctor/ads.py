"""The ads desk: whether watches can look, whether kept reports can be told, and which ad accounts have own guards."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from sqlmodel import col, select

from app.ads.access import mode_of
from app.ads.models import AdsGuards, AdsSavedReport, AdsWatch, Advertiser
from app.kit.clock import rfc3339, utcnow
from app.messages.message import read_whole
from app.ops.doctor.findings import Finding, ok, warning
from app.resources import Resources

_LATE = timedelta(minutes=20)
"""Four times what a watch waits between two looks."""
_MOST_TOLD = 10
_WORKER = "Look whether a worker runs: newsreel worker, or the finding about it above."


async def check_watches(app: Resources) -> AsyncIterator[Finding]:
    """Tell watches that cannot look, or that nobody lets look; nothing is called."""
    async with app.read() as session:
        rows = (await session.exec(select(AdsWatch).where(AdsWatch.mode == mode_of(app)))).all()
    blind = [row for row in rows if row.trouble is not None]
    late = [row for row in rows if row.trouble is None and _is_late(row.next_at)]
    for row in blind[:_MOST_TOLD]:
        since = f" since {rfc3339(row.failing_since)}" if row.failing_since else ""
        told = read_whole(row.trouble or {})
        yield warning(_subject(row.name, row.id), f"cannot look{since}: {told}", "Look at /admin/ads/watches.")
    for row in late[:_MOST_TOLD]:
        yield warning(_subject(row.name, row.id), f"was due at {rfc3339(row.next_at)} and has not looked", _WORKER)
    yield ok("Ads watches", f"{len(rows)}, of which {len(blind)} cannot look and {len(late)} are late")


async def check_kept_reports(app: Resources) -> AsyncIterator[Finding]:
    """Tell kept reports that could not be made when they were due."""
    async with app.read() as session:
        query = select(AdsSavedReport).where(
            AdsSavedReport.mode == mode_of(app), col(AdsSavedReport.next_at).is_not(None)
        )
        rows = (await session.exec(query)).all()
    for row in [row for row in rows if row.trouble is not None][:_MOST_TOLD]:
        told = read_whole(row.trouble or {})
        yield warning(f"Kept report {row.name}", f"could not be made: {told}", "Look at /admin/ads/reports.")
    yield ok("Kept reports", f"{len(rows)} are told by themselves")


async def check_own_guards(app: Resources) -> AsyncIterator[Finding]:
    """Tell ad accounts whose own spending guards are off although the installation's are not."""
    async with app.read() as session:
        rows = (await session.exec(select(AdsGuards))).all()
        names = {one.advertiser_id: one.name for one in (await session.exec(select(Advertiser))).all()}
    for row in rows:
        off = [name for name in _guards_of(row, "0") if getattr(app.settings, f"ads_{name}")]
        if off and app.settings.business_is_real:
            cure = "If that is not meant, set them on /admin/ads/guards."
            subject = f"Spending guards of {names.get(row.advertiser_id) or row.advertiser_id}"
            yield warning(subject, f"real money, and these are off here: {', '.join(off)}", cure)
    own = sum(1 for row in rows if any(True for _ in _guards_of(row, None)))
    yield ok("Spending guards", f"{own} ad accounts have their own")


def _guards_of(row: AdsGuards, value: str | None) -> list[str]:
    """The guards of this value, or all that are the ad account's own."""
    names = ("max_raise_percent", "max_daily_budget", "max_total_budget", "max_transfer")
    own = {name: getattr(row, name) for name in names if getattr(row, name) is not None}
    return [name for name, set_to in own.items() if value is None or set_to == value]


def _is_late(due: datetime) -> bool:
    return due < utcnow() - _LATE


def _subject(name: str, watch_id: str) -> str:
    return f"Ads watch {name or watch_id}"
