"""Tokens: exchanged, refreshed with rotation, revoked."""

import hmac
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import RawBody

from app.emulator import lifecycle
from app.emulator.open_api.answers import OAuthError
from app.emulator.open_api.pkce import check_verifier
from app.emulator.webhooks.events import emit
from app.emulator.world.records import TokenPair
from app.emulator.world.world import World

DISCONNECTED_BY_USER = 1
REVOKED_BY_DEVELOPER = 5


@post("/v2/oauth/token/", status_code=200)
async def grant_token(
    request: Request[Any, Any, Any], body: RawBody, world: NamedDependency[World]
) -> Response[dict[str, Any]]:
    form = _read_form(request.headers.get("content-type", ""), body)
    _check_client(world, form)
    grant = _GRANTS.get(form.get("grant_type", ""))
    if grant is None:
        raise OAuthError("unsupported_grant_type", "The grant type is not supported.")
    pair = grant(world, form)
    now = world.clock.now()
    return Response(
        {
            "open_id": pair.open_id,
            "scope": ",".join(pair.scopes),
            "access_token": pair.access_token,
            "expires_in": int(pair.access_expires_at - now + 0.5),
            "refresh_token": pair.refresh_token,
            "refresh_expires_in": int(pair.refresh_expires_at - now + 0.5),
            "token_type": "Bearer",
        },
        headers={"Cache-Control": "no-store"},
    )


@post("/v2/oauth/revoke/", status_code=200)
async def revoke_token(
    request: Request[Any, Any, Any], body: RawBody, world: NamedDependency[World]
) -> Response[bytes]:
    form = _read_form(request.headers.get("content-type", ""), body)
    _check_client(world, form)
    pair = world.by_access_token.get(_need(form, "token"))
    if pair is None or pair.revoked:
        raise OAuthError("invalid_request", "The token is invalid or already revoked.")
    remove_authorization(world, pair.open_id, REVOKED_BY_DEVELOPER)
    return Response(b"", media_type="application/json")


def remove_authorization(world: World, open_id: str, reason: int) -> None:
    """End what a user had allowed: tokens, codes and posts on their way die, and the app is told."""
    for pair in world.tokens_of(open_id):
        pair.revoked = True
    for code in world.codes.values():
        code.used = code.used or code.open_id == open_id
    lifecycle.remove_authorization(world, open_id)
    emit(world, "authorization.removed", open_id, {"reason": reason})


def _read_form(content_type: str, body: bytes) -> dict[str, str]:
    malformed = OAuthError("invalid_request", "The request parameters are malformed.")
    if content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise malformed
    try:
        fields = parse_qs(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError as error:
        raise malformed from error
    if any(len(values) != 1 for values in fields.values()):
        raise malformed
    return {name: values[0] for name, values in fields.items()}


def _need(form: dict[str, str], name: str) -> str:
    value = form.get(name, "")
    if not value:
        raise OAuthError("invalid_request", f"{name.capitalize().replace('_', ' ')} is missed in request.")
    return value


def _check_client(world: World, form: dict[str, str]) -> None:
    key, secret = _need(form, "client_key"), _need(form, "client_secret")
    key_fits = hmac.compare_digest(key.encode(), world.settings.client_key.encode())
    secret_fits = hmac.compare_digest(secret.encode(), world.settings.client_secret.encode())
    if not (key_fits and secret_fits):
        raise OAuthError("invalid_client", "Client key or secret is incorrect.")


def _exchange_code(world: World, form: dict[str, str]) -> TokenPair:
    code = world.codes.get(_need(form, "code"))
    if code is None:
        raise OAuthError("invalid_grant", "Authorization code is invalid.")
    if code.used:
        world.journal.violate("code.reused")
        raise OAuthError("invalid_grant", "Authorization code was already used.")
    # Spent by the first try, whatever becomes of it: a guess at the verifier gets no second one.
    code.used = True
    if code.expires_at <= world.clock.now():
        raise OAuthError("invalid_grant", "Authorization code is expired.")
    if _need(form, "redirect_uri") != code.redirect_uri:
        raise OAuthError("invalid_request", "Redirect_uri is not matched with the uri when requesting code.")
    check_verifier(world, code, form.get("code_verifier"))
    return world.issue_tokens(code.open_id, code.scopes)


def _refresh(world: World, form: dict[str, str]) -> TokenPair:
    pair = world.by_refresh_token.get(_need(form, "refresh_token"))
    now = world.clock.now()
    if pair is not None and pair.spent:
        world.journal.violate("refresh_token.reused")
    if pair is None or pair.spent or pair.revoked or pair.refresh_expires_at <= now:
        raise OAuthError("invalid_grant", "Refresh token is invalid or expired.")
    if world.settings.refresh_ends_access:
        pair.access_expires_at = now
    ends = None if world.settings.refresh_renews else pair.refresh_expires_at
    fresh = world.issue_tokens(pair.open_id, pair.scopes, refresh_expires_at=ends)
    if world.settings.rotate:
        pair.spent = True
    else:
        # The same refresh token goes on; the one made along with the access token was never handed out.
        del world.by_refresh_token[fresh.refresh_token]
        fresh.refresh_token = pair.refresh_token
        world.by_refresh_token[fresh.refresh_token] = fresh
    return fresh


_GRANTS: dict[str, Callable[[World, dict[str, str]], TokenPair]] = {
    "authorization_code": _exchange_code,
    "refresh_token": _refresh,
}
