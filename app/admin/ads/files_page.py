"""The page of files: what goes into an ad account's library, and how far it is."""

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from app.admin.ads.desk import AdsDesk
from app.admin.ads.numbers import size
from app.ads.models import UploadState
from app.ads.uploads.progress import Progress, list_uploads
from app.ads.uploads.receiving import Received, copy_file, fetch_address
from app.ads.uploads.schemas import UploadRead
from app.ads.uploads.service import store_file
from app.kit.ids import new_id
from app.messages.translator import N_, Translator
from app.resources import Resources

PATH = "/admin/ads/files"
"""Without script a file comes with the form, through memory. With it it goes straight to the disk."""
_AT_ONCE = 30

STATES: Mapping[UploadState, tuple[str, str]] = {
    UploadState.receiving: (N_("On its way to Newsreel"), "busy"),
    UploadState.sending: (N_("On its way to TikTok"), "busy"),
    UploadState.ready: (N_("In the library"), "good"),
    UploadState.failed: (N_("Not taken"), "bad"),
}
KINDS: Mapping[str, str] = {"video": N_("Video"), "image": N_("Picture")}


@dataclass(frozen=True, slots=True)
class UploadLine:
    """One file, in words."""

    upload: UploadRead
    kind: str
    label: str
    tone: str
    size: str

    @property
    def is_under_way(self) -> bool:
        return self.upload.state in {UploadState.receiving, UploadState.sending}


@dataclass(frozen=True, slots=True)
class FilesPage:
    """The page. `next_ids` name the uploads of the two forms, so that their progress is seen while they run."""

    desk: AdsDesk
    problem: Sequence[str]
    uploads: Sequence[UploadLine]
    next_ids: Mapping[str, str]


async def read_files(app: Resources, i18n: Translator, desk: AdsDesk, *, problem: Sequence[str] = ()) -> FilesPage:
    """Collect the page: uploads of a week."""
    lines: list[UploadLine] = []
    if desk.current is not None:
        async with app.read() as session:
            rows = await list_uploads(session, app, desk.advertiser_id, limit=_AT_ONCE)
        lines = [_line(i18n, UploadRead.of(row)) for row in rows]
    return FilesPage(desk, problem, lines, {kind: new_id() for kind in KINDS})


async def take_file(
    app: Resources, desk: AdsDesk, kind: str, *, file: IO[bytes] | None, name: str, url: str, admin_id: str
) -> None:
    """Store what a form brought, or what stands at an address. Raises AppError, also where there is neither."""

    async def receive(target: Path) -> Received:
        if file is None:
            return await fetch_address(app, url, target, kind)
        source = target.with_name(f"{target.name}.form")
        try:
            await asyncio.to_thread(_copy, file, source)
            found = await copy_file(source, target)
        finally:
            source.unlink(missing_ok=True)
        return Received(found.path, found.size, found.md5, name, {})

    await store_file(app, desk.advertiser_id, kind, receive, Progress(), admin_id=admin_id)


def _copy(file: IO[bytes], target: Path) -> None:
    file.seek(0)
    with target.open("xb") as opened:
        shutil.copyfileobj(file, opened)


def _line(i18n: Translator, upload: UploadRead) -> UploadLine:
    label, tone = STATES[upload.state]
    return UploadLine(upload, KINDS.get(upload.kind, upload.kind), label, tone, size(i18n, upload.size))
