"""Preparing a post's media: pictures, a film or a headline card, in place of what the post had."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from app.errors import Conflict, TransientError
from app.media import store
from app.media.drawing import HeadlineCard, draw_card
from app.media.models import MediaAsset
from app.media.pictures.converting import Picture
from app.media.pictures.gather import Gathered, gather_pictures
from app.media.problems import ImageSource, MediaProblem, disk_full
from app.media.telemetry import watched
from app.media.videos.gather import CONTENT_TYPE, Looked, OnStep, Video, VideoLimits, gather_video, look_at_video
from app.messages import media_faults, refusals
from app.messages.kinds import DiskError
from app.messages.message import Message
from app.resources import Resources


@dataclass(frozen=True, slots=True)
class PreparedMedia:
    """A post's media in order, and why others are missing."""

    assets: list[MediaAsset]
    problems: list[MediaProblem] = field(default_factory=list)

    @property
    def lines(self) -> list[Message]:
        """The problems, one line each."""
        return [problem.line for problem in self.problems]


Settle = Callable[[AsyncSession, PreparedMedia], Awaitable[None]]


@watched("photo")
async def prepare_images(
    resources: Resources,
    owner_id: str,
    images: Sequence[ImageSource],
    *,
    source: str = "",
    earlier: Sequence[MediaAsset] = (),
    settle: Settle | None = None,
) -> PreparedMedia:
    """Fetch, convert and store the images of a post, in place of what it had.

    Those that are among the `earlier` ones are not fetched again. `source` is whose they are, for a fair share of all
    downloads.

    `settle` runs in the transaction that writes the rows: the caller notes there what was prepared, and raises when the
    post is no longer in its hands, which undoes the rows. Raises TransientError when the disk is full, and Conflict
    when another worker prepared the same post meanwhile. Safe to repeat: files without rows are swept.
    """
    async with workshop(resources.media_dir) as folder:
        known = await asyncio.to_thread(_take_up, resources.media_dir, folder, earlier)
        gathered = await gather_pictures(
            images,
            folder,
            allow_hosts=resources.settings.fetch_allow_hosts,
            downloads=resources.downloads,
            source=source,
            known=known,
        )
        assets = await _keep(resources.media_dir, owner_id, gathered.pictures)
    return await _replace(resources, owner_id, PreparedMedia(assets, gathered.problems), settle)


@watched("video")
async def prepare_video(
    resources: Resources,
    owner_id: str,
    url: str,
    *,
    most_seconds: float,
    on_step: OnStep,
    settle: Settle | None = None,
    uploaded: MediaAsset | None = None,
) -> PreparedMedia:
    """Fetch a film, make of it what TikTok takes, and store it in place of what the post had.

    `uploaded` is the film where somebody uploaded it here. Where it cannot be used, what the post had stays, and the
    only problem says why. The rest is as for images.
    """
    limits = VideoLimits(resources.settings.video_max_bytes, most_seconds)
    async with workshop(resources.media_dir) as folder:
        film = await gather_video(
            url,
            folder,
            limits,
            allow_hosts=resources.settings.fetch_allow_hosts,
            on_step=on_step,
            uploaded=None if uploaded is None else resources.media_dir / uploaded.path,
        )
        if isinstance(film, MediaProblem):
            return PreparedMedia([], [film])
        asset = await _keep_video(resources.media_dir, owner_id, film)
    return await _replace(resources, owner_id, PreparedMedia([asset]), settle)


@watched("card")
async def prepare_card(
    resources: Resources,
    owner_id: str,
    card: HeadlineCard,
    *,
    problems: Sequence[MediaProblem] = (),
    settle: Settle | None = None,
) -> PreparedMedia:
    """Draw a headline card and store it in place of what the post had; `problems` are why there is no picture."""
    async with workshop(resources.media_dir) as folder:
        drawn = await draw_card(folder, card)
        assets = [] if drawn is None else await _keep(resources.media_dir, owner_id, [drawn])
    if not assets:
        return PreparedMedia([], list(problems))
    return await _replace(resources, owner_id, PreparedMedia(assets, list(problems)), settle)


async def inspect_images(
    resources: Resources, images: Sequence[ImageSource], *, source: str = "", earlier: Sequence[MediaAsset] = ()
) -> Gathered:
    """Try the images as `prepare_images` would, and keep nothing: for a preview."""
    allowed = resources.settings.fetch_allow_hosts
    async with workshop(resources.media_dir) as folder:
        known = await asyncio.to_thread(_take_up, resources.media_dir, folder, earlier)
        return await gather_pictures(
            images, folder, allow_hosts=allowed, downloads=resources.downloads, source=source, known=known
        )


async def inspect_video(
    resources: Resources, url: str, *, most_seconds: float, uploaded: MediaAsset | None = None
) -> Looked | MediaProblem:
    """Fetch a film and judge it as `prepare_video` would, and keep nothing: for a preview."""
    limits = VideoLimits(resources.settings.video_max_bytes, most_seconds)
    file = None if uploaded is None else resources.media_dir / uploaded.path
    async with workshop(resources.media_dir) as folder:
        return await look_at_video(url, folder, limits, allow_hosts=resources.settings.fetch_allow_hosts, uploaded=file)


async def inspect_card(resources: Resources, card: HeadlineCard) -> bytes | None:
    """Draw the card as `prepare_card` would, and keep nothing; None where the title has nothing to show."""
    async with workshop(resources.media_dir) as folder:
        drawn = await draw_card(folder, card)
        return None if drawn is None else await asyncio.to_thread(drawn.file.read_bytes)


async def drop_media(session: AsyncSession, owner_id: str) -> None:
    """Forget a post's media, to prepare them anew. The files go with a later sweep."""
    await session.exec(delete(MediaAsset).where(col(MediaAsset.owner_id) == owner_id))


async def _replace(
    resources: Resources, owner_id: str, prepared: PreparedMedia, settle: Settle | None
) -> PreparedMedia:
    async with resources.transaction() as session:
        await drop_media(session, owner_id)
        session.add_all(prepared.assets)
        try:
            await session.flush()
        except IntegrityError as error:
            raise Conflict(refusals.MEDIA_TAKEN, code="media_taken") from error
        if settle is not None:
            await settle(session, prepared)
    return prepared


@asynccontextmanager
async def workshop(root: Path) -> AsyncIterator[Path]:
    """A folder for one preparation. Raises TransientError when the disk is full."""
    manager = store.workshop(root)
    try:
        folder = await asyncio.to_thread(manager.__enter__)
    except OSError as error:
        raise TransientError(
            media_faults.folder_unusable(cause=DiskError(error.strerror or "")), code="media_disk_full"
        ) from error
    try:
        yield folder
    finally:
        await asyncio.shield(asyncio.to_thread(manager.__exit__, None, None, None))


def _take_up(root: Path, folder: Path, earlier: Sequence[MediaAsset]) -> dict[str, Picture]:
    """Give pictures that were made before another name in the workshop: keeping them once more is a rename."""
    known = {}
    for number, asset in enumerate(earlier):
        file = folder / f"earlier-{number}.jpg"
        with suppress(OSError):
            os.link(root / asset.path, file)
            source = ImageSource(asset.source_url, asset.alt)
            known[asset.source_url] = Picture(source, file, asset.width, asset.height, asset.size, asset.sha256)
    return known


async def _keep(root: Path, owner_id: str, pictures: Sequence[Picture]) -> list[MediaAsset]:
    if not pictures:
        return []
    kept = await keep_files(root, [picture.file for picture in pictures])
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


async def _keep_video(root: Path, owner_id: str, film: Video) -> MediaAsset:
    ((file_id, path),) = await keep_files(root, [film.file], beside=film.poster)
    return MediaAsset(
        id=file_id,
        owner_id=owner_id,
        position=0,
        source_url=film.url,
        path=path,
        content_type=CONTENT_TYPE,
        width=film.width,
        height=film.height,
        size=film.size,
        sha256=film.sha256,
        duration_ms=film.duration_ms,
        cover_ms=film.cover_ms,
    )


async def keep_files(root: Path, files: Sequence[Path], beside: Path | None = None) -> list[tuple[str, str]]:
    """Move finished files to where they stay. Raises TransientError when the disk is full."""
    try:
        return await asyncio.to_thread(store.keep_files, root, files, beside=beside)
    except OSError as error:
        raise disk_full(error.strerror or "") from error
