"""Who follows a business account, and when they are there: TikTok tells it of no other kind of account."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.accounts.errors import NoAudience, ScopeMissing
from app.accounts.models import AccountKind
from app.accounts.queries import get_account
from app.accounts.states import check_usable
from app.accounts.tokens.access import call_with_token
from app.accounts.tokens.clients import AccountClient
from app.limits.budgets import USER_INFO
from app.messages import access
from app.resources import Resources
from app.tiktok_business.accounts import AccountProfile

FEWEST_FOLLOWERS = 100
"""Of an account with fewer TikTok tells nothing, so that nobody is known by it."""
_SCOPE = "user.insights"


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the followers: a country's code, an age, a gender or a city as TikTok names it, and its share of 1."""

    name: str
    share: float


@dataclass(frozen=True, slots=True)
class Audience:
    """The followers, the largest parts first. `hours`: how many were there in each, 0 to 23, over the last days told.

    TikTok does not say in which zone its hours are. All is empty of an account with fewer than a hundred followers.
    """

    followers: int | None
    countries: Sequence[Share] = ()
    cities: Sequence[Share] = ()
    ages: Sequence[Share] = ()
    genders: Sequence[Share] = ()
    hours: Sequence[int] = ()
    last_day: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.countries or self.cities or self.ages or self.genders or self.hours)


async def fetch_audience(resources: Resources, account_id: str) -> Audience:
    """Ask TikTok. Raises NotFound, NoAudience of a creator's account, ScopeMissing, and as `call_with_token` does."""
    async with resources.read() as session:
        account = await get_account(session, account_id)
    if account.kind is not AccountKind.business:
        raise NoAudience
    check_usable(account)
    if _SCOPE not in account.scopes:
        raise ScopeMissing(access.SCOPE_MISSING_FOR_AUDIENCE)

    async def ask(client: AccountClient, token: str) -> AccountProfile:
        from app.accounts.business.client import BusinessAccountClient

        assert isinstance(client, BusinessAccountClient)
        return await client.fetch_audience(token)

    return _read(await call_with_token(resources, account_id, ask, limit=USER_INFO))


def _read(profile: AccountProfile) -> Audience:
    hours, last_day = _hours(profile.metrics)
    return Audience(
        followers=profile.followers_count,
        countries=_shares(profile.audience_countries, "country"),
        cities=_shares(profile.audience_cities, "city_name"),
        ages=_shares(profile.audience_ages, "age"),
        genders=_shares(profile.audience_genders, "gender"),
        hours=hours,
        last_day=last_day,
    )


def _shares(parts: Iterable[Mapping[str, Any]], key: str) -> list[Share]:
    told = [
        Share(str(part[key])[:100], float(part["percentage"]))
        for part in parts
        # The client reads fractions exactly.
        if part.get(key) and isinstance(part.get("percentage"), (int, float, Decimal))
    ]
    return sorted(told, key=lambda one: (-one.share, one.name))


def _hours(days: Iterable[Mapping[str, Any]]) -> tuple[list[int], str]:
    counts: Counter[int] = Counter()
    last_day = ""
    for day in days:
        activity = day.get("audience_activity")
        for part in activity if isinstance(activity, list) else []:
            hour, count = (str(part.get(name, "")) if isinstance(part, dict) else "" for name in ("hour", "count"))
            if hour.isdecimal() and int(hour) < 24 and count.isdecimal():
                counts[int(hour)] += int(count)
                last_day = max(last_day, str(day.get("date", "")))
    return ([counts[hour] for hour in range(24)] if counts else []), last_day
