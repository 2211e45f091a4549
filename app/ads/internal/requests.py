"""A request of the gateway's: who may ask, and what it asks, before any operation is looked at."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from pydantic_core import PydanticCustomError

from app.ads.internal.answers import PROVIDER, Code, Failure, Refused
from app.ads.internal.operations import Operation
from app.ads.internal.payloads import InvalidPayload, Payload, plain_name, squash
from app.ads.internal.registry import REGISTRY
from app.ads.values import read_id, read_text
from app.kit import exact_json
from app.kit.ids import new_id

MAX_BODY_BYTES = 1024 * 1024
_LONGEST_CORRELATION, _LONGEST_KEY, _LONGEST_CONFIRMATION = 128, 255, 100
_ENVELOPE = {"provider", "operation", "payload", "context"}
_CONTEXT = {
    "correlationid": "correlationId",
    "idempotencykey": "idempotencyKey",
    "businesscenterid": "businessCenterId",
    "confirm": "confirm",
}


@dataclass(frozen=True, slots=True)
class Context:
    """What stands around a payload."""

    correlation_id: str
    idempotency_key: str | None = None
    center_id: str | None = None
    confirmed: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """A request that can be carried out."""

    operation: Operation[Any]
    payload: Payload
    context: Context


def find_key(keys: Sequence[str], given: str) -> int | None:
    """Tell which of the keys was given, in the same time whatever was given; None where it is none of them."""
    digest = sha256(given.encode("utf-8", "replace")).digest()
    found = None
    for number, key in enumerate(keys, start=1):
        if hmac.compare_digest(sha256(key.encode()).digest(), digest):
            found = number
    return found


class Reading:
    """Reads one request. What was understood before a fault stands in `operation` and `context`, for the answer."""

    def __init__(self) -> None:
        self.operation: str | None = None
        self.context = Context(new_id())

    def read(self, body: bytes) -> Request:
        """Raises Refused."""
        envelope = self._envelope(body)
        self.context = self._context(envelope.get("context"))
        provider, name = envelope.get("provider"), envelope.get("operation")
        if not isinstance(provider, str) or provider.strip().lower() != PROVIDER:
            raise _malformed({"provider": f'must be "{PROVIDER}"'})
        if not isinstance(name, str) or not name.strip():
            raise _malformed({"operation": "must be the name of an operation"})
        self.operation = plain_name(name)
        operation = REGISTRY.find(name)
        self.operation = operation.name
        given = envelope.get("payload")
        try:
            payload = operation.payload.read({} if given is None else given)
        except InvalidPayload as error:
            raise Refused(
                Failure(
                    Code.INVALID_PAYLOAD,
                    f"{len(error.faults)} properties of the payload are wrong: {', '.join(error.faults)}.",
                    "Correct them all and send it again: nothing was called.",
                    fields=error.faults,
                ),
                status=400,
            ) from None
        return Request(operation, payload, self.context)

    def _envelope(self, body: bytes) -> dict[str, Any]:
        try:
            parsed = exact_json.parse(body, is_strict=True)
        except ValueError as error:
            raise _malformed({"body": f"must be JSON: {_short(error)}"}) from None
        if not isinstance(parsed, dict):
            raise _malformed({"body": "must be an object"})
        return _by_name(parsed, {name: name for name in _ENVELOPE}, "")

    def _context(self, given: Any) -> Context:
        if given is None:
            return self.context
        if not isinstance(given, Mapping):
            raise _malformed({"context": "must be an object"})
        values = _by_name(given, _CONTEXT, "context.")
        faults: dict[str, str] = {}
        correlation = _take(values, "correlationId", faults, _read_correlation)
        key = _take(values, "idempotencyKey", faults, _read_key)
        center = _take(values, "businessCenterId", faults, read_id)
        confirmed = _take(values, "confirm", faults, _read_confirmed)
        self.context = Context(correlation or self.context.correlation_id, key, center, confirmed or ())
        if faults:
            raise _malformed(faults)
        return self.context


def _by_name(given: Mapping[str, Any], known: Mapping[str, str], prefix: str) -> dict[str, Any]:
    values, faults = {}, {}
    for name, value in given.items():
        meant = known.get(squash(name))
        if meant is None:
            faults[prefix + plain_name(name)] = "is not a property of a request"
        elif meant in values:
            faults[prefix + meant] = "is given twice, under two spellings"
        else:
            values[meant] = value
    if faults:
        raise _malformed(faults)
    return values


def _take(values: Mapping[str, Any], name: str, faults: dict[str, str], read: Any) -> Any:
    if values.get(name) is None:
        return None
    try:
        return read(values[name])
    except PydanticCustomError as error:
        faults[f"context.{name}"] = error.message()
        return None


def _read_correlation(value: Any) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**40 else value
    return read_text(text, longest=_LONGEST_CORRELATION)


def _read_key(value: Any) -> str:
    return read_text(value, longest=_LONGEST_KEY)


def _read_confirmed(value: Any) -> Sequence[str]:
    given = value if isinstance(value, list) else [value]
    words = [word for one in given[:10] for word in read_text(one, longest=_LONGEST_CONFIRMATION).split(",")]
    return [word.strip() for word in words if word.strip()]


def _malformed(faults: Mapping[str, str]) -> Refused:
    told = "; ".join(f"{name} {why}" for name, why in faults.items())
    help_ = 'Send {"provider": "tiktok", "operation": "…", "payload": {}, "context": {}} as JSON: nothing was called.'
    return Refused(Failure(Code.INVALID_REQUEST, f"{told}.", help_, fields=faults), status=400)


def _short(error: ValueError) -> str:
    return str(error).encode("ascii", "replace").decode()[:120]
