"""Whether TikTok would find a verification file: asked for under our public address, as TikTok asks."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.config import Settings
from app.errors import NotFound
from app.kit.clock import utcnow
from app.kit.http.addresses import FetchRefused
from app.kit.http.fetch import FetchFailed
from app.kit.http.probe import Probed, probe
from app.kit.loopback import is_loopback
from app.media.holds import ask_probe
from app.media.models import VerificationFile
from app.media.service import SELF_CHECK_USER_AGENT
from app.media.verification import is_verification_name
from app.messages import refusals
from app.messages.message import Message
from app.resources import Resources

PLACES = ("/media/", "/")
"""Where TikTok looks: under the prefix, and at the root for a domain."""


class Finding(StrEnum):
    """What stands in the way, the first of all that would.

    `private`: the address is no public one. `unreachable`: no answer, or none that could be read. `redirect`,
    `not_served`, `not_found`, `server_error`: by the status. `wrong_type`: no text. `wrong_bytes`: another content.
    """

    fine = "fine"
    private = "private"
    unreachable = "unreachable"
    redirect = "redirect"
    not_served = "not_served"
    not_found = "not_found"
    server_error = "server_error"
    wrong_type = "wrong_type"
    wrong_bytes = "wrong_bytes"


@dataclass(frozen=True, slots=True)
class Look:
    """One address, and what came back. `status` is 0 where nothing did; then `said` tells why."""

    url: str
    finding: Finding
    status: int = 0
    location: str = ""
    content_type: str = ""
    size: int = 0
    expected_size: int = 0
    said: Message | None = None


async def get_verification_file(session: AsyncSession, filename: str) -> VerificationFile:
    """Get a stored file. Raises NotFound."""
    file = await session.get(VerificationFile, filename) if is_verification_name(filename) else None
    if file is None:
        raise NotFound(refusals.NO_FILE)
    return file


async def check_as_tiktok(resources: Resources, filename: str) -> list[Look]:
    """Ask for a stored file where TikTok may look, and note whether it stands under the prefix. Raises NotFound."""
    async with resources.read() as session:
        file = await get_verification_file(session, filename)
    content = file.content.encode()
    looks = [await _look(resources.settings, f"{place}{filename}", content) for place in PLACES]
    found_at = utcnow() if looks[0].finding is Finding.fine else None
    async with resources.transaction() as session:
        # Nobody has put another one in its place meanwhile.
        mine = (col(VerificationFile.filename) == filename, col(VerificationFile.content) == file.content)
        await session.exec(sa.update(VerificationFile).where(*mine).values(found_at=found_at))
        if found_at is not None:
            await ask_probe(session)
    return looks


async def _look(settings: Settings, path: str, content: bytes) -> Look:
    url = f"{settings.public_url}{path}"
    agent = {"User-Agent": SELF_CHECK_USER_AGENT}
    port = urlsplit(settings.public_url).port
    ports = frozenset({port or 443, 80, 443})
    try:
        seen = await probe(url, allow_hosts=_allowed(settings), headers=agent, ports=ports)
    except FetchRefused as error:
        return Look(url, Finding.private, expected_size=len(content), said=error.message)
    except FetchFailed as error:
        return Look(url, Finding.unreachable, expected_size=len(content), said=error.message)
    return Look(url, _judge(seen, content), seen.status, seen.location, seen.content_type, len(seen.body), len(content))


def _allowed(settings: Settings) -> list[str]:
    """An emulated TikTok on this machine may come to this machine's own address; TikTok itself may not."""
    parts = urlsplit(settings.public_url)
    is_emulated = is_loopback(urlsplit(settings.tiktok_api_base_url).hostname or "")
    return [parts.netloc] if is_emulated and is_loopback(parts.hostname or "") else []


def _judge(seen: Probed, content: bytes) -> Finding:
    if 300 <= seen.status < 400:
        return Finding.redirect
    if seen.status in {401, 403, 429}:
        return Finding.not_served
    if seen.status >= 500:
        return Finding.server_error
    if seen.status != 200:
        return Finding.not_found
    if seen.body != content:
        return Finding.wrong_bytes
    return Finding.fine if seen.content_type.lower().startswith("text/plain") else Finding.wrong_type
