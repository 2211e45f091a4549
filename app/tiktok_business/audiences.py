"""Custom audiences: personal data of readers, so nothing leaves before a setting allows it, and none unhashed."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import StrEnum

from app.tiktok_business.calls import Call, CallClass, Upload, get, post
from app.tiktok_business.codes import UNREACHED, Kind
from app.tiktok_business.errors import NotAllowed
from app.tiktok_business.family import Family, M
from app.tiktok_business.fields import Page, Text, VendorId, VendorModel, VendorObject, sign
from app.tiktok_business.sending import Sender

LARGEST_PAGE = 100
_UPLOAD_SECONDS = 300.0
_HASHED = re.compile(rb"[0-9a-f]{64}")
_NOT_DIGITS = re.compile(r"[^0-9]")


class Personal(StrEnum):
    """What is hashed before it leaves."""

    email = "EMAIL_SHA256"
    phone = "PHONE_SHA256"


class AudienceFile(VendorModel):
    file_path: Text = ""
    request_id: str | None = None


class Audience(VendorObject):
    custom_audience_id: VendorId
    name: Text = ""
    request_id: str | None = None


class Audiences(Family):
    """Refuses every call, before it is made, unless `is_allowed`."""

    def __init__(self, sender: Sender, *, is_allowed: bool) -> None:
        super().__init__(sender)
        self._is_allowed = is_allowed

    async def _ask(self, model: type[M], call: Call) -> M:
        if not self._is_allowed:
            cause = "Custom audiences are personal data, and are switched off here."
            meaning = replace(UNREACHED, kind=Kind.permission, is_retryable=False, cause=cause)
            cure = "Whoever is responsible for it switches them on with TikTok__AllowAudiences=true."
            raise NotAllowed(replace(meaning, cure=cure), endpoint=call.endpoint)
        return await super()._ask(model, call)

    async def upload(self, advertiser_id: str, kind: Personal, hashes: Iterable[bytes], *, name: str) -> AudienceFile:
        """Upload hashes, made with `hash_personal`. Raises ValueError for whatever is no hash: it would be a person."""
        rows = list(hashes)
        if any(not _HASHED.fullmatch(row) for row in rows):
            raise ValueError("personal data must be hashed before it leaves")
        content = b"\n".join(rows)
        body = {
            "advertiser_id": advertiser_id,
            "file_signature": sign(content),
            "calculate_type": kind.value,
            "name": name,
        }
        upload = Upload("file", f"{name}.csv", content, "text/csv")
        call = post(
            "dmp/custom_audience/file/upload/", CallClass.repeatable, body, upload=upload, deadline=_UPLOAD_SECONDS
        )
        return await self._ask(AudienceFile, call)

    async def create(
        self, advertiser_id: str, name: str, file_paths: Sequence[str], kind: Personal, *, retention_in_days: int = 180
    ) -> Audience:
        body = {
            "advertiser_id": advertiser_id,
            "custom_audience_name": name,
            "file_paths": [*file_paths],
            "calculate_type": kind.value,
            "retention_in_days": retention_in_days,
        }
        return await self._ask(Audience, post("dmp/custom_audience/create/", CallClass.once, body))

    async def list_audiences(
        self, advertiser_id: str, *, page: int = 1, page_size: int = LARGEST_PAGE
    ) -> Page[Audience]:
        query = {"advertiser_id": advertiser_id, "page": page, "page_size": page_size}
        return await self._ask(Page[Audience], get("dmp/custom_audience/list/", **query))

    async def update(
        self, advertiser_id: str, audience_id: str, file_paths: Sequence[str], *, action: str = "REPLACE"
    ) -> VendorObject:
        """Change who is in it. APPEND twice adds the same people once more, and REPLACE twice is the same."""
        body = {
            "advertiser_id": advertiser_id,
            "custom_audience_id": audience_id,
            "file_paths": [*file_paths],
            "action": action,
        }
        return await self._ask(VendorObject, post("dmp/custom_audience/update/", CallClass.repeatable, body))

    async def delete(self, advertiser_id: str, audience_ids: Sequence[str]) -> VendorObject:
        body = {"advertiser_id": advertiser_id, "custom_audience_ids": [*audience_ids]}
        return await self._ask(VendorObject, post("dmp/custom_audience/delete/", CallClass.repeatable, body))


def hash_personal(value: str, kind: Personal) -> bytes:
    """Hash an address of mail or a telephone number as TikTok wants it. Raises ValueError for what is neither."""
    text = value.strip().lower()
    if kind is Personal.phone:
        if not text.startswith("+") or not 7 <= len(_NOT_DIGITS.sub("", text)) <= 15:
            raise ValueError("a telephone number must begin with + and its country")
        text = f"+{_NOT_DIGITS.sub('', text)}"
    elif "@" not in text:
        raise ValueError("not an address of mail")
    return hashlib.sha256(text.encode()).hexdigest().encode()
