"""The consent page of TikTok accounts for the app of the Business API, at the same address as that of the Open API.

GET  /v2/auth/authorize/?client_key=<app_id>&response_type=code&scope=a,b&redirect_uri=&state=   shows the page
POST to the same address, query included, urlencoded:
     decision   allow | deny                                        required
     open_id    the account, by open_id or username                 default: the first one
     scopes     those granted; repeated, or as a comma list         default: all that were asked for
     answers 302 to redirect_uri with `code`, `scopes`, `state`, or with `error`, `error_description`, `state`.
A redirect address has to end in a slash, as others found out at TikTok [business-api.md 17].
"""

from typing import NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

from litestar import Response
from litestar.response import Redirect

from app.emulator.business_api.book import Book
from app.emulator.business_api.people import ACCOUNT_SCOPES, grant_account_code
from app.emulator.dashboard.pages import PageError, render
from app.emulator.dashboard.scope_labels import SCOPE_LABELS
from app.emulator.world.outbound import is_loopback

_ALWAYS_GRANTED = "user.info.basic"
_MESSAGES = ("message.list.read", "message.list.send", "message.list.manage")


class Asked(NamedTuple):
    scopes: tuple[str, ...]
    redirect_uri: str
    state: str


def is_meant(book: Book, query: dict[str, str]) -> bool:
    """Tell whether a consent is for this app, and not for that of the Open API."""
    return query.get("client_key") == book.settings.app_id


def show(book: Book, query: dict[str, str], action: str) -> Response[str]:
    asked = _read(query)
    with book.turn():
        accounts = book.store.find("account")
    host = urlsplit(asked.redirect_uri).netloc
    scopes = [(scope, SCOPE_LABELS.get(scope, scope), scope == _ALWAYS_GRANTED) for scope in asked.scopes]
    return render("account_authorize.html", accounts=accounts, scopes=scopes, action=action, host=host)


def decide(book: Book, query: dict[str, str], body: bytes) -> Redirect:
    asked = _read(query)
    form = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    match form.get("decision", [""])[0]:
        case "allow":
            with book.turn():
                answer = _grant(book, asked, form)
        case "deny":
            answer = {"error": "access_denied", "error_description": "The user denied the request."}
        case _:
            raise PageError("decision", "The form says neither allow nor deny.")
    return Redirect(f"{asked.redirect_uri}?{urlencode({**answer, 'state': asked.state})}", status_code=302)


def _grant(book: Book, asked: Asked, form: dict[str, list[str]]) -> dict[str, str]:
    name = form.get("open_id", [""])[0]
    found = [one for one in book.store.find("account") if not name or name in {one["open_id"], one["username"]}]
    if not found:
        raise PageError("open_id", "The account is unknown.")
    ticked = {scope for entry in form.get("scopes", list(asked.scopes)) for scope in entry.split(",")}
    granted = [scope for scope in asked.scopes if scope in ticked | {_ALWAYS_GRANTED}]
    code = grant_account_code(book, found[0]["open_id"], granted, asked.redirect_uri)
    return {"code": code, "scopes": ",".join(granted)}


def _read(query: dict[str, str]) -> Asked:
    """Read what the app asks for. Raises PageError."""
    if query.get("response_type") != "code":
        raise PageError("response_type", "It is always `code`.")
    redirect_uri = query.get("redirect_uri", "")
    try:
        parts = urlsplit(redirect_uri)
        host = parts.hostname or ""
        is_good = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    except ValueError as error:
        raise PageError("redirect_uri", "It is not an address.") from error
    if not host or not is_good or parts.query or parts.fragment or len(redirect_uri) >= 512:
        raise PageError("redirect_uri", "It breaks the rules for redirect addresses.")
    if not redirect_uri.endswith("/"):
        raise PageError("redirect_uri", "Those of account holders end in a slash.")
    scopes = tuple(query.get("scope", "").split(","))
    if len(set(scopes)) != len(scopes) or not {*ACCOUNT_SCOPES, *_MESSAGES}.issuperset(scopes):
        raise PageError("scope", "A comma list of scopes that were added to the app is wanted.")
    if not query.get("state"):
        raise PageError("state", "It is required.")
    return Asked(scopes, redirect_uri, query["state"])
