"""Boosts as the API shows them."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, Self

from pydantic import BaseModel

from app.ads.models import BoostState, StepName, StepState
from app.messages.message import Message, read_whole

if TYPE_CHECKING:
    from app.ads.boosts.checks import Verdict
    from app.ads.boosts.figures import Organic, Paid
    from app.ads.boosts.service import Shown
    from app.ads.boosts.spend import SpendLine


class PlaceRead(BaseModel):
    """A country: TikTok's number of it, as `location_ids` take it, and its two letters."""

    location_id: str
    country: str


class PlaceList(BaseModel):
    """Countries to choose from. `source`: `tiktok` where it says that ads are shown there, else `newsreel`."""

    items: list[PlaceRead]
    source: Literal["tiktok", "newsreel"]


class BoostBegun(BaseModel):
    """A boost that is being made: `GET /api/boosts/{boost_id}` tells how far it is."""

    boost_id: str


class StepRead(BaseModel):
    """One step; `id` is TikTok's of what it has made."""

    name: StepName
    state: StepState
    id: str | None


class PaidRead(BaseModel):
    """What TikTok reports of the boost, of all its days; amounts in `currency`. It may change for some days."""

    spend: Decimal | None
    impressions: int | None
    clicks: int | None
    views: int | None
    likes: int | None
    comments: int | None
    shares: int | None
    cost_per_thousand: Decimal | None
    cost_per_click: Decimal | None

    @classmethod
    def of(cls, paid: "Paid") -> Self:
        return cls(**{name: getattr(paid, name) for name in cls.model_fields})


class SpendRead(BaseModel):
    """What the boosts of one article or desk brought together, in one currency. `id` is null for a category.

    `unknown` of its `boosts` were started, and TikTok has told no figures of them yet.
    """

    id: str | None
    name: str
    currency: str
    boosts: int
    unknown: int
    paid: PaidRead

    @classmethod
    def of(cls, line: "SpendLine") -> Self:
        return cls(
            id=line.id or None, name=line.name, currency=line.currency, boosts=line.boosts, unknown=line.unknown,
            paid=PaidRead.of(line.paid),
        )  # fmt: skip


class SpendList(BaseModel):
    """What cost most stands first; 500 at most."""

    items: list[SpendRead]


class OrganicRead(BaseModel):
    """What TikTok last told of the post itself."""

    views: int | None
    likes: int | None
    comments: int | None
    shares: int | None

    @classmethod
    def of(cls, organic: "Organic") -> Self:
        return cls(**{name: getattr(organic, name) for name in cls.model_fields})


class BoostRead(BaseModel):
    """One boost. `reason` is a slug of why it failed or stopped, `detail` the sentence; `trouble`: why it waits.

    `budget` is for a day. `ends_at` stands once it was started.
    """

    id: str
    state: BoostState
    reason: str | None
    detail: Message | None
    trouble: Message | None
    steps: list[StepRead]
    post_id: str
    article_id: str
    advertiser_id: str
    title: str
    currency: str
    budget: Decimal
    days: int
    objective_type: str
    call_to_action: str | None
    landing_page_url: str | None
    location_ids: list[str]
    max_spend: Decimal | None
    max_hours: int | None
    max_bad_comments: int | None
    bad_words: list[str]
    bad_comments: int | None
    campaign_id: str | None
    adgroup_id: str | None
    ad_id: str | None
    item_id: str
    code_ends_at: datetime | None
    paid: PaidRead
    organic: OrganicRead
    figures_at: datetime | None
    started_at: datetime | None
    ends_at: datetime | None
    stopped_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, shown: "Shown") -> Self:
        row = shown.boost
        derived = {
            "detail": read_whole(row.detail) if row.detail else None,
            "trouble": read_whole(row.trouble) if row.trouble else None,
            "steps": [StepRead(name=one.name, state=one.state, id=one.result_id) for one in shown.steps],
            "budget": Decimal(row.budget),
            "max_spend": None if row.max_spend is None else Decimal(row.max_spend),
            "paid": PaidRead.of(shown.paid),
            "organic": OrganicRead.of(shown.organic),
        }
        return cls(**{name: getattr(row, name) for name in cls.model_fields if name not in derived}, **derived)


class BoostList(BaseModel):
    items: list[BoostRead]
    next_cursor: str | None


class CheckRead(BaseModel):
    """One question before a boost. `ok` is null where it cannot be known before, or where it is only a hint."""

    name: str
    ok: bool | None
    why: Message


class VerdictRead(BaseModel):
    """Whether a post can be boosted in an ad account. `boost_id`: it is boosted there already.

    `needs_code`: nobody is known to lend the post, so that a boost has to bring the Spark code as `auth_code`.
    `lends_by`: who lends it without one. `account`: the account itself, which is connected here; `link`: its link to
    the ad account or the business center; `earlier`: the code of an earlier boost.
    """

    can_boost: bool
    needs_code: bool
    lends_by: Literal["account", "link", "earlier"] | None
    boost_id: str | None
    advertiser_id: str | None
    checks: list[CheckRead]

    @classmethod
    def of(cls, verdict: "Verdict", advertiser_id: str | None) -> Self:
        checks = [CheckRead(name=one.name, ok=one.is_good, why=one.why) for one in verdict.checks]
        return cls(
            can_boost=verdict.can_boost, needs_code=verdict.needs_code, lends_by=verdict.lends_by,
            boost_id=verdict.boost_id,
            advertiser_id=advertiser_id, checks=checks,
        )  # fmt: skip
