"""The consent page of advertisers, for browsers and for plain HTTP.

GET  /portal/auth?app_id=&state=&redirect_uri=   shows the page, or TikTok's own error page (400)
POST to the same address, query included, urlencoded:
     decision         allow | deny                                             required
     user_id          who consents                                             default: the first user
     advertiser_ids   those granted; repeated, or as a comma list              default: all of the user's
     scopes           numbers; repeated, or as a comma list                    default: all that the app has
     answers 302 to redirect_uri with `auth_code`, `code` and `state`, or with `error=access_denied` and `state`.
"""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import RawBody
from litestar.response import Redirect

from app.emulator.business_api.book import Book
from app.emulator.business_api.first import ADMIN
from app.emulator.business_api.oauth import covered, grant_code
from app.emulator.business_api.settings import ALL_SCOPES
from app.emulator.dashboard.pages import PageError, render
from app.emulator.world.outbound import is_loopback


@get("/portal/auth")
async def show_consent(request: Request[Any, Any, Any], book: NamedDependency[Book]) -> Response[str]:
    with book.turn():
        redirect_uri, _ = _read(book, dict(request.query_params))
        users = book.store.find("user")
        offered = [{**user, "accounts": covered(book, {"user_id": user["user_id"]})} for user in users]
    return render(
        "business_authorize.html",
        users=offered,
        action=f"?{request.scope['query_string'].decode('ascii', 'replace')}",
        host=urlsplit(redirect_uri).netloc,
    )


@post("/portal/auth", status_code=302)
async def decide(request: Request[Any, Any, Any], body: RawBody, book: NamedDependency[Book]) -> Redirect:
    form = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    with book.turn():
        redirect_uri, state = _read(book, dict(request.query_params))
        match form.get("decision", [""])[0]:
            case "allow":
                code = _grant(book, form)
                answer = {"auth_code": code, "code": code, "state": state}
            case "deny":
                answer = {"error": "access_denied", "state": state}
            case _:
                raise PageError("decision", "The form says neither allow nor deny.")
    joint = "&" if urlsplit(redirect_uri).query else "?"
    return Redirect(f"{redirect_uri}{joint}{urlencode(answer)}", status_code=302)


def _grant(book: Book, form: dict[str, list[str]]) -> str:
    user_id = form.get("user_id", [""])[0] or ADMIN
    if book.store.get("user", user_id) is None:
        raise PageError("user_id", "The user is unknown.")
    advertiser_ids = _listed(form.get("advertiser_ids"))
    theirs = {one["advertiser_id"] for one in covered(book, {"user_id": user_id})}
    if not theirs.issuperset(advertiser_ids or []):
        raise PageError("advertiser_ids", "The user has no such ad account.")
    scopes = _listed(form.get("scopes"))
    if scopes is not None and not {*map(str, ALL_SCOPES)}.issuperset(scopes):
        raise PageError("scopes", "The app has no such scope.")
    return grant_code(book, user_id, advertiser_ids, [int(one) for one in scopes or map(str, ALL_SCOPES)])


def _listed(given: list[str] | None) -> list[str] | None:
    if given is None:
        return None
    return [part for entry in given for part in entry.split(",") if part]


def _read(book: Book, query: dict[str, str]) -> tuple[str, str]:
    """Read where to come back to, and with what. Raises PageError."""
    if query.get("app_id") != book.settings.app_id:
        raise PageError("app_id", "The app is unknown. Is it another environment's?")
    redirect_uri = query.get("redirect_uri", "")
    try:
        parts = urlsplit(redirect_uri)
        host = parts.hostname or ""
        good = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    except ValueError as error:
        raise PageError("redirect_uri", "It is not an address.") from error
    if not good or not host or parts.fragment or len(redirect_uri) > 2_000 or not redirect_uri.isprintable():
        raise PageError("redirect_uri", "It breaks the rules for redirect addresses.")
    return redirect_uri, query.get("state", "")
