"""Clocks: signatures, logins and limits all go by the time of day."""

import time
from collections.abc import AsyncIterator
from datetime import datetime
from email.utils import parsedate_to_datetime

import httpx
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import func, select

from app.kit.clock import utcnow
from app.kit.http.client import fetch_answer
from app.ops.doctor.findings import Finding, broken, ok, warning
from app.resources import Resources

_CURE = "Let this machine's clock follow a time server (chrony, systemd-timesyncd or ntpd)."
_NOTABLE_SECONDS = 5.0
# A CMS's signature is refused beyond five minutes, and so is ours at TikTok.
_FATAL_SECONDS = 240.0


async def check_clocks(app: Resources) -> AsyncIterator[Finding]:
    """Compare this machine's clock with TikTok's, and with the database's where that may be another machine."""
    try:
        yield await _judge("TikTok's", await _tiktok_offset(app))
    except httpx.RequestError as error:
        cure = "Let this machine reach TIKTOK_API_BASE_URL over https: firewall, DNS, proxy."
        message = f"TikTok's API at {app.settings.tiktok_api_base_url} cannot be reached ({type(error).__name__})"
        yield broken("TikTok's API", message, cure)
    if not app.db.is_sqlite:
        try:
            yield await _judge("the database's", await _database_offset(app))
        except (SQLAlchemyError, OSError):
            return  # the database's own check tells of it


async def _judge(whose: str, offset: float | None) -> Finding:
    if offset is None:
        return ok("Clock", f"{whose} is not told")
    message = f"this machine's clock is {abs(offset):.0f} s {'ahead of' if offset > 0 else 'behind'} {whose}"
    if abs(offset) >= _FATAL_SECONDS:
        return broken("Clock", message, _CURE)
    if abs(offset) >= _NOTABLE_SECONDS:
        return warning("Clock", message, _CURE)
    return ok("Clock", f"agrees with {whose}")


async def _tiktok_offset(app: Resources) -> float | None:
    request = app.tiktok_http.build_request("GET", app.settings.tiktok_api_base_url)
    started_at = time.monotonic()
    answer = await fetch_answer(app.tiktok_http, request, deadline=10)
    half_way = (time.monotonic() - started_at) / 2
    try:
        there = parsedate_to_datetime(answer.headers["date"])
    except (KeyError, ValueError, TypeError):
        return None
    # The header has whole seconds, cut off.
    return (utcnow() - there).total_seconds() - half_way - 0.5


async def _database_offset(app: Resources) -> float:
    async with app.read() as session:
        await session.connection()
        asked_at = utcnow()
        there: datetime = (await session.exec(select(func.clock_timestamp()))).one()
        half_way = (utcnow() - asked_at).total_seconds() / 2
    return (utcnow() - there).total_seconds() - half_way
