"""Consent of TikTok accounts: the address of their consent page, and tokens for a code, for a refresh token, or gone.

A token of an account lives for 24 hours and its refresh token for a year [business-api.md 9.1]. It opens `business/*`
of that one account, whose `business_id` is the `open_id` of the answer.
"""

from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from pydantic import Field, field_validator

from app.kit.json_values import read_int
from app.tiktok_business.calls import CallClass, post
from app.tiktok_business.family import Family
from app.tiktok_business.fields import Nothing, Text, VendorModel
from app.tiktok_business.oauth import AppCredentials

_ACCESS_SECONDS, _REFRESH_SECONDS = 24 * 3600, 365 * 24 * 3600
_LONGEST_SECONDS = 3650 * 24 * 3600


class AccountGrant(VendorModel):
    """A pair of tokens. `open_id` is the `business_id` of all further calls; lives are counted in seconds."""

    access_token: Text = Field(repr=False)
    refresh_token: Text = Field(default="", repr=False)
    expires_in: int = _ACCESS_SECONDS
    refresh_token_expires_in: int = _REFRESH_SECONDS
    open_id: Text = ""
    scope: Text = ""
    request_id: str | None = None

    @field_validator("expires_in", mode="before")
    @classmethod
    def _read_access_life(cls, value: object) -> int:
        return _lifetime(value, _ACCESS_SECONDS)

    @field_validator("refresh_token_expires_in", mode="before")
    @classmethod
    def _read_refresh_life(cls, value: object) -> int:
        return _lifetime(value, _REFRESH_SECONDS)

    @property
    def scopes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.scope.replace(",", " ").split()))

    def __repr__(self) -> str:
        return "<AccountGrant>"

    __str__ = __repr__


class TokenInfo(VendorModel):
    """What a token is good for, and whose it is."""

    scope: Text = ""
    creator_id: Text = ""
    request_id: str | None = None


def _lifetime(value: object, default: int) -> int:
    seconds = read_int(value)
    return default if seconds is None else min(max(seconds, 0), _LONGEST_SECONDS)


def account_consent_url(page: str, app_id: str, *, scopes: Iterable[str], redirect_uri: str, state: str) -> str:
    """Where an account holder's browser is sent. TikTok wants `redirect_uri` to end in a slash [business-api.md 17]."""
    query = {
        "client_key": app_id,
        "scope": ",".join(scopes),
        "response_type": "code",
        "redirect_uri": redirect_uri,
        "state": state,
        # Without it TikTok may pick the account that is logged in, unasked.
        "disable_auto_auth": "1",
    }
    parts = urlsplit(page)
    pairs = [*parse_qsl(parts.query, keep_blank_values=True), *query.items()]
    return urlunsplit(parts._replace(query=urlencode(pairs)))


class AccountConsent(Family):
    """The calls of `tt_user/*`. None of them takes a token in its header."""

    async def exchange(self, app: AppCredentials, auth_code: str, redirect_uri: str) -> AccountGrant:
        """Change a code for tokens. It is good once and for ten minutes: the call is not repeated."""
        return await self._grant(app, "token/", CallClass.once, grant_type="authorization_code", auth_code=auth_code,
                                 redirect_uri=redirect_uri)  # fmt: skip

    async def refresh(self, app: AppCredentials, refresh_token: str) -> AccountGrant:
        """Change a refresh token for a new pair. The one that was sent may be spent: store the new pair first.

        Once: after a lost answer nobody knows whether TikTok has spent it, and the caller decides.
        """
        return await self._grant(app, "refresh_token/", CallClass.once, grant_type="refresh_token",
                                 refresh_token=refresh_token)  # fmt: skip

    async def revoke(self, app: AppCredentials, access_token: str) -> None:
        """End the whole permission of the account for this app."""
        body = {"client_id": app.app_id, "client_secret": app.secret, "access_token": access_token}
        await self._ask(Nothing, post("tt_user/oauth2/revoke/", CallClass.repeatable, body, needs_token=False))

    async def show_token(self, app: AppCredentials, access_token: str) -> TokenInfo:
        """Ask what a token is good for."""
        body = {"app_id": app.app_id, "access_token": access_token}
        return await self._ask(
            TokenInfo, post("tt_user/token_info/get/", CallClass.repeatable, body, needs_token=False)
        )

    async def _grant(self, app: AppCredentials, verb: str, kind: CallClass, **values: str) -> AccountGrant:
        body = {"client_id": app.app_id, "client_secret": app.secret, **values}
        return await self._ask(AccountGrant, post(f"tt_user/oauth2/{verb}", kind, body, needs_token=False))
