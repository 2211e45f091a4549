"""How an answer is read: the envelope, whose `code` decides, and the file where a report is downloaded."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from app.kit import exact_json
from app.kit.json_values import clean_text
from app.tiktok_business.codes import OK, PARTIAL, UNREADABLE, Meaning, explain, explain_http

_LONGEST_MESSAGE = 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `data` is TikTok's own, whatever its type; `body` the bytes as they came."""

    meaning: Meaning
    status: int
    message: str = ""
    request_id: str | None = None
    log_id: str | None = None
    data: Any = None
    body: bytes = b""
    headers: Mapping[str, str] | None = None
    is_envelope: bool = True

    @property
    def is_success(self) -> bool:
        return self.meaning.code in {OK, PARTIAL} and 200 <= self.status < 300


class Received(NamedTuple):
    """What came over the wire, with its body whole."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes


def read_answer(response: Received, *, may_be_file: bool = False) -> Answer:
    """Read an answer. Never raises: what cannot be read has a meaning too.

    `may_be_file`: a body that is no envelope is a success, as `report/task/download/` answers with the CSV itself.
    """
    status, body = response.status_code, response.content
    log_id = _header(response, "X-Tt-Logid")
    parsed = _parse(body)
    code = parsed.get("code") if parsed is not None else None
    if parsed is None or isinstance(code, bool) or not isinstance(code, int):
        is_file = may_be_file and status == 200
        meaning = explain(OK) if is_file else explain_http(status)
        return Answer(
            meaning, status, log_id=log_id, body=body, headers=response.headers, is_envelope=False, message=_line(body)
        )
    meaning = explain(code)
    if code in {OK, PARTIAL} and not 200 <= status < 300:
        meaning = explain_http(status)
    return Answer(
        meaning,
        status,
        message=clean_text(parsed.get("message"))[:_LONGEST_MESSAGE],
        request_id=clean_text(parsed.get("request_id"))[:128] or None,
        log_id=log_id,
        data=parsed.get("data"),
        headers=response.headers,
    )


def unreadable(answer: Answer) -> Answer:
    """The same answer, whose data is not what the documents promise."""
    return Answer(
        UNREADABLE, answer.status, "The data is not what the documents promise.", answer.request_id, answer.log_id
    )


def _parse(body: bytes) -> dict[str, Any] | None:
    try:
        parsed = exact_json.parse(body)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None


def _header(response: Received, name: str) -> str | None:
    return clean_text(response.headers.get(name, ""))[:128] or None


def _line(body: bytes) -> str:
    """The first words of a body that is no envelope: a proxy's page says there what it is."""
    return clean_text(body[:200].decode("utf-8", "replace")).strip()
