"""Prepared media: grant it to an attempt, tell who fetched it, let it go. How it is made stands in `preparing`."""

import asyncio
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlmodel import col, delete, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from app.config import Settings
from app.kit.clock import utcnow
from app.kit.ids import new_token
from app.media import store
from app.media.models import MediaAsset, MediaFetch, MediaGrant
from app.media.pictures.lasting import keep_lasting, lasting_dir, prune_lasting
from app.media.pictures.thumbs import small_of
from app.media.uploads.find import OWNER
from app.resources import Resources

SELF_CHECK_USER_AGENT = "Newsreel-selfcheck"
"""Requests under this name are our own: they prove that the address works, not that TikTok came."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,64}")


async def list_assets(session: AsyncSession, owner_id: str) -> Sequence[MediaAsset]:
    """A post's pictures in carousel order, or its video."""
    query = select(MediaAsset).where(MediaAsset.owner_id == owner_id).order_by(col(MediaAsset.position))
    return (await session.exec(query)).all()


async def choose_pictures(session: AsyncSession, owner_id: str, numbers: Sequence[int]) -> list[str]:
    """Keep a post's pictures 1, 2, … that are named, in that order; return the addresses of those that went."""
    assets = {asset.position + 1: asset for asset in await list_assets(session, owner_id)}
    gone = [asset for number, asset in assets.items() if number not in numbers]
    await session.exec(delete(MediaAsset).where(col(MediaAsset.id).in_([asset.id for asset in gone])))
    # A position belongs to one picture, also while they change places.
    for begin in (len(assets), 0):
        for position, number in enumerate(numbers, begin):
            same = col(MediaAsset.id) == assets[number].id
            await session.exec(update(MediaAsset).where(same).values(position=position))
    return [asset.source_url for asset in gone]


async def keep_media(session: AsyncSession, owner_id: str) -> None:
    """Keep a post's media from being swept: what was retired is needed after all."""
    await session.exec(update(MediaAsset).where(col(MediaAsset.owner_id) == owner_id).values(delete_after=None))


async def grant_media(session: AsyncSession, owner_id: str) -> str:
    """Make a token under which a post's media is served."""
    grant = MediaGrant(token=new_token(), owner_id=owner_id)
    session.add(grant)
    await session.flush()
    return grant.token


def public_urls(settings: Settings, token: str, count: int, *, kind: str = "photo") -> list[str]:
    """The addresses of `count` pictures, or of a video, under a token, as TikTok gets them."""
    suffix = "mp4" if kind == "video" else "jpg"
    return [f"{settings.public_url}/media/{token}/{number}.{suffix}" for number in range(1, count + 1)]


async def revoke_media(session: AsyncSession, tokens: Sequence[str]) -> None:
    """Serve nothing more under these tokens; who asked before stays known."""
    await session.exec(delete(MediaGrant).where(col(MediaGrant.token).in_(tokens)))


async def retire_media(session: AsyncSession, owner_id: str, delete_after: datetime) -> None:
    """Let a post's media, its tokens and their log go after a time."""
    for table in (MediaAsset, MediaGrant):
        await session.exec(update(table).where(col(table.owner_id) == owner_id).values(delete_after=delete_after))


async def find_asset(session: AsyncSession, token: str, number: int) -> MediaAsset | None:
    """Find the picture or video that a token serves as number 1, 2, …"""
    if _TOKEN.fullmatch(token) is None:
        return None
    query = (
        select(MediaAsset)
        .join(MediaGrant, col(MediaGrant.owner_id) == col(MediaAsset.owner_id))
        .where(MediaGrant.token == token, MediaAsset.position == number - 1)
    )
    return (await session.exec(query)).first()


async def find_video(resources: Resources, owner_id: str) -> tuple[MediaAsset, Path] | None:
    """Find a post's video and its file."""
    async with resources.read() as session:
        assets = await list_assets(session, owner_id)
    for asset in assets:
        path = resources.media_dir / asset.path
        if asset.content_type.startswith("video/") and await asyncio.to_thread(path.is_file):
            return asset, path
    return None


async def log_fetch(resources: Resources, fetch: MediaFetch) -> bool:
    """Note that somebody asks for a file, before the answer: what TikTok has fetched must not seem unfetched.

    False where the token is good no more. Whoever is closing it is waited for.
    """
    async with resources.transaction() as session:
        query = select(MediaGrant.token).where(MediaGrant.token == fetch.token).with_for_update(read=True)
        if (await session.exec(query)).first() is None:
            return False
        session.add(fetch)
    return True


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
    """Delete what is past its time, and files that belong to nobody; return how many files went.

    A post's first picture leaves a small one behind.
    """
    now, root = utcnow(), resources.media_dir
    await _keep_small(resources, now)
    async with resources.transaction() as session:
        await _delete_expired_rows(session, now)
    await asyncio.to_thread(store.sweep_workshop, root)
    count = 0
    for files in await asyncio.to_thread(lambda: list(store.list_old_files(root))):
        async with resources.read() as session:
            known = await _known(session, list(files))
        orphans = [file for file_id, both in files.items() if file_id not in known for file in both]
        count += len(orphans)
        await asyncio.to_thread(_remove, orphans)
    return count


async def _keep_small(resources: Resources, now: datetime) -> None:
    """Keep what lists show of the posts whose media is about to go. What was uploaded is no post's."""
    query = select(MediaAsset.owner_id, MediaAsset.path).where(
        col(MediaAsset.delete_after) < now, MediaAsset.position == 0, col(MediaAsset.owner_id).not_like(f"{OWNER}%")
    )
    async with resources.read() as session:
        going = (await session.exec(query)).all()
    if not going:
        return
    folder, root = lasting_dir(resources), resources.media_dir
    pictures = [(owner_id, store.poster_of(root, path)) for owner_id, path in going]
    if await asyncio.to_thread(keep_lasting, folder, pictures):
        await asyncio.to_thread(prune_lasting, folder)


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
        # Made a moment ago, perhaps, for what outlives this one: too young to be found by its age.
        small_of(file).unlink(missing_ok=True)
