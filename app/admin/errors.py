"""Error pages for people."""

from dataclasses import dataclass
from typing import Any

import structlog
from litestar import Request
from litestar.exceptions import HTTPException
from litestar.response import Template
from litestar.types import ExceptionHandlersMap

from app.admin.chrome import render, translator_for
from app.admin.i18n import N_
from app.admin.sentences import explain
from app.db import is_away
from app.errors import AppError

log = structlog.get_logger(__name__)

_TEXTS = {
    400: (N_("The request is malformed"), N_("Go back, load the page again, and repeat what you did.")),
    403: (
        N_("This page is out of date"),
        N_(
            "Nothing was changed. You may have logged in anew since it was opened: load it again, then repeat what you"
            " did."
        ),
    ),
    404: (N_("There is no such page"), N_("It may have been removed, or the address is mistyped.")),
    405: (N_("There is no such page"), N_("It may have been removed, or the address is mistyped.")),
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


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What an error page says, and where its button leads."""

    status: int
    title: str
    text: str
    back: str = "/admin/posts"


def error_page(request: Request[Any, Any, Any], error: Exception) -> Template:
    """Answer any error of the admin pages with a page that says what to do."""
    status = getattr(error, "status_code", 500)
    if not isinstance(error, (AppError, HTTPException)):
        log.error("page_failed", method=request.method, path=request.url.path, exc_info=error)
        status = 503 if is_away(error) else 500
    title, text = _TEXTS.get(status, _UNEXPECTED)
    if isinstance(error, AppError) and status not in _TEXTS:
        title, text = error.title, explain(translator_for(request), error)
    page = ErrorPage(status, title, text)
    return render(request, "admin/error.html", page, path="/admin/posts", status_code=status)


exception_handlers: ExceptionHandlersMap = {AppError: error_page, HTTPException: error_page, Exception: error_page}
