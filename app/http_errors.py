"""How an error leaves over HTTP: application/problem+json (RFC 9457)."""

from http import HTTPStatus
from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.types import ExceptionHandlersMap
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.errors import AppError, TooManyRequests

log = structlog.get_logger(__name__)

_PROBLEM = "application/problem+json"


def problem(
    status: int, code: str, title: str, detail: str, *, headers: dict[str, str] | None = None, **members: Any
) -> Response[dict[str, Any]]:
    """One problem document. `type` stays about:blank: `code` is what programs read."""
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code, **members}
    return Response(content, status_code=status, media_type=_PROBLEM, headers=headers)


def app_error(_request: Request[Any, Any, Any], error: AppError) -> Response[dict[str, Any]]:
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, TooManyRequests) else None
    return problem(error.status_code, error.code, error.title, error.message, headers=headers)


def http_error(_request: Request[Any, Any, Any], error: HTTPException) -> Response[dict[str, Any]]:
    status = error.status_code
    title = HTTPStatus(status).phrase
    code = title.lower().replace(" ", "_").replace("'", "")
    members = {"errors": _plain(error.extra)} if isinstance(error, ValidationException) and error.extra else {}
    return problem(status, code, title, str(error.detail), headers=dict(error.headers or {}), **members)


def validation_error(_request: Request[Any, Any, Any], error: ValidationError) -> Response[dict[str, Any]]:
    errors = [{"field": ".".join(str(part) for part in item["loc"]), "message": item["msg"]} for item in error.errors()]
    detail = "; ".join(f"{item['field']}: {item['message']}" for item in errors)
    return problem(422, "invalid", "The values are not acceptable", detail, errors=errors)


def database_error(_request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, Any]]:
    log.error("database_unavailable", error=str(error).splitlines()[0])
    return problem(
        503,
        "database_unavailable",
        "The database does not answer",
        "Nothing was changed. Try again in a few seconds.",
        headers={"Retry-After": "5"},
    )


def dbapi_error(request: Request[Any, Any, Any], error: DBAPIError) -> Response[dict[str, Any]]:
    return database_error(request, error) if error.connection_invalidated else unexpected_error(request, error)


def unexpected_error(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, Any]]:
    log.error("unexpected_error", method=request.method, path=request.url.path, exc_info=error)
    return problem(
        500, "internal_error", "Something went wrong", "It was logged. Try again, or tell your administrator."
    )


def _plain(extra: Any) -> Any:
    if not isinstance(extra, list):
        return None
    return [
        {"field": item.get("key", ""), "message": str(item.get("message", ""))}
        for item in extra
        if isinstance(item, dict)
    ]


exception_handlers: ExceptionHandlersMap = {
    AppError: app_error,
    HTTPException: http_error,
    ValidationError: validation_error,
    OperationalError: database_error,
    PoolTimeout: database_error,
    ConnectionRefusedError: database_error,
    DBAPIError: dbapi_error,
    Exception: unexpected_error,
}

__all__ = ["exception_handlers", "problem"]
