"""How far an upload is, for whoever asks meanwhile: noted in a row each second by the process that carries it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.ads.access import mode_of
from app.ads.models import AdsUpload, UploadState
from app.errors import AppError, Conflict, NotFound
from app.kit.clock import utcnow
from app.kit.ids import new_id
from app.messages import ads_reports
from app.messages.message import pack
from app.resources import Resources

log = structlog.get_logger(__name__)

LOST_AFTER = timedelta(seconds=30)
"""So long without a note, and whoever carried the file is no more."""
NOTED_EVERY_SECONDS = 1.0
"""How often a row learns how far its upload is."""
_KEPT = timedelta(days=7)


class UploadNotFound(NotFound):
    code = "upload_not_found"
    title = ads_reports.NO_UPLOAD


@dataclass(slots=True)
class Progress:
    """How far one file is. `total` is what the sender announced, until the file's own size is known."""

    id: str = field(default_factory=new_id)
    total: int | None = None
    state: UploadState = UploadState.receiving
    media_id: str | None = None
    name: str | None = None
    _target: Path | None = None
    _file: IO[bytes] | None = None
    _received: int = 0

    def receives(self, target: Path) -> None:
        """The file comes to this place on the disk."""
        self._target = target

    def sends(self, file: IO[bytes], size: int) -> None:
        """It is here whole, and leaves for TikTok from this open file."""
        self.state, self.total, self._received, self._file = UploadState.sending, size, size, file

    @property
    def received(self) -> int:
        """Bytes that are here."""
        if self.state is UploadState.receiving and self._target is not None:
            with suppress(OSError):
                self._received = self._target.stat().st_size
        return self._received

    @property
    def sent(self) -> int:
        """Bytes that have left for TikTok; a second try begins anew."""
        if self.state is UploadState.ready:
            return self.total or 0
        if self._file is None or self._file.closed:
            return 0
        return self._file.tell()

    def values(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "received": self.received,
            "sent": self.sent,
            "size": self.total,
            "name": self.name,
        }


@asynccontextmanager
async def kept(
    app: Resources, progress: Progress, advertiser_id: str, kind: str, admin_id: str | None
) -> AsyncIterator[None]:
    """Keep an upload's row while the block carries the file. Raises Conflict where the id was used before."""
    row = AdsUpload(
        id=progress.id,
        mode=mode_of(app),
        advertiser_id=advertiser_id,
        admin_id=admin_id,
        kind=kind,
        size=progress.total,
    )
    try:
        async with app.transaction() as session:
            session.add(row)
    except IntegrityError:
        raise Conflict(ads_reports.UPLOAD_ID_TAKEN, code="upload_id_taken") from None
    noting = asyncio.create_task(_note_often(app, progress))
    end: dict[str, Any] = {"state": UploadState.failed, "reason": "interrupted"}
    try:
        yield
        progress.state = UploadState.ready
        end = {"state": UploadState.ready, "media_id": progress.media_id}
    except AppError as error:
        told = {"detail": str(error.message), "detail_message": pack(error.message)}
        end = {"state": UploadState.failed, "reason": error.code[:64], **told}
        raise
    finally:
        noting.cancel()
        with suppress(asyncio.CancelledError):
            await noting
        await _note(app, progress, **progress.values() | end, finished_at=utcnow())


async def get_upload(session: AsyncSession, upload_id: str) -> AdsUpload:
    """Raises UploadNotFound."""
    found = None if "\0" in upload_id else await session.get(AdsUpload, upload_id)
    if found is None:
        raise UploadNotFound
    return found


async def list_uploads(session: AsyncSession, app: Resources, advertiser_id: str, *, limit: int) -> Sequence[AdsUpload]:
    """List the newest uploads of an ad account."""
    query = select(AdsUpload).where(AdsUpload.advertiser_id == advertiser_id, AdsUpload.mode == mode_of(app))
    return (await session.exec(query.order_by(col(AdsUpload.id).desc()).limit(limit))).all()


def is_lost(row: AdsUpload) -> bool:
    """Tell whether whoever carried the file died with it."""
    return row.finished_at is None and utcnow() - row.updated_at > LOST_AFTER


async def forget_old(app: Resources) -> None:
    """Forget uploads that began a week ago."""
    async with app.transaction() as session:
        await session.exec(sa.delete(AdsUpload).where(col(AdsUpload.created_at) < utcnow() - _KEPT))


async def _note_often(app: Resources, progress: Progress) -> None:
    while True:
        await asyncio.sleep(NOTED_EVERY_SECONDS)
        await _note(app, progress, **progress.values())


async def _note(app: Resources, progress: Progress, **values: Any) -> None:
    change = sa.update(AdsUpload).where(col(AdsUpload.id) == progress.id).values(updated_at=utcnow(), **values)
    try:
        async with app.transaction() as session:
            await session.exec(change)
    except (SQLAlchemyError, OSError) as error:
        # The file is more than the word of how far it is.
        log.warning("upload_progress_not_noted", upload_id=progress.id, error=type(error).__name__)
