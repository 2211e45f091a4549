"""The log of every call, without its secrets, and the counts that tests assert on."""

from collections import Counter, deque
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from app.emulator.world.clock import Clock, rfc3339
from app.emulator.world.reading import decode_json

_SECRET_FIELDS = frozenset({"client_secret", "code", "code_verifier", "token", "refresh_token", "access_token"})
_KEPT_CALLS = 20_000
_current: ContextVar["Call | None"] = ContextVar("emulator_call", default=None)


@dataclass
class Call:
    at: float
    endpoint: str
    method: str
    path: str
    open_id: str | None
    query: dict[str, str]
    request: Any
    http_status: int | None = None
    code: str | None = None
    log_id: str | None = None
    fault: str | None = None
    violations: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {**self.__dict__, "at": rfc3339(self.at)}


class Journal:
    """Keeps the last calls and, for ever, the counts."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.calls: deque[Call] = deque(maxlen=_KEPT_CALLS)
        self.calls_by_endpoint: Counter[str] = Counter()
        self.codes: Counter[str] = Counter()
        self.violations: Counter[str] = Counter()
        self.ignored: Counter[str] = Counter()
        self.inits_by_account: Counter[str] = Counter()
        self.inits_by_caption: Counter[tuple[str, str]] = Counter()
        self.posts_by_content: Counter[tuple[str, str]] = Counter()

    def open(self, call: Call) -> None:
        call.at = self._clock.now()
        self.calls.append(call)
        self.calls_by_endpoint[call.endpoint] += 1
        _current.set(call)

    def close(self, call: Call, status: int, body: bytes) -> None:
        """Note what the client was told, or would have been, had a fault not come between."""
        call.http_status = status
        answer = _parse_json(body)
        call.code = code_of(answer)
        if isinstance(answer, dict):
            call.log_id = answer.get("log_id") or (answer.get("error") or {}).get("log_id")
            call.open_id = call.open_id or answer.get("open_id")
        self.codes[f"{call.endpoint}.{call.code or status}"] += 1

    def violate(self, kind: str) -> None:
        """Count a breach of TikTok's rules by the client; a well-behaved client has none."""
        self.violations[kind] += 1
        if (call := _current.get()) is not None:
            call.violations.append(kind)

    def note_ignored(self, names: list[str]) -> None:
        """Note the fields of the present call that have no effect: to send them is no breach."""
        self.ignored.update(names)
        if (call := _current.get()) is not None:
            call.notes += [f"TikTok ignores this: {name}" for name in names]

    def count_init(self, open_id: str, caption: str) -> None:
        self.inits_by_account[open_id] += 1
        self.inits_by_caption[open_id, caption] += 1


def code_of(answer: Any) -> str | None:
    if not isinstance(answer, dict):
        return None
    error = answer.get("error")
    if isinstance(error, dict):
        return str(error.get("code"))
    return "ok" if error is None else str(error)


def redact(content_type: str, body: bytes) -> Any:
    """Make a request's body fit for a log."""
    if not body:
        return None
    if content_type.startswith("application/json") and (value := _parse_json(body)) is not None:
        return _hide(value)
    fields = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    return _hide(fields) if fields else f"{len(body)} bytes"


def _parse_json(body: bytes) -> Any:
    try:
        return decode_json(body)
    except ValueError:
        return None


def _hide(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: "***" if key in _SECRET_FIELDS else _hide(inner) for key, inner in value.items()}
    return value
