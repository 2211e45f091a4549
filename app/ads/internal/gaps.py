"""Times of which a restored backup knows nothing: what was sent then may come again under a key that is gone."""

from datetime import datetime, timedelta

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.ads.models import WriteGap
from app.kit.clock import utcnow
from app.resources import Resources

_REMEMBERED = timedelta(days=30)
"""So long a gateway may repeat a write: keys are promised for 30 days."""


def note_gap(session: AsyncSession, backup_at: datetime) -> None:
    """Write down that a backup is brought back. Part of the restore."""
    session.add(WriteGap(since=backup_at, until=utcnow()))


async def find_gap(app: Resources) -> WriteGap | None:
    """Give the time from the oldest backup brought back within 30 days to the latest restore, as one; None for none."""
    async with app.read() as session:
        query = select(WriteGap).where(col(WriteGap.until) > utcnow() - _REMEMBERED)
        gaps = (await session.exec(query)).all()
    if not gaps:
        return None
    return WriteGap(since=min(gap.since for gap in gaps), until=max(gap.until for gap in gaps))
