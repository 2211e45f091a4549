"""Error pages for people."""

import math
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import structlog
from litestar import Request
from litestar.exceptions import HTTPException
from litestar.response import Template
from litestar.types import ExceptionHandlersMap
from pydantic import ValidationError

from app.admin.shell.frame import render, translator_for
from app.admin.wording.errors import explain
from app.db import is_away
from app.errors import AppError
from app.messages.translator import N_

log = structlog.get_logger(__name__)

_TEXTS = {
    400: (N_("The request is malformed"), N_("Go back, load the page again, and repeat what you did.")),
    401: (N_("Log in first"), N_("Then open this address again.")),
    403: (
        N_("This page is out of date"),
        N_(
            "Nothing was changed. You may have logged in anew since it was opened: load it again, then repeat what you"
            " did."
        ),
    ),
    404: (N_("There is no such page"), N_("It may have been removed, or the address is mistyped.")),
    405: (N_("There is no such page"), N_("It may have been removed, or the address is mistyped.")),
    406: (N_("There is no such page"), N_("It may have been removed, or the address is mistyped.")),
    409: (
        N_("That is no longer possible"),
        N_("Somebody or something was faster. Load the page again to see how it stands."),
    ),
    413: (N_("That is too large"), N_("Choose a smaller file or a shorter text.")),
    429: (N_("Too many tries"), N_("Wait a minute, then try again.")),
    503: (N_("The database does not answer"), N_("Nothing was changed. Try again in a few seconds.")),
}
_UNEXPECTED = (
    N_("Something went wrong"),
    N_("It was logged. Try again; if it happens again, tell whoever runs this service."),
)
_NOT_NOW = N_("That is not possible now")
_TITLES = {"role_forbids": N_("This is for admins"), "link_over": N_("This link is over")}
"""Of errors that say more by their code than by their number."""
_OVERTAKEN = frozenset({"conflict", "state_forbids"})


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What an error page says, and where its button leads."""

    status: int
    title: str
    text: str
    back: str = "/admin/posts"


def error_page(request: Request[Any, Any, Any], error: Exception) -> Template:
    """Answer any error with a page that says what to do and leads back."""
    status = _status_of(error)
    if not isinstance(error, (AppError, HTTPException, ValidationError)):
        log.error("page_failed", method=request.method, path=request.url.path, exc_info=error)
    page = ErrorPage(status, *_words(request, error, status))
    # Where a page can be had by GET in another language: not where the request went, which failed.
    answer = render(request, "admin/shell/error.html", page, path=page.back, status_code=status)
    answer.headers.update(_headers_of(error))
    return answer


def _words(request: Request[Any, Any, Any], error: Exception, status: int) -> tuple[str, str]:
    """Title and text. What the program says of a case in particular beats what its number says."""
    if isinstance(error, AppError) and error.code in _TITLES:
        return _TITLES[error.code], explain(translator_for(request), error)
    if isinstance(error, AppError) and status == HTTPStatus.CONFLICT and error.code not in _OVERTAKEN:
        return _NOT_NOW, explain(translator_for(request), error)
    if isinstance(error, AppError) and status not in _TEXTS:
        return error.title, explain(translator_for(request), error)
    return _TEXTS.get(status, _TEXTS[400] if status < HTTPStatus.INTERNAL_SERVER_ERROR else _UNEXPECTED)


def _status_of(error: Exception) -> int:
    if isinstance(error, ValidationError):
        return 422
    if isinstance(error, (AppError, HTTPException)):
        return error.status_code
    return 503 if is_away(error) else 500


def _headers_of(error: Exception) -> dict[str, str]:
    """What programs beside the person, caches and robots, are told."""
    if isinstance(error, HTTPException):
        return dict(error.headers or {})
    retry_after = getattr(error, "retry_after", None)
    return {"Retry-After": str(math.ceil(retry_after))} if retry_after else {}


exception_handlers: ExceptionHandlersMap = {AppError: error_page, HTTPException: error_page, Exception: error_page}
