"""What to answer to a request for a file: all of it, a part of it, or that it has not changed (RFC 9110)."""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import anyio

CHUNK_BYTES = 256 * 1024
"""What is held in memory of a file that is sent."""

_RANGE = re.compile(r"bytes=(?P<first>[0-9]{0,18})-(?P<last>[0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class Plan:
    """Status and headers of an answer, and which bytes of the file go with it."""

    status: int
    headers: dict[str, str]
    start: int = 0
    length: int = 0


def plan_answer(method: str, headers: Mapping[str, str], *, size: int, etag: str) -> Plan:
    """Decide the answer to a GET or HEAD for a file of `size` bytes.

    Several ranges at once, and ranges that make no sense, get the whole file, as RFC 9110 allows.
    """
    always = {"etag": etag, "accept-ranges": "bytes"}
    if _matches(headers.get("if-none-match"), etag):
        return Plan(304, always)
    wanted = _RANGE.fullmatch(headers.get("range", "").strip()) if method == "GET" else None
    is_stale = headers.get("if-range", etag).strip() != etag
    if wanted is None or is_stale or not (wanted["first"] or wanted["last"]):
        return Plan(200, {**always, "content-length": str(size)}, 0, size)
    if wanted["first"]:
        first, last = int(wanted["first"]), min(int(wanted["last"] or size), size - 1)
        if wanted["last"] and int(wanted["last"]) < first:
            return Plan(200, {**always, "content-length": str(size)}, 0, size)
    else:
        first, last = max(0, size - int(wanted["last"])), size - 1
    if first > last:
        return Plan(416, {**always, "content-range": f"bytes */{size}", "content-length": "0"})
    length = last - first + 1
    part = {"content-range": f"bytes {first}-{last}/{size}", "content-length": str(length)}
    return Plan(206, {**always, **part}, first, length)


async def read_part(path: Path, plan: Plan) -> AsyncIterator[bytes]:
    """Read the bytes that go with an answer."""
    left = plan.length
    async with await anyio.open_file(path, "rb") as file:
        await file.seek(plan.start)
        while left and (chunk := await file.read(min(CHUNK_BYTES, left))):
            left -= len(chunk)
            yield chunk


def _matches(if_none_match: str | None, etag: str) -> bool:
    if if_none_match is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in tags or tags == ["*"]
