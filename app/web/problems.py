"""How an error leaves over HTTP: application/problem+json (RFC 9457)."""

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi.spec import OpenAPI
from litestar.types import ExceptionHandlersMap
from pydantic import ValidationError

from app.db import is_away
from app.errors import AppError
from app.messages import refusals
from app.messages.message import Message, recognise
from app.web.language import language_of

AnyRequest = Request[Any, Any, Any]

log = structlog.get_logger(__name__)

_PROBLEM = "application/problem+json"
_TEXT = {"type": "string"}
_PROBLEM_SCHEMA = {
    "title": "Problem",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong and what to do, for a person."},
        "code": {"type": "string", "description": "What is wrong, for a program."},
        "detail_code": {"type": "string", "description": "The slug of the sentence in `detail`, where it has one."},
        "params": {"type": "object", "description": "What the sentence in `detail` speaks of."},
        "errors": {
            "type": "array",
            "items": {"type": "object", "properties": {"field": _TEXT, "message": _TEXT}},
        },
    },
}


def problem(
    language: str,
    status: int,
    code: str,
    title: Message,
    detail: Message,
    *,
    headers: dict[str, str] | None = None,
    **members: Any,
) -> Response[dict[str, Any]]:
    """One problem document, in the reader's language. `type` stays about:blank: `code` is what programs read."""
    said = {"title": title.said(language), "detail": detail.said(language)}
    content = {"type": "about:blank", "status": status, "code": code, **said, **_slug_of(detail), **members}
    headers = {"Content-Language": language, "Vary": "Accept-Language", **(headers or {})}
    return Response(content, status_code=status, media_type=_PROBLEM, headers=headers)


def _slug_of(detail: Message) -> dict[str, Any]:
    return {"detail_code": detail.code, "params": dict(detail.params)} if detail.code else {}


def app_error(request: AnyRequest, error: AppError) -> Response[dict[str, Any]]:
    retry_after = getattr(error, "retry_after", None)
    headers = {"Retry-After": str(math.ceil(retry_after))} if retry_after else {}
    if error.status_code == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    title, detail = error.title, error.message
    members = _said(getattr(error, "members", {}), language_of(request))
    return problem(language_of(request), error.status_code, error.code, title, detail, headers=headers, **members)


def http_error(request: AnyRequest, error: HTTPException) -> Response[dict[str, Any]]:
    status, language = error.status_code, language_of(request)
    phrase = HTTPStatus(status).phrase
    code = phrase.lower().replace(" ", "_").replace("'", "")
    title, headers = recognise(phrase), dict(error.headers or {})
    if isinstance(error, ValidationException) and (errors := _plain(error.extra, language)):
        # Litestar's own words name the address with its query, and not what is wrong.
        return problem(language, status, code, title, recognise(_summary(errors)), headers=headers, errors=errors)
    return problem(language, status, code, title, recognise(error.detail), headers=headers)


def validation_error(request: AnyRequest, error: ValidationError) -> Response[dict[str, Any]]:
    language = language_of(request)
    errors = [
        {"field": ".".join(str(part) for part in item["loc"]), "message": _fault(item).said(language)}
        for item in error.errors()
    ]
    return problem(language, 422, "invalid", refusals.INVALID, recognise(_summary(errors)), errors=errors)


def database_error(request: AnyRequest, error: Exception) -> Response[dict[str, Any]]:
    log.error("database_unavailable", kind=type(error).__name__, error=str(error)[:200].partition("\n")[0])
    return problem(
        language_of(request),
        503,
        "database_unavailable",
        refusals.DATABASE_SILENT,
        refusals.NOTHING_CHANGED,
        headers={"Retry-After": "5"},
    )


def unexpected_error(request: AnyRequest, error: Exception) -> Response[dict[str, Any]]:
    if is_away(error):
        return database_error(request, error)
    log.error("unexpected_error", method=request.method, path=request.url.path, exc_info=error)
    return problem(language_of(request), 500, "internal_error", refusals.WENT_WRONG, refusals.WAS_LOGGED)


class ApiDocument(OpenAPI):
    """An OpenAPI document that describes errors as they leave here; Litestar would describe its own."""

    def to_schema(self) -> dict[str, Any]:
        schema = super().to_schema()
        schema["components"].setdefault("schemas", {})["Problem"] = _PROBLEM_SCHEMA
        content = {_PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        for path in schema["paths"].values():
            for operation in path.values():
                operation["responses"].pop("400", None)
                operation["responses"]["default"] = {"description": "Any error", "content": content}
        return schema


def _fault(item: Mapping[str, Any]) -> Message:
    """A validator of ours says what is wrong as a sentence; pydantic has words of its own."""
    return recognise((item.get("ctx") or {}).get("told") or item["msg"])


def _said(value: Any, language: str) -> Any:
    """Say what an error brings along, sentence by sentence, in the reader's language."""
    if isinstance(value, Message):
        return value.said(language)
    if isinstance(value, dict):
        return {name: _said(one, language) for name, one in value.items()}
    return [_said(one, language) for one in value] if isinstance(value, list) else value


def _plain(extra: Any, language: str) -> list[dict[str, str]]:
    items = [item for item in extra if isinstance(item, dict)] if isinstance(extra, list) else []
    return [{"field": str(item.get("key", "")), "message": _message(item).said(language)} for item in items]


def _message(item: dict[str, Any]) -> Message:
    if item.get("key") == "cursor":
        return refusals.BAD_CURSOR
    # A body that is not there reaches us as the name of the handler's parameter.
    is_missing = item.get("message") == "'data'"
    return refusals.BODY_MISSING if is_missing else recognise(str(item.get("message", "")))


def _summary(errors: list[dict[str, str]]) -> str:
    return "; ".join(f"{item['field']}: {item['message']}" if item["field"] else item["message"] for item in errors)


exception_handlers: ExceptionHandlersMap = {
    AppError: app_error,
    HTTPException: http_error,
    ValidationError: validation_error,
    Exception: unexpected_error,
}

__all__ = ["ApiDocument", "exception_handlers", "problem"]
