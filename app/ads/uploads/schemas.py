"""An upload as the API shows it."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel

from app.ads.models import AdsUpload, UploadState
from app.messages import ads_reports
from app.messages.message import Message, unpack


class UploadRead(BaseModel):
    """How far a file is, in bytes; `percent` counts both ways, and is null until the size is known. `name` is the
    file's in the library.
    """

    id: str
    advertiser_id: str
    kind: str
    state: UploadState
    percent: int | None
    received: int
    sent: int
    size: int | None
    name: str | None
    media_id: str | None
    reason: str | None
    detail: Message | None
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, row: AdsUpload) -> Self:
        from app.ads.uploads.progress import is_lost

        lost = is_lost(row)
        return cls(
            id=row.id,
            advertiser_id=row.advertiser_id,
            kind=row.kind,
            state=UploadState.failed if lost else row.state,
            percent=_percent(row),
            received=row.received,
            sent=row.sent,
            size=row.size,
            name=row.name,
            media_id=row.media_id,
            reason="interrupted" if lost else row.reason,
            detail=ads_reports.UPLOAD_LOST if lost else unpack(row.detail, row.detail_message),
            created_at=row.created_at,
            updated_at=row.updated_at,
            finished_at=row.finished_at,
        )


def _percent(row: AdsUpload) -> int | None:
    if row.state is UploadState.ready:
        return 100
    return min(99, 100 * (row.received + row.sent) // (2 * row.size)) if row.size else None
