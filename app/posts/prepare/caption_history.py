"""What templates and hashtag rules were before: kept at each change, so that one can go back."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.audit.record import acting
from app.captions.models import CaptionVersion
from app.kit.clock import utcnow

HASHTAGS = "hashtags"
MOST_VERSIONS = 50
"""Of each template, and of the rules; older ones go."""


def template_subject(kind: str, language: str) -> str:
    """Name a template among the versions."""
    return f"{kind} {language}"


async def keep_version(
    session: AsyncSession, subject: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Keep what is stored now, and what was before where nothing was kept yet. Nothing where both are alike."""
    if before == after:
        return
    kept = await list_versions(session, subject)
    if not kept:
        session.add(CaptionVersion(subject=subject, content=dict(before), saved_at=utcnow(), saved_by=""))
        await session.flush()  # ids are in order of time, and the earlier one must have the smaller
    session.add(CaptionVersion(subject=subject, content=dict(after), saved_by=acting().name[:320]))
    if len(kept) >= MOST_VERSIONS:
        too_old = [version.id for version in kept[MOST_VERSIONS - 1 :]]
        await session.exec(sa.delete(CaptionVersion).where(col(CaptionVersion.id).in_(too_old)))


async def list_versions(session: AsyncSession, subject: str) -> Sequence[CaptionVersion]:
    """List the versions of a template or of the rules, the newest first."""
    query = select(CaptionVersion).where(col(CaptionVersion.subject) == subject)
    return (await session.exec(query.order_by(col(CaptionVersion.id).desc()))).all()


async def get_version(session: AsyncSession, version_id: str) -> CaptionVersion | None:
    """Give one version."""
    return await session.get(CaptionVersion, version_id)
