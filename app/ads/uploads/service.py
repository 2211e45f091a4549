"""Storing pictures and videos in an advertiser's library at TikTok: whole, by their MD5, and never twice by our doing.

TikTok refuses a second file of a name (40911). So a try whose answer was lost is repeated safely, and a video that is
there already with the same MD5 is the one that was meant.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pydantic_core import PydanticCustomError

from app.ads.connections.reach import Reach, reach_advertiser
from app.ads.connections.roles import Need
from app.ads.faults import refuse
from app.ads.refusals import told_in_our_words
from app.ads.uploads.progress import Progress, kept
from app.ads.uploads.receiving import Received, check_kind
from app.ads.values import read_text, told_by
from app.errors import Conflict, NotFound
from app.kit.ids import new_id
from app.messages import ads_reports
from app.resources import Resources
from app.tiktok_business.errors import BusinessError
from app.tiktok_business.files import Files, VideoFile
from app.tiktok_business.sending import Patience

_FOLDER = "ads-uploads"
_LONGEST_NAME = 100
_NAME_TAKEN = 40911
_LOOKED_THROUGH = 5
_PATIENCE = Patience(caller="upload", deadline=600.0)

Receive = Callable[[Path], Awaitable[Received]]


async def store_file(
    app: Resources,
    advertiser_id: str,
    kind: str,
    receive: Receive,
    progress: Progress,
    *,
    admin_id: str | None = None,
) -> dict[str, Any]:
    """Take a file and store it at TikTok; give TikTok's own object. The role is looked at before a byte is taken."""
    reached = await reach_advertiser(app, advertiser_id, need=Need.write, patience=_PATIENCE)
    async with _place(app) as target, kept(app, progress, advertiser_id, kind, admin_id):
        progress.receives(target)
        received = await receive(target)
        check_kind(received, kind)
        progress.name = name = _name_of(received, kind)
        async with told_in_our_words(app, reached):
            made = await _send(reached, kind, received, name, progress)
        progress.media_id = str(made.get(f"{kind}_id") or "")[:255] or None
        return made


async def show_video(app: Resources, advertiser_id: str, video_id: str) -> dict[str, Any]:
    """Describe a video: nothing of views or spend. Raises NotFound."""
    reached = await reach_advertiser(app, advertiser_id)
    async with told_in_our_words(app, reached):
        found = await reached.client.files.get_videos(advertiser_id, [video_id])
    if not found:
        raise NotFound(ads_reports.NOT_AT_TIKTOK)
    return found[0].raw


async def _send(reached: Reach, kind: str, received: Received, name: str, progress: Progress) -> dict[str, Any]:
    files: Files = reached.client.files
    send = files.send_video if kind == "video" else files.send_image
    with received.path.open("rb") as file:
        progress.sends(file, received.size)
        try:
            return (await send(reached.advertiser_id, file, md5=received.md5, name=name)).raw
        except BusinessError as error:
            if error.tiktok_code != _NAME_TAKEN:
                raise
            was_sent_before = error.tries > 1
    found = await _find_same(files, reached.advertiser_id, name, received.md5) if kind == "video" else None
    if found is not None:
        return found.raw
    if was_sent_before:
        raise Conflict(ads_reports.OUTCOME_UNKNOWN, code="outcome_unknown")
    raise Conflict(ads_reports.FILE_NAME_TAKEN, code="file_name_taken")


async def _find_same(files: Files, advertiser_id: str, name: str, md5: str) -> VideoFile | None:
    """Look for a video of this name and these very bytes among the newest."""
    for page in range(1, _LOOKED_THROUGH + 1):
        found = await files.search_videos(advertiser_id, page=page)
        for video in found.items:
            if video.signature == md5 and video.file_name == name:
                return video
        if found.is_last:
            break
    return None


@asynccontextmanager
async def _place(app: Resources) -> AsyncIterator[Path]:
    """A name on the disk for the time of the upload."""
    folder = app.settings.data_dir / _FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder / new_id()
    try:
        yield target
    finally:
        target.unlink(missing_ok=True)


def _name_of(received: Received, kind: str) -> str:
    """The name at TikTok: as it was asked for, or as the file came, or one of our own."""
    given = received.fields.get("file_name") or received.name or f"newsreel-{kind}-{received.md5[:12]}"
    try:
        return read_text(given if received.fields.get("file_name") else given[-_LONGEST_NAME:], longest=_LONGEST_NAME)
    except PydanticCustomError as error:
        refuse({"file_name": told_by(error)})
