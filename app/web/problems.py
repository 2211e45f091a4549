"""How an error leaves over HTTP: application/problem+json (RFC 9457)."""

import math
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
        "errors": {
            "type": "array",
            "items": {"type": "object", "properties": {"field": _TEXT, "message": _TEXT}},
        },
    },
}


def problem(
    status: int, code: str, title: str, detail: str, *, headers: dict[str, str] | None = None, **members: Any
) -> Response[dict[str, Any]]:
    """One problem document. `type` stays about:blank: `code` is what programs read."""
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code, **members}
    return Response(content, status_code=status, media_type=_PROBLEM, headers=headers)


def app_error(_request: Request[Any, Any, Any], error: AppError) -> Response[dict[str, Any]]:
    retry_after = getattr(error, "retry_after", None)
    headers = {"Retry-After": str(math.ceil(retry_after))} if retry_after else {}
    if error.status_code == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return problem(error.status_code, error.code, error.title, error.message, headers=headers)


def http_error(_request: Request[Any, Any, Any], error: HTTPException) -> Response[dict[str, Any]]:
    status = error.status_code
    title = HTTPStatus(status).phrase
    code = title.lower().replace(" ", "_").replace("'", "")
    headers = dict(error.headers or {})
    if isinstance(error, ValidationException) and (errors := _plain(error.extra)):
        # Litestar's own words name the address with its query, and not what is wrong.
        return problem(status, code, title, _summary(errors), headers=headers, errors=errors)
    return problem(status, code, title, str(error.detail), headers=headers)


def validation_error(_request: Request[Any, Any, Any], error: ValidationError) -> Response[dict[str, Any]]:
    errors = [{"field": ".".join(str(part) for part in item["loc"]), "message": item["msg"]} for item in error.errors()]
    return problem(422, "invalid", "The values are not acceptable", _summary(errors), errors=errors)


def database_error(_request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, Any]]:
    log.error("database_unavailable", kind=type(error).__name__, error=str(error)[:200].partition("\n")[0])
    return problem(
        503,
        "database_unavailable",
        "The database does not answer",
        "Nothing was changed. Try again in a few seconds.",
        headers={"Retry-After": "5"},
    )


def unexpected_error(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, Any]]:
    if is_away(error):
        return database_error(request, error)
    log.error("unexpected_error", method=request.method, path=request.url.path, exc_info=error)
    return problem(
        500, "internal_error", "Something went wrong", "It was logged. Try again, or tell your administrator."
    )


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


def _plain(extra: Any) -> list[dict[str, str]]:
    items = [item for item in extra if isinstance(item, dict)] if isinstance(extra, list) else []
    return [{"field": str(item.get("key", "")), "message": _message(item)} for item in items]


def _message(item: dict[str, Any]) -> str:
    # A body that is not there reaches us as the name of the handler's parameter.
    return "The body is missing" if item.get("message") == "'data'" else str(item.get("message", ""))


def _summary(errors: list[dict[str, str]]) -> str:
    return "; ".join(f"{item['field']}: {item['message']}" if item["field"] else item["message"] for item in errors)


exception_handlers: ExceptionHandlersMap = {
    AppError: app_error,
    HTTPException: http_error,
    ValidationError: validation_error,
    Exception: unexpected_error,
}

__all__ = ["ApiDocument", "exception_handlers", "problem"]
