"""TikTok accounts and their consent: codes for ten minutes, tokens for a day, refresh tokens for a year."""

from typing import Any, Literal

import msgspec

from app.emulator.business_api.book import Book
from app.emulator.business_api.call import Call, write
from app.emulator.business_api.errors import NO_PERMISSION, BusinessError
from app.emulator.business_api.oauth import need_app
from app.emulator.business_api.store import Doc

ACCOUNT_SCOPES = (
    "user.info.basic", "user.info.username", "user.info.stats", "user.info.profile", "user.account.type",
    "user.insights", "video.list", "video.insights", "video.publish", "video.upload", "comment.list",
    "comment.list.manage", "biz.spark.auth",
)  # fmt: skip


class Exchange(msgspec.Struct):
    client_id: str
    client_secret: str
    grant_type: Literal["authorization_code"]
    auth_code: str
    redirect_uri: str


class Refresh(msgspec.Struct):
    client_id: str
    client_secret: str
    grant_type: Literal["refresh_token"]
    refresh_token: str


class Revoke(msgspec.Struct):
    client_id: str
    client_secret: str
    access_token: str


class TokenInfo(msgspec.Struct):
    app_id: str
    access_token: str


def grant_account_code(book: Book, open_id: str, scopes: list[str], redirect_uri: str) -> str:
    """Make the code that the redirect after an account holder's consent carries."""
    code = book.new_secret("account_code")
    until = book.now() + book.settings.account_code_ttl
    doc = {"open_id": open_id, "scopes": scopes, "redirect_uri": redirect_uri, "expires_at": until}
    book.store.put("account_code", code, doc)
    return code


def issue_account_token(book: Book, open_id: str, scopes: list[str], spent: str | None = None) -> Doc:
    """Give a new pair. The refresh token that was spent for it is good no more, unless the settings let it stay."""
    settings = book.settings
    stays = spent is not None and not settings.account_refresh_rotates
    refresh_token = spent if spent is not None and stays else book.new_secret("account_refresh")
    before = book.store.get("account_refresh", refresh_token)
    refresh_until = before["expires_at"] if before else book.now() + settings.account_refresh_ttl
    if spent is not None and not stays:
        book.store.remove("account_refresh", spent)
    token: Doc = {
        "access_token": book.new_secret("account_token"),
        "open_id": open_id,
        "scopes": scopes,
        "expires_at": book.now() + settings.account_access_ttl,
        "refresh_token": refresh_token,
    }
    book.store.put("account_token", token["access_token"], token, owner=open_id)
    refresh = {"open_id": open_id, "scopes": scopes, "expires_at": refresh_until}
    book.store.put("account_refresh", refresh_token, refresh, owner=open_id)
    return {
        "access_token": token["access_token"],
        "token_type": "Bearer",
        "expires_in": int(settings.account_access_ttl),
        "refresh_token": refresh_token,
        "refresh_token_expires_in": int(refresh_until - book.now()),
        "open_id": open_id,
        "scope": ",".join(scopes),
    }


@write("tt_user/oauth2/token/", credential="none")
def exchange_code(call: Call) -> Any:
    asked = call.take(Exchange)
    need_app(call.book, asked.client_id, asked.client_secret)
    code = call.book.store.get("account_code", asked.auth_code)
    if code is None or code["expires_at"] <= call.now or code["redirect_uri"] != asked.redirect_uri:
        raise BusinessError(40110, "Auth code is invalid, used, expired or cancelled.")
    call.book.store.remove("account_code", asked.auth_code)
    return issue_account_token(call.book, code["open_id"], code["scopes"])


@write("tt_user/oauth2/refresh_token/", credential="none")
def refresh_token(call: Call) -> Any:
    asked = call.take(Refresh)
    need_app(call.book, asked.client_id, asked.client_secret)
    refresh = call.book.store.get("account_refresh", asked.refresh_token)
    if refresh is None:
        raise BusinessError(40107, "Refresh token is invalid.")
    if refresh["expires_at"] <= call.now:
        raise BusinessError(40103, "Refresh token has expired.")
    return issue_account_token(call.book, refresh["open_id"], refresh["scopes"], asked.refresh_token)


@write("tt_user/oauth2/revoke/", credential="none")
def revoke_token(call: Call) -> Any:
    asked = call.take(Revoke)
    need_app(call.book, asked.client_id, asked.client_secret)
    token = call.book.store.get("account_token", asked.access_token)
    if token is None:
        raise BusinessError(40105, "Access token is incorrect or has been revoked.")
    forget_consent(call.book, token["open_id"])
    return {}


def forget_consent(book: Book, open_id: str) -> None:
    """Let all tokens of an account die."""
    for token in book.store.find("account_token", owner=open_id):
        book.store.change("account_token", token["access_token"], {**token, "revoked": True})
        book.store.remove("account_refresh", token["refresh_token"])


@write("tt_user/token_info/get/", credential="none")
def show_token(call: Call) -> Any:
    asked = call.take(TokenInfo)
    token = call.book.store.get("account_token", asked.access_token)
    if asked.app_id != call.book.settings.app_id or token is None or token.get("revoked"):
        raise BusinessError(40105, "Access token is incorrect or has been revoked.")
    return {"app_id": asked.app_id, "scope": ",".join(token["scopes"]), "creator_id": token["open_id"]}


def need_account(call: Call, business_id: str) -> Doc:
    """Give the account that a token is of. Raises BusinessError."""
    account = call.book.store.get("account", business_id)
    if account is None or call.token["open_id"] != business_id:
        raise BusinessError(NO_PERMISSION, "business_id: the token is not of this account.")
    return account


operations = (exchange_code, refresh_token, revoke_token, show_token)
