"""Custom audiences: lists of hashes, uploaded as files, with a size and never with their content."""

import asyncio
import re
from typing import Annotated, Any, Literal

import msgspec

from app.emulator.business_api.access import need_advertiser
from app.emulator.business_api.call import Call, read, write
from app.emulator.business_api.errors import NOT_FOUND, BusinessError, refuse
from app.emulator.business_api.files import check_signature
from app.emulator.business_api.paging import cut_page
from app.emulator.business_api.reading import convert
from app.emulator.business_api.store import Doc
from app.emulator.business_api.times import stamp

Calculate = Literal[
    "EMAIL_SHA256", "PHONE_SHA256", "IDFA_MD5", "IDFA_SHA256", "GAID_MD5", "GAID_SHA256", "MAID_MD5", "MAID_SHA256",
    "FIRST_MD5", "FIRST_SHA256", "MULTIPLE_TYPES",
]  # fmt: skip
Ids = Annotated[list[str], msgspec.Meta(min_length=1, max_length=100)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Paths = Annotated[list[str], msgspec.Meta(min_length=1, max_length=500)]
_HASHES = {"SHA256": re.compile(r"[0-9a-fA-F]{64}"), "MD5": re.compile(r"[0-9a-fA-F]{32}")}
_MOST_BYTES = 50_000_000


class Upload(msgspec.Struct):
    advertiser_id: str
    file_signature: str
    calculate_type: Calculate
    name: str | None = None


class Create(msgspec.Struct):
    advertiser_id: str
    custom_audience_name: Name
    file_paths: Paths
    calculate_type: Calculate
    retention_in_days: Annotated[int, msgspec.Meta(ge=1, le=365)] | None = None
    audience_sub_type: Literal["NORMAL", "REACH_FREQUENCY"] = "NORMAL"
    audience_enhancement: bool | None = None


class Update(msgspec.Struct):
    advertiser_id: str
    custom_audience_id: str
    custom_audience_name: Name | None = None
    file_paths: Paths | None = None
    action: Literal["REPLACE", "APPEND", "REMOVE"] = "REPLACE"


class Get(msgspec.Struct):
    advertiser_id: str
    custom_audience_ids: Ids


class List(msgspec.Struct):
    advertiser_id: str
    custom_audience_ids: list[str] | None = None
    page: int | None = None
    page_size: int | None = None


async def fetch_file(call: Call) -> None:
    """Look into the file: one hash a line."""
    asked, _ = convert(call.given, Upload)
    if "file" not in call.given.files:
        raise BusinessError(40905, "file: the file is missing.")
    call.fetched = call.given.files["file"].content
    if not call.fetched.strip():
        raise BusinessError(40906, "The file is empty.")
    if len(call.fetched) > _MOST_BYTES:
        raise BusinessError(40907, "The file is too large.")
    if not call.given.files["file"].name.lower().endswith((".csv", ".txt")):
        raise BusinessError(40908, "The file type is wrong: .csv or .txt is wanted.")
    await asyncio.to_thread(_check_hashed, call.fetched, asked.calculate_type)


def _check_hashed(content: bytes, kind: str) -> None:
    pattern = _HASHES.get(kind.rpartition("_")[2])
    lines = content.decode("utf-8", "replace").splitlines()
    if pattern is not None and not all(pattern.fullmatch(line.strip()) for line in lines if line.strip()):
        raise BusinessError(40062, "PII is not hashed.")


@write("dmp/custom_audience/file/upload/", 31, fetch=fetch_file)
def upload_file(call: Call) -> Any:
    asked = call.take(Upload)
    need_advertiser(call, asked.advertiser_id)
    check_signature(call, asked.file_signature, needed=True)
    path = f"{asked.advertiser_id}/{call.book.new_id()}"
    lines = {line.strip() for line in (call.fetched or b"").splitlines() if line.strip()}
    doc = {"size": len(lines), "calculate_type": asked.calculate_type}
    call.book.store.put("audience_file", path, doc, owner=asked.advertiser_id)
    return {"file_path": path}


@write("dmp/custom_audience/create/", 31)
def create_audience(call: Call) -> Any:
    asked = call.take(Create)
    need_advertiser(call, asked.advertiser_id)
    audience: Doc = {
        "custom_audience_id": call.book.new_id(),
        "advertiser_id": asked.advertiser_id,
        "name": asked.custom_audience_name,
        "calculate_type": asked.calculate_type,
        "audience_type": "Customer File Audience",
        "audience_sub_type": asked.audience_sub_type,
        "retention_in_days": asked.retention_in_days,
        "cover_num": _count(call, asked.advertiser_id, asked.file_paths, asked.calculate_type),
        "create_time": stamp(call.now),
        "expired_time": stamp(call.now + (asked.retention_in_days or 365) * 86_400),
        "is_valid": True,
        "is_creator": True,
        "shared": False,
    }
    call.book.store.put("audience", audience["custom_audience_id"], audience, owner=asked.advertiser_id)
    return {"custom_audience_id": audience["custom_audience_id"]}


def _count(call: Call, advertiser_id: str, paths: list[str], kind: str | None) -> int:
    total = 0
    for path in paths:
        found = call.book.store.get("audience_file", path)
        if found is None or not path.startswith(f"{advertiser_id}/"):
            raise BusinessError(40905, f"file_paths: {path[:60]} does not exist")
        if kind is not None and found["calculate_type"] != kind:
            raise BusinessError(40909, "calculate_type is another than that of the file")
        total += found["size"]
    return total


@write("dmp/custom_audience/update/", 31)
def update_audience(call: Call) -> Any:
    asked = call.take(Update)
    need_advertiser(call, asked.advertiser_id)
    audience = _need(call, asked.advertiser_id, asked.custom_audience_id)
    if (asked.custom_audience_name is None) == (asked.file_paths is None):
        raise refuse("custom_audience_name", "either it or file_paths is given")
    if asked.file_paths is not None:
        count = _count(call, asked.advertiser_id, asked.file_paths, audience["calculate_type"])
        before = 0 if asked.action == "REPLACE" else audience["cover_num"]
        audience["cover_num"] = max(before - count if asked.action == "REMOVE" else before + count, 0)
    audience["name"] = asked.custom_audience_name or audience["name"]
    call.book.store.change("audience", asked.custom_audience_id, audience)
    return {}


@read("dmp/custom_audience/get/", 30)
def show_audiences(call: Call) -> Any:
    asked = call.take(Get)
    need_advertiser(call, asked.advertiser_id)
    found = [_need(call, asked.advertiser_id, one) for one in asked.custom_audience_ids]
    return {"list": [{"audience_details": one, "audience_history": []} for one in found]}


@read("dmp/custom_audience/list/", 30)
def list_audiences(call: Call) -> Any:
    asked = call.take(List)
    need_advertiser(call, asked.advertiser_id)
    found = [
        one
        for one in reversed(call.book.store.find("audience", owner=asked.advertiser_id))
        if not asked.custom_audience_ids or one["custom_audience_id"] in asked.custom_audience_ids
    ]
    page, info = cut_page(found, asked.page, asked.page_size, most=100)
    return {"list": page, "page_info": info}


@write("dmp/custom_audience/delete/", 31)
def delete_audiences(call: Call) -> Any:
    asked = call.take(Get)
    need_advertiser(call, asked.advertiser_id)
    for one in asked.custom_audience_ids:
        _need(call, asked.advertiser_id, one)
        call.book.store.remove("audience", one)
    return {}


def _need(call: Call, advertiser_id: str, audience_id: str) -> Doc:
    found = call.book.store.get("audience", audience_id)
    if found is None or found["advertiser_id"] != advertiser_id:
        raise BusinessError(NOT_FOUND, "custom_audience_id: it does not exist in this ad account")
    return found


operations = (
    upload_file, create_audience, update_audience, show_audiences, list_audiences, delete_audiences,
)  # fmt: skip
