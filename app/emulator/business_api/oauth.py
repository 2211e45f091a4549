"""Consent of advertisers: codes for tokens, tokens until they are revoked, and who is behind one."""

import hmac
from typing import Any

import msgspec

from app.emulator.business_api.access import is_granted, role_of
from app.emulator.business_api.book import Book
from app.emulator.business_api.call import Call, read, write
from app.emulator.business_api.errors import BusinessError
from app.emulator.business_api.store import Doc


class Exchange(msgspec.Struct):
    app_id: str
    secret: str
    auth_code: str
    return_advertiser_ids: bool = True
    grant_type: str | None = None


class Revoke(msgspec.Struct):
    app_id: str
    secret: str
    access_token: str


class ListAdvertisers(msgspec.Struct):
    app_id: str
    secret: str


def need_app(book: Book, app_id: str, secret: str) -> None:
    """Check the app's own credentials. Raises BusinessError."""
    same_id = hmac.compare_digest(app_id.encode(), book.settings.app_id.encode())
    same_secret = hmac.compare_digest(secret.encode(), book.settings.app_secret.encode())
    if not (same_id and same_secret):
        raise BusinessError(40101, "Incorrect app_id or secret.")


def grant_code(book: Book, user_id: str, advertiser_ids: list[str] | None, scopes: list[int]) -> str:
    """Make the code that the redirect after a consent carries."""
    code = book.new_secret("auth_code")
    book.store.put(
        "auth_code",
        code,
        {
            "user_id": user_id,
            "advertiser_ids": advertiser_ids,
            "scopes": scopes,
            "expires_at": book.now() + book.settings.auth_code_ttl,
        },
    )
    return code


def issue_token(book: Book, user_id: str, advertiser_ids: list[str] | None, scopes: list[int]) -> Doc:
    token: Doc = {
        "access_token": book.new_secret("access_token"),
        "user_id": user_id,
        "advertiser_ids": advertiser_ids,
        "scopes": scopes,
    }
    book.store.put("token", token["access_token"], token)
    return token


@write("oauth2/access_token/", credential="none", sandbox=True)
def exchange_code(call: Call) -> Any:
    asked = call.take(Exchange)
    need_app(call.book, asked.app_id, asked.secret)
    code = call.book.store.get("auth_code", asked.auth_code)
    if code is None or code["expires_at"] <= call.now:
        raise BusinessError(40110, "Auth code is invalid, used, expired or cancelled.")
    call.book.store.remove("auth_code", asked.auth_code)
    token = issue_token(call.book, code["user_id"], code["advertiser_ids"], code["scopes"])
    answer: Doc = {"access_token": token["access_token"], "scope": token["scopes"]}
    if asked.return_advertiser_ids:
        answer["advertiser_ids"] = [one["advertiser_id"] for one in covered(call.book, token)]
    return answer


@write("oauth2/revoke_token/", credential="none")
def revoke_token(call: Call) -> Any:
    asked = call.take(Revoke)
    need_app(call.book, asked.app_id, asked.secret)
    token = call.book.store.get("token", asked.access_token)
    if token is None or token.get("revoked"):
        raise BusinessError(40105, "Access token is incorrect or has been revoked.")
    call.book.store.change("token", asked.access_token, {**token, "revoked": True})
    ids = [one["advertiser_id"] for one in covered(call.book, token)]
    return {"app_id": asked.app_id, "advertiser_ids": ids}


@read("oauth2/advertiser/get/", sandbox=True)
def list_advertisers(call: Call) -> Any:
    asked = call.take(ListAdvertisers)
    need_app(call.book, asked.app_id, asked.secret)
    found = covered(call.book, call.token, sandbox=call.sandbox)
    return {"list": [{"advertiser_id": one["advertiser_id"], "advertiser_name": one["name"]} for one in found]}


@read("user/info/", sandbox=True)
def show_user(call: Call) -> Any:
    user = call.user
    return {
        "core_user_id": user["user_id"],
        "display_name": user["display_name"],
        "email": f"{user['email'][0]}***@{user['email'].partition('@')[2]}",
        "create_time": user["create_time"],
        "avatar_url": f"{call.origin}/_emulator/avatars/{user['user_id']}.svg",
    }


def covered(book: Book, token: Doc, *, sandbox: bool = False) -> list[Doc]:
    """List the ad accounts that a token opens."""
    user = book.store.get("user", token["user_id"]) or {}
    return [
        one
        for one in book.store.find("advertiser")
        if one["sandbox"] == sandbox and role_of(user, one) and is_granted(token, one["advertiser_id"])
    ]


operations = (exchange_code, revoke_token, list_advertisers, show_user)
