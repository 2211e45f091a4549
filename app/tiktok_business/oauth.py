"""Consent of an advertiser: auth code to token, what a token may see, and its end."""

from dataclasses import dataclass, field
from urllib.parse import urlencode

from pydantic import Field

from app.tiktok_business.addresses import ApiAddress
from app.tiktok_business.calls import Call, CallClass, post
from app.tiktok_business.family import Family
from app.tiktok_business.fields import IdList, Page, Text, VendorId, VendorModel


@dataclass(frozen=True, slots=True)
class AppCredentials:
    """The app's id and secret."""

    app_id: str
    secret: str = field(repr=False)


class Grant(VendorModel):
    """A token and what it is good for. It has no end but the advertiser's word; scopes are numbers."""

    access_token: Text
    advertiser_ids: IdList = Field(default_factory=list)
    scope: list[int] = Field(default_factory=list)
    request_id: str | None = None

    def __repr__(self) -> str:
        return f"<Grant for {len(self.advertiser_ids)} advertisers>"

    __str__ = __repr__


class GrantedAdvertiser(VendorModel):
    advertiser_id: VendorId
    advertiser_name: Text = ""


class Revoked(VendorModel):
    advertiser_ids: IdList = Field(default_factory=list)
    request_id: str | None = None


def consent_url(address: ApiAddress, app_id: str, *, state: str, redirect_uri: str) -> str:
    """Where the advertiser's browser is sent. Which permissions are asked for is ticked on the app, not here."""
    return f"{address.portal}?{urlencode({'app_id': app_id, 'state': state, 'redirect_uri': redirect_uri})}"


class OAuth(Family):
    async def exchange(self, app: AppCredentials, auth_code: str) -> Grant:
        """Change an auth code for a token. A code is good once: the call is not repeated."""
        body = {"app_id": app.app_id, "secret": app.secret, "auth_code": auth_code}
        return await self._ask(Grant, post("oauth2/access_token/", CallClass.once, body, needs_token=False))

    async def revoke(self, app: AppCredentials, access_token: str) -> Revoked:
        """End a token."""
        body = {"app_id": app.app_id, "secret": app.secret, "access_token": access_token}
        return await self._ask(Revoked, post("oauth2/revoke_token/", CallClass.repeatable, body, needs_token=False))

    async def list_advertisers(self, app: AppCredentials) -> list[GrantedAdvertiser]:
        """List the advertisers that granted this token something."""
        query = {"app_id": app.app_id, "secret": app.secret}
        call = Call("GET", "oauth2/advertiser/get/", CallClass.read, query=query)
        return (await self._ask(Page[GrantedAdvertiser], call)).items
