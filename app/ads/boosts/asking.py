"""What somebody asks for who boosts a post."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, ClassVar

import regex
from pydantic import BeforeValidator

from app.ads.desk.inputs import DeskInput
from app.ads.values import Id, Link, Money, choice, fault, many, read_text, whole
from app.messages import ads_boosts, ads_values

LEAST_DAY = 20
"""In dollars, or their like: TikTok's least budget of an ad group for a day."""
MOST_DAYS = 90
_LONGEST_CODE, _LONGEST_WORD, _MOST_WORDS = 500, 60, 200
_CODE = regex.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Goal:
    """What TikTok works towards for an objective, and by what it counts money."""

    optimization_goal: str
    billing_event: str


GOALS = {
    "TRAFFIC": Goal("CLICK", "CPC"),
    "VIDEO_VIEWS": Goal("ENGAGED_VIEW", "CPV"),
    "REACH": Goal("REACH", "CPM"),
}
CALLS = ("READ_MORE", "LEARN_MORE", "WATCH_NOW", "VIEW_NOW", "VISIT_STORE", "CONTACT_US")


def _read_code(value: Any) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not 0 < len(text) <= _LONGEST_CODE or not _CODE.fullmatch(text):
        raise fault(ads_boosts.ODD_CODE)
    return text


def _read_word(value: Any) -> str:
    return read_text(value, longest=_LONGEST_WORD).strip().lower()


Code = Annotated[str, BeforeValidator(_read_code)]
_Words: Any = many(Annotated[str, BeforeValidator(_read_word)], _MOST_WORDS)


class BoostInput(DeskInput):
    """A boost: so much a day (in the ad account's currency), for so many days from its first start on.

    `objective_type` is TRAFFIC where there is a page to lead to, else VIDEO_VIEWS. `auth_code` is the Spark code; an
    account that is connected here as a business account, or linked to the ad account, lends its posts without one. What
    stops it: `max_spend`, `max_hours`, `max_bad_comments` (comments that hold one of `bad_words`).
    """

    required: ClassVar[frozenset[str]] = frozenset({"advertiser_id", "budget", "days"})

    advertiser_id: Id | None = None
    budget: Money | None = None
    days: whole(1, MOST_DAYS) | None = None  # type: ignore[valid-type]
    objective_type: choice(*GOALS) | None = None  # type: ignore[valid-type]
    call_to_action: choice(*CALLS) | None = None  # type: ignore[valid-type]
    landing_page_url: Link | None = None
    location_ids: many(Id, 100) | None = None  # type: ignore[valid-type]
    auth_code: Code | None = None
    max_spend: Money | None = None
    max_hours: whole(1, 24 * MOST_DAYS) | None = None  # type: ignore[valid-type]
    max_bad_comments: whole(1, 100_000) | None = None  # type: ignore[valid-type]
    bad_words: _Words | None = None

    def faults(self) -> Iterator[tuple[str, str]]:
        if self.max_bad_comments is not None and not self.bad_words:
            yield "bad_words", ads_values.value_needed_by("max_bad_comments")

    @property
    def total(self) -> Decimal:
        """What it may spend in all."""
        return (self.budget or Decimal(0)) * (self.days or 0)
