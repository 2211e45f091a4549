"""Prepared media: make it, grant it to an attempt, tell who fetched it, let it go."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from app.config import Settings
from app.errors import Conflict, TransientError
from app.kit.clock import utcnow
from app.kit.ids import new_token
from app.media import store
from app.media.models import MediaAsset, MediaFetch, MediaGrant
from app.media.pictures import Gathered, ImageSource, MediaProblem, Picture, gather_pictures
from app.resources import Resources

__all__ = ["ImageSource", "MediaProblem"]

SELF_CHECK_USER_AGENT = "Newsreel-selfcheck"
"""Requests under this name are our own: they prove that the address works, not that TikTok came."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PreparedMedia:
    """A post's pictures in order, and why others are missing."""

    assets: list[MediaAsset]
    problems: list[MediaProblem]

    @property
    def lines(self) -> list[str]:
        """The problems, one line each."""
        return [problem.line for problem in self.problems]

    @property
    def is_worth_retrying(self) -> bool:
        """Nothing is there now, but something may be later."""
        return not self.assets and any(problem.is_transient for problem in self.problems)


Settle = Callable[[AsyncSession, PreparedMedia], Awaitable[None]]


async def prepare_images(
    resources: Resources, owner_id: str, images: Sequence[ImageSource], *, settle: Settle | None = None
) -> PreparedMedia:
    """Fetch, convert and store the images of a post, in place of what it had.

    `settle` runs in the transaction that writes the rows: the caller notes there what was prepared, and raises when the
    post is no longer in its hands, which undoes the rows. Raises TransientError when the disk is full, and Conflict
    when another worker prepared the same post meanwhile. Safe to repeat: files without rows are swept.
    """
    async with _workshop(resources.media_dir) as folder:
        gathered = await gather_pictures(images, folder, allow_hosts=resources.settings.fetch_allow_hosts)
        assets = await _keep(resources.media_dir, owner_id, gathered.pictures)
    prepared = PreparedMedia(assets, gathered.problems)
    async with resources.transaction() as session:
        await drop_media(session, owner_id)
        session.add_all(assets)
        try:
            await session.flush()
        except IntegrityError as error:
            raise Conflict("Another worker prepared this post's media meanwhile.", code="media_taken") from error
        if settle is not None:
            await settle(session, prepared)
    return prepared


async def inspect_images(resources: Resources, images: Sequence[ImageSource]) -> Gathered:
    """Try the images as `prepare_images` would, and keep nothing: for a preview."""
    async with _workshop(resources.media_dir) as folder:
        return await gather_pictures(images, folder, allow_hosts=resources.settings.fetch_allow_hosts)


async def list_assets(session: AsyncSession, owner_id: str) -> Sequence[MediaAsset]:
    """A post's pictures in carousel order."""
    query = select(MediaAsset).where(MediaAsset.owner_id == owner_id).order_by(col(MediaAsset.position))
    return (await session.exec(query)).all()


async def grant_media(session: AsyncSession, owner_id: str) -> str:
    """Make a token under which a post's media is served, and keep the media from being swept."""
    await session.exec(update(MediaAsset).where(col(MediaAsset.owner_id) == owner_id).values(delete_after=None))
    grant = MediaGrant(token=new_token(), owner_id=owner_id)
    session.add(grant)
    await session.flush()
    return grant.token


def public_urls(settings: Settings, token: str, count: int) -> list[str]:
    """The addresses of `count` pictures under a token, as TikTok gets them."""
    return [f"{settings.public_url}/media/{token}/{number}.jpg" for number in range(1, count + 1)]


async def retire_media(session: AsyncSession, owner_id: str, delete_after: datetime) -> None:
    """Let a post's media, its tokens and their log go after a time."""
    for table in (MediaAsset, MediaGrant):
        await session.exec(update(table).where(col(table.owner_id) == owner_id).values(delete_after=delete_after))


async def drop_media(session: AsyncSession, owner_id: str) -> None:
    """Forget a post's pictures, to prepare them anew. The files go with a later sweep."""
    await session.exec(delete(MediaAsset).where(col(MediaAsset.owner_id) == owner_id))


async def find_asset(session: AsyncSession, token: str, number: int) -> MediaAsset | None:
    """Find the picture that a token serves as number 1, 2, …"""
    if _TOKEN.fullmatch(token) is None:
        return None
    query = (
        select(MediaAsset)
        .join(MediaGrant, col(MediaGrant.owner_id) == col(MediaAsset.owner_id))
        .where(MediaGrant.token == token, MediaAsset.position == number - 1)
    )
    return (await session.exec(query)).first()


async def log_fetch(resources: Resources, fetch: MediaFetch) -> None:
    """Note that somebody asked for a picture. Runs after the answer, and never harms it."""
    try:
        async with resources.transaction() as session:
            session.add(fetch)
    except Exception:
        log.exception("media_fetch_not_logged", token=fetch.token[:8], position=fetch.position)


async def list_fetches(
    session: AsyncSession, tokens: Sequence[str], *, include_ours: bool = False
) -> Sequence[MediaFetch]:
    """Who asked for the media under these tokens, in order of time.

    Our own checks and admins' browsers are left out: what is left was caused by TikTok having been given the address.
    """
    query = select(MediaFetch).where(col(MediaFetch.token).in_(tokens))
    if not include_ours:
        query = query.where(col(MediaFetch.is_ours).is_(False))
    return (await session.exec(query.order_by(col(MediaFetch.at), col(MediaFetch.id)))).all()


async def sweep_media(resources: Resources) -> int:
    """Delete what is past its time, and files that belong to nobody; return how many files went."""
    async with resources.transaction() as session:
        await _delete_expired_rows(session, utcnow())
    root = resources.media_dir
    await asyncio.to_thread(store.sweep_workshop, root)
    count = 0
    for files in await asyncio.to_thread(lambda: list(store.list_old_files(root))):
        async with resources.read() as session:
            known = await _known(session, list(files))
        orphans = [file for file_id, file in files.items() if file_id not in known]
        count += len(orphans)
        await asyncio.to_thread(_remove, orphans)
    return count


async def _delete_expired_rows(session: AsyncSession, now: datetime) -> None:
    expired = select(MediaGrant.token).where(col(MediaGrant.delete_after) < now)
    await session.exec(delete(MediaFetch).where(col(MediaFetch.token).in_(expired)))
    await session.exec(delete(MediaGrant).where(col(MediaGrant.delete_after) < now))
    await session.exec(delete(MediaAsset).where(col(MediaAsset.delete_after) < now))


async def _known(session: AsyncSession, ids: list[str]) -> set[str]:
    known: set[str] = set()
    for start in range(0, len(ids), 500):
        query = select(MediaAsset.id).where(col(MediaAsset.id).in_(ids[start : start + 500]))
        known.update((await session.exec(query)).all())
    return known


def _remove(files: list[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)


@asynccontextmanager
async def _workshop(root: Path) -> AsyncIterator[Path]:
    manager = store.workshop(root)
    try:
        folder = await asyncio.to_thread(manager.__enter__)
    except OSError as error:
        raise TransientError(f"The media folder cannot be used: {error.strerror}.", code="media_disk_full") from error
    try:
        yield folder
    finally:
        await asyncio.shield(asyncio.to_thread(manager.__exit__, None, None, None))


async def _keep(root: Path, owner_id: str, pictures: Sequence[Picture]) -> list[MediaAsset]:
    if not pictures:
        return []
    try:
        kept = await asyncio.to_thread(store.keep_files, root, [picture.file for picture in pictures])
    except OSError as error:
        raise TransientError(f"The media cannot be stored: {error.strerror}.", code="media_disk_full") from error
    return [
        MediaAsset(
            id=file_id,
            owner_id=owner_id,
            position=position,
            source_url=picture.source.url,
            alt=picture.source.alt.replace("\x00", ""),
            path=path,
            width=picture.width,
            height=picture.height,
            size=picture.size,
            sha256=picture.sha256,
        )
        for position, (picture, (file_id, path)) in enumerate(zip(pictures, kept, strict=True))
    ]
