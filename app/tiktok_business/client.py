"""The Business API's client: one sender, and one family of calls per part of the API."""

from dataclasses import replace
from functools import cached_property

import httpx

from app.tiktok_business.account_consent import AccountConsent
from app.tiktok_business.accounts import Accounts
from app.tiktok_business.addresses import ApiAddress
from app.tiktok_business.adgroups import AdGroups
from app.tiktok_business.ads import Ads
from app.tiktok_business.advertisers import Advertisers
from app.tiktok_business.audiences import Audiences
from app.tiktok_business.campaigns import Campaigns
from app.tiktok_business.centers import Centers
from app.tiktok_business.changelog import ChangeLog
from app.tiktok_business.comments import Comments
from app.tiktok_business.files import Files
from app.tiktok_business.identities import Identities
from app.tiktok_business.limiter import Limiter
from app.tiktok_business.oauth import OAuth
from app.tiktok_business.organic_comments import OrganicComments
from app.tiktok_business.properties import Properties
from app.tiktok_business.publishing import Publishing
from app.tiktok_business.regions import Regions
from app.tiktok_business.reports import Reports
from app.tiktok_business.sending import Patience, Sender
from app.tiktok_business.smart_plus import SmartPlus
from app.tiktok_business.spark import Spark
from app.tiktok_business.subscriptions import Subscriptions


class TikTokBusinessClient:
    """Speaks to the Business API for one token. It is cheap: make one per token and per kind of patience.

    `http` and `limiter` are handed in and shared; the client closes neither.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        address: ApiAddress,
        limiter: Limiter,
        *,
        access_token: str = "",
        patience: Patience | None = None,
        allow_audiences: bool = False,
    ) -> None:
        # All families speak through it.
        self.sender = Sender(http, address, limiter, access_token, patience or Patience())
        self._allow_audiences = allow_audiences

    # A client is made for each request, which needs one family or two.
    @cached_property
    def oauth(self) -> OAuth:
        return OAuth(self.sender)

    @cached_property
    def advertisers(self) -> Advertisers:
        return Advertisers(self.sender)

    @cached_property
    def centers(self) -> Centers:
        return Centers(self.sender)

    @cached_property
    def campaigns(self) -> Campaigns:
        return Campaigns(self.sender)

    @cached_property
    def adgroups(self) -> AdGroups:
        return AdGroups(self.sender)

    @cached_property
    def ads(self) -> Ads:
        return Ads(self.sender)

    @cached_property
    def smart_plus(self) -> SmartPlus:
        return SmartPlus(self.sender)

    @cached_property
    def files(self) -> Files:
        return Files(self.sender)

    @cached_property
    def regions(self) -> Regions:
        return Regions(self.sender)

    @cached_property
    def reports(self) -> Reports:
        return Reports(self.sender)

    @cached_property
    def identities(self) -> Identities:
        return Identities(self.sender)

    @cached_property
    def spark(self) -> Spark:
        return Spark(self.sender)

    @cached_property
    def audiences(self) -> Audiences:
        return Audiences(self.sender, is_allowed=self._allow_audiences)

    @cached_property
    def comments(self) -> Comments:
        return Comments(self.sender)

    @cached_property
    def organic_comments(self) -> OrganicComments:
        return OrganicComments(self.sender)

    @cached_property
    def changelog(self) -> ChangeLog:
        return ChangeLog(self.sender)

    @cached_property
    def subscriptions(self) -> Subscriptions:
        return Subscriptions(self.sender)

    @cached_property
    def account_consent(self) -> AccountConsent:
        return AccountConsent(self.sender)

    @cached_property
    def accounts(self) -> Accounts:
        return Accounts(self.sender)

    @cached_property
    def publishing(self) -> Publishing:
        return Publishing(self.sender)

    @cached_property
    def properties(self) -> Properties:
        return Properties(self.sender)

    def __repr__(self) -> str:
        return f"<TikTokBusinessClient of {self.sender.address.base}>"

    @property
    def address(self) -> ApiAddress:
        return self.sender.address

    @property
    def limiter(self) -> Limiter:
        return self.sender.limiter

    def derive(
        self, *, access_token: str | None = None, patience: Patience | None = None, limiter: Limiter | None = None
    ) -> "TikTokBusinessClient":
        """The same client for another token, with another patience, or before another limiter."""
        sender = self.sender
        return TikTokBusinessClient(
            sender.http,
            sender.address,
            limiter or sender.limiter,
            access_token=sender.access_token if access_token is None else access_token,
            patience=patience or replace(sender.patience),
            allow_audiences=self._allow_audiences,
        )
