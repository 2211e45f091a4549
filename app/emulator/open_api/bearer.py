"""The user access token of a call."""

from typing import Any

from litestar import Request

from app.emulator.open_api.answers import ApiError
from app.emulator.world.records import Account, TokenPair
from app.emulator.world.world import World


def require_token(world: World, request: Request[Any, Any, Any], *any_of: str) -> tuple[Account, TokenPair]:
    """Find the caller's account, or refuse: no valid token, or none of the scopes that open this endpoint."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    pair = world.by_access_token.get(token) if scheme == "Bearer" else None
    account = world.accounts.get(pair.open_id) if pair is not None else None
    if pair is None or account is None or pair.revoked or pair.access_expires_at <= world.clock.now():
        raise ApiError("access_token_invalid", "The access token is invalid or not found in the request.")
    if any_of and not set(any_of) & set(pair.scopes):
        raise ApiError("scope_not_authorized", "The user did not authorize the scope required for this request.")
    return account, pair
