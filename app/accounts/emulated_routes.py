"""Consent pages of the emulator inside this installation, handed through to the browser."""

import re
from typing import Any
from urllib.parse import parse_qsl, urlencode

from litestar import Request, Response
from litestar.response import Redirect
from markupsafe import escape

from app.accounts.business.portal import ask_portal
from app.auth.guards import CSRF_FIELD, csrf_token_for
from app.resources import Resources

_NO_STORE = {"Cache-Control": "no-store"}
# The emulator's pages style themselves, and have no script.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'"
_FORM = re.compile(r"(<form\b[^>]*>)")


async def show_emulated(request: Request[Any, Any, Any], app: Resources, path: str) -> Response[Any]:
    """Show the emulator's page at `path`, with our own token in its form. Raises NotFound where there is none."""
    return await _ask(request, app, path, None)


async def decide_emulated(request: Request[Any, Any, Any], app: Resources, path: str) -> Response[Any]:
    """Hand the form of that page to the emulator, which sends the browser back to us."""
    form = parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
    return await _ask(request, app, path, urlencode([pair for pair in form if pair[0] != CSRF_FIELD]).encode())


async def _ask(request: Request[Any, Any, Any], app: Resources, path: str, form: bytes | None) -> Response[Any]:
    told = await ask_portal(app, path, request.scope["query_string"].decode("ascii", "replace"), form)
    if told.leads_to is not None:
        return Redirect(told.leads_to, status_code=302, headers=_NO_STORE)
    field = f'<input type="hidden" name="{CSRF_FIELD}" value="{escape(csrf_token_for(request))}">'
    page = _FORM.sub(lambda found: found[1] + field, told.page)
    headers = {**_NO_STORE, "Content-Security-Policy": _POLICY}
    return Response(page, status_code=told.status, media_type="text/html; charset=utf-8", headers=headers)
