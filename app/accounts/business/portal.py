"""Consent pages of the emulator inside this installation, fetched for a browser that cannot reach into a process."""

from dataclasses import dataclass

import httpx

from app.errors import NotFound
from app.messages import refusals
from app.resources import Resources

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class PortalAnswer:
    """What the emulator said: a page, or where it sends the browser."""

    status: int
    page: str
    leads_to: str | None


async def ask_portal(app: Resources, path: str, query: str, form: bytes | None) -> PortalAnswer:
    """Ask for the page at `path`, or hand it its form. Raises NotFound where there is no emulator."""
    if not app.business.is_emulated:
        raise NotFound(refusals.NOTHING_THERE)
    url = f"{app.business.base_url}{path}?{query}"
    method, headers = ("GET", {}) if form is None else ("POST", _FORM)
    try:
        told = await app.business.http.request(method, url, content=form, headers=headers, follow_redirects=False)
    except httpx.RequestError:
        raise NotFound(refusals.NOTHING_THERE) from None
    return PortalAnswer(told.status_code, told.text, told.headers.get("location") if told.is_redirect else None)
