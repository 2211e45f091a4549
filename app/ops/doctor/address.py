"""The public address, looked at as TikTok does: https, a public machine, no redirect, media in ranges."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from sqlmodel import col, select

from app.config import Settings
from app.kit.http.addresses import is_public
from app.kit.http.client import Answer, build_client, fetch_answer
from app.kit.loopback import is_loopback
from app.media.models import MediaAsset, VerificationFile
from app.media.service import SELF_CHECK_USER_AGENT, public_urls
from app.ops.doctor.findings import Finding, broken, ok, warning
from app.posts.models import Post
from app.resources import Resources

_PROXY_CURE = "Let the reverse proxy pass this path through, without redirect, login or bot protection."
_ANSWER_SECONDS = 8.0
_NOWHERE = "/media/nobody-was-given-this/1.jpg"


async def check_public_address(app: Resources) -> AsyncIterator[Finding]:
    url = app.settings.public_url
    host = urlsplit(url).hostname or ""
    if is_loopback(host):
        yield _judge_loopback(app.settings)
    else:
        addresses = await resolve(host)
        private = sorted(address for address in addresses if not is_public(address))
        if not addresses:
            cure = "Let the name's DNS record point to this service, or correct NEWSREEL_PUBLIC_URL."
            yield broken("Public address", f"the name {host} leads nowhere", cure)
            return
        if private:
            cure = "TikTok comes from the internet: the name must lead to a public address, for everybody alike."
            yield broken("Public address", f"{host} is {', '.join(private)} from here, which is not public", cure)
    problem = await _problem(f"{url}/healthz", '"ok"')
    if problem is None:
        yield ok("Public address", f"{url} answers, without redirect, as seen from this machine")
    else:
        cure = "Start the web process, and check DNS, certificate, reverse proxy and bot protection of this address."
        yield broken("Public address", f"{url}/healthz {problem}", cure)


def _judge_loopback(settings: Settings) -> Finding:
    url = settings.public_url
    if is_loopback(urlsplit(settings.tiktok_api_base_url).hostname or ""):
        return ok("Public address", f"{url} is this machine's own, and so is the emulated TikTok: that fits")
    cure = "Set NEWSREEL_PUBLIC_URL to the https address under which TikTok reaches this service."
    return broken("Public address", f"{url} is this machine's own: TikTok cannot fetch from it", cure)


async def resolve(host: str) -> set[str]:
    """Look a name up; nothing where it leads nowhere."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    except OSError:
        return set()
    return {str(address[0]) for *_, address in found}


async def check_verification(app: Resources) -> AsyncIterator[Finding]:
    """TikTok looks for the file again from time to time, so it must stay."""
    async with app.read() as session:
        files = (await session.exec(select(VerificationFile))).all()
    if not files:
        prefix = f"{app.settings.public_url}/media/"
        cure = (
            f"In TikTok's portal verify the URL prefix {prefix}, and store its file on the settings page. "
            "A domain that was verified by DNS needs none."
        )
        yield warning("Verification file", "none is stored; TikTok pulls media only from verified addresses", cure)
    for file in files:
        problems = [
            f"{place}{file.filename} {problem}"
            for place in ("/", "/media/")
            if (problem := await _problem(f"{app.settings.public_url}{place}{file.filename}", file.content))
        ]
        for problem in problems:
            yield broken("Verification file", problem, _PROXY_CURE)
        if not problems:
            yield ok("Verification file", f"{file.filename} is served")


async def check_media(app: Resources) -> AsyncIterator[Finding]:
    """Fetch a part of the newest picture as TikTok would; without one, see that the way to it is open."""
    found = await _newest_media(app)
    if found is None:
        answer = await _get(f"{app.settings.public_url}{_NOWHERE}")
        if isinstance(answer, str) or answer.status != 404:
            told = answer if isinstance(answer, str) else f"answers {answer.status}, where Newsreel itself says 404"
            yield broken("Media", f"/media/ {told}", _PROXY_CURE)
        else:
            yield ok("Media", "the way to /media/ is open; no post has media yet")
        return
    url, asset = found
    if not await asyncio.to_thread((app.media_dir / asset.path).is_file):
        cure = "Give web, workers and this command the same NEWSREEL_DATA_DIR; between machines, a shared folder."
        yield broken("Media", f"a post's file is not in {app.media_dir}", cure)
        return
    problem = _range_problem(await _get(url, range_header="bytes=0-99"), asset)
    if problem is None:
        yield ok("Media", "the newest file is served, in ranges too")
    else:
        yield broken("Media", f"a file under /media/ {problem}", _PROXY_CURE)


async def _newest_media(app: Resources) -> tuple[str, MediaAsset] | None:
    # By the address for our own pages: a fetch of an attempt's address could pass for TikTok's.
    query = (
        select(Post.preview_token, MediaAsset)
        .join(MediaAsset, col(MediaAsset.owner_id) == col(Post.id))
        .where(col(Post.preview_token).is_not(None), col(MediaAsset.delete_after).is_(None), MediaAsset.position == 0)
        .order_by(col(MediaAsset.id).desc())
        .limit(1)
    )
    async with app.read() as session:
        row = (await session.exec(query)).first()
    if row is None:
        return None
    token, asset = row
    kind = "video" if Path(asset.path).suffix == ".mp4" else "photo"
    return public_urls(app.settings, str(token), 1, kind=kind)[0], asset


def _range_problem(answer: Answer | str, asset: MediaAsset) -> str | None:
    if isinstance(answer, str):
        return answer
    if answer.status != 206:
        return f"answers {answer.status} to a request for a range: TikTok fetches videos in parts"
    if len(answer.body) != min(100, asset.size):
        return "answers a range with another length"
    kind = answer.headers.get("content-type", "")
    return None if kind.startswith(asset.content_type) else f"comes as {kind or 'nothing'}, not {asset.content_type}"


async def _problem(url: str, expected: str) -> str | None:
    answer = await _get(url)
    if isinstance(answer, str):
        return answer
    if 300 <= answer.status < 400:
        return f"redirects ({answer.status}): TikTok follows no redirect"
    if answer.status != 200:
        return f"answers {answer.status}"
    return None if expected.encode() in answer.body else "answers with something else"


async def _get(url: str, *, range_header: str | None = None) -> Answer | str:
    """Ask as TikTok's fetcher would; give the answer, or why there is none."""
    headers = {"User-Agent": SELF_CHECK_USER_AGENT} | ({"Range": range_header} if range_header else {})
    try:
        async with build_client() as http:
            return await fetch_answer(http, http.build_request("GET", url, headers=headers), deadline=_ANSWER_SECONDS)
    except httpx.RequestError as error:
        if _is_about_the_certificate(error):
            return "has a certificate that is not valid for this name, or has ended"
        return f"cannot be reached from here ({type(error).__name__})"


def _is_about_the_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError) or "certificate" in type(error).__name__.lower():
            return True
        error = error.__cause__ or error.__context__
    return False
