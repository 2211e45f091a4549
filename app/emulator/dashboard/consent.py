"""The consent page, for browsers and for plain HTTP.

GET  /v2/auth/authorize/?client_key=&response_type=code&scope=a,b&redirect_uri=&state=[&code_challenge=
     &code_challenge_method=S256][&disable_auto_auth=0|1]   shows the page, or TikTok's own error page (400)
POST to the same address, query included, urlencoded:
     decision   allow | deny                                                     required
     open_id    the account, by open_id or username                              default: the first one offered
     scopes     those granted; repeated, or as a comma list                      default: all that were asked for
     answers 302 to redirect_uri with `code`, `scopes`, `state`, or with `error`, `error_description`, `state`.
`user.info.basic` cannot be unticked once it was asked for. After a first allow, `disable_auto_auth=0` skips the page
for the same browser, where every scope that is asked for was granted before.

A `client_key` that is the Business API's app id leads to that app's page instead: see `account_consent`.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import RawBody
from litestar.response import Redirect

from app.emulator.business_api.book import Book
from app.emulator.dashboard import account_consent
from app.emulator.dashboard.pages import PageError, render
from app.emulator.dashboard.scope_labels import SCOPE_LABELS
from app.emulator.open_api.pkce import is_challenge
from app.emulator.world.ids import new_code
from app.emulator.world.outbound import is_loopback
from app.emulator.world.records import Account, AuthorizationCode
from app.emulator.world.settings import EmulatorSettings
from app.emulator.world.world import World

_COOKIE = "tiktok_emulator_user"
_ALWAYS_GRANTED = "user.info.basic"
_DESKTOP_HOSTS = {"localhost", "127.0.0.1"}


@dataclass(frozen=True)
class AuthorizeRequest:
    scopes: tuple[str, ...]
    redirect_uri: str
    state: str
    challenge: str | None
    desktop: bool
    auto: bool


@get("/v2/auth/authorize/")
async def show_consent(
    request: Request[Any, Any, Any], world: NamedDependency[World], book: NamedDependency[Book]
) -> Response[str] | Redirect:
    query = dict(request.query_params)
    if account_consent.is_meant(book, query):
        return account_consent.show(book, query, f"?{request.scope['query_string'].decode('ascii', 'replace')}")
    asked = read_request(world.settings, dict(request.query_params))
    accounts = _offered(world)
    remembered = world.find_account(request.cookies.get(_COOKIE, ""))
    if asked.auto and remembered in accounts and _granted_before(world, remembered, asked.scopes):
        return _return(asked, _issue_code(world, asked, remembered, asked.scopes))
    return render(
        "authorize.html",
        accounts=accounts,
        scopes=[(scope, SCOPE_LABELS.get(scope, scope), scope == _ALWAYS_GRANTED) for scope in asked.scopes],
        action=f"?{request.scope['query_string'].decode('ascii', 'replace')}",
        app=world.settings.client_key,
        host=urlsplit(asked.redirect_uri).netloc,
    )


@post("/v2/auth/authorize/", status_code=302)
async def decide(
    request: Request[Any, Any, Any], body: RawBody, world: NamedDependency[World], book: NamedDependency[Book]
) -> Response[str] | Redirect:
    query = dict(request.query_params)
    if account_consent.is_meant(book, query):
        return account_consent.decide(book, query, body)
    asked = read_request(world.settings, query)
    form = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    decision = form.get("decision", [""])[0]
    if decision not in {"allow", "deny"}:
        raise PageError("decision", "The form says neither allow nor deny.")
    if decision == "deny":
        denied = {"error": "access_denied", "error_description": "The user denied the request.", "state": asked.state}
        return _return(asked, denied)
    account = _choose_account(world, form.get("open_id", [""])[0])
    granted = _granted(asked.scopes, form.get("scopes"))
    answer = _return(asked, _issue_code(world, asked, account, granted))
    answer.set_cookie(Cookie(key=_COOKIE, value=account.open_id, path="/", httponly=True, samesite="lax"))
    return answer


def answer_page_error(_: Request[Any, Any, Any], error: PageError) -> Response[str]:
    return render("error.html", status=400, error=error)


def read_request(settings: EmulatorSettings, query: dict[str, str]) -> AuthorizeRequest:
    """Read what the app asks for. Raises PageError."""
    if query.get("client_key") != settings.client_key:
        raise PageError("client_key", "The client key is unknown. Is it the other environment's?")
    if query.get("response_type") != "code":
        raise PageError("response_type", "It is always `code`.")
    redirect_uri = query.get("redirect_uri", "")
    desktop = _check_redirect(settings, redirect_uri)
    scopes = tuple(query.get("scope", "").split(","))
    if not all(scope in settings.app_scopes for scope in scopes) or len(set(scopes)) != len(scopes):
        raise PageError("scope", "A comma list of scopes that were added to the app is wanted.")
    if not query.get("state"):
        raise PageError("state", "It is required.")
    return AuthorizeRequest(
        scopes=scopes,
        redirect_uri=redirect_uri,
        state=query["state"],
        challenge=_read_challenge(settings, query, desktop=desktop),
        desktop=desktop,
        auto=query.get("disable_auto_auth") == "0",
    )


def _read_challenge(settings: EmulatorSettings, query: dict[str, str], *, desktop: bool) -> str | None:
    challenge = query.get("code_challenge") or None
    if challenge is None:
        if desktop:
            raise PageError("code_challenge", "Desktop apps need one.", 10007)
        return None
    if not desktop and settings.web_pkce == "ignore":
        return None
    if query.get("code_challenge_method") != "S256":
        raise PageError("code_challenge_method", "Only S256 is supported.")
    if not is_challenge(challenge):
        raise PageError("code_challenge", "It is no SHA-256: 64 hexadecimal digits, or 43 characters of base64url.")
    return challenge


def _check_redirect(settings: EmulatorSettings, redirect_uri: str) -> bool:
    """Check the address to come back to; tell whether it makes this a desktop app."""
    try:
        parts = urlsplit(redirect_uri)
        host = parts.hostname or ""
        desktop = settings.app_type == "desktop" or (settings.app_type == "auto" and host in _DESKTOP_HOSTS)
        wrong = (
            not host
            or bool(parts.query or parts.fragment)
            or len(redirect_uri) >= 512
            or not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))
            or (desktop and (host not in _DESKTOP_HOSTS or parts.port is None))
        )
    except ValueError as error:
        raise PageError("redirect_uri", "It is not an address.") from error
    if wrong:
        raise PageError("redirect_uri", "It breaks the rules for redirect addresses.")
    wildcard = parts._replace(netloc=f"{host}:*").geturl() if desktop else redirect_uri
    if settings.redirect_uris and not {redirect_uri, wildcard} & set(settings.redirect_uris):
        raise PageError("redirect_uri", "It is not among the registered ones, character for character.")
    return desktop


def _offered(world: World) -> list[Account]:
    accounts = [account for account in world.accounts.values() if account.target_user or not world.settings.sandbox]
    if not accounts:
        raise PageError("client_key", "No account is a target user of this sandbox.")
    return accounts


def _choose_account(world: World, name: str) -> Account:
    offered = _offered(world)
    chosen = world.find_account(name) if name else offered[0]
    if chosen not in offered:
        raise PageError("client_key", "The account is unknown, or no target user of this sandbox.")
    return chosen


def _granted(asked: tuple[str, ...], ticked: list[str] | None) -> tuple[str, ...]:
    if ticked is None:
        return asked
    chosen = {scope for entry in ticked for scope in entry.split(",")} | {_ALWAYS_GRANTED}
    return tuple(scope for scope in asked if scope in chosen)


def _granted_before(world: World, account: Account, scopes: tuple[str, ...]) -> bool:
    return any(not pair.revoked and set(scopes) <= set(pair.scopes) for pair in world.tokens_of(account.open_id))


def _issue_code(world: World, asked: AuthorizeRequest, account: Account, granted: tuple[str, ...]) -> dict[str, str]:
    code = AuthorizationCode(
        code=new_code(),
        open_id=account.open_id,
        scopes=granted,
        redirect_uri=asked.redirect_uri,
        challenge=asked.challenge,
        desktop=asked.desktop,
        expires_at=world.clock.now() + world.settings.code_ttl,
    )
    world.codes[code.code] = code
    return {"code": code.code, "scopes": ",".join(granted), "state": asked.state}


def _return(asked: AuthorizeRequest, answer: dict[str, str]) -> Redirect:
    return Redirect(f"{asked.redirect_uri}?{urlencode(answer)}", status_code=302)
