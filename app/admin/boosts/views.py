"""What the pages of boosts show, field by field."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.admin.ads.desk import AdsDesk
from app.admin.boosts.form import BoostForm
from app.admin.boosts.words import Words

if TYPE_CHECKING:
    from app.ads.models import Advertiser, Boost


@dataclass(frozen=True, slots=True)
class BoostLine:
    """One boost in a list."""

    href: str
    title: str
    words: Words
    budget: str
    spent: str
    boost: "Boost"


@dataclass(frozen=True, slots=True)
class CheckLine:
    tone: str
    word: str
    why: str


@dataclass(frozen=True, slots=True)
class Ask:
    """A guard that stands in the way, and what lets exactly this pass."""

    guards: Sequence[tuple[str, str]]
    confirm: str


@dataclass(frozen=True, slots=True)
class BoostPanel:
    """Boosts of one post, whether another can be made, and the form for it."""

    post_id: str
    can_boost: bool
    lends_by: str | None
    checks: Sequence[CheckLine]
    boosts: Sequence[BoostLine]
    accounts: "Sequence[Advertiser]"
    form: BoostForm
    currency: str
    article_url: str
    fields: dict[str, str]
    objectives: dict[str, str]
    calls: dict[str, str]
    places: Sequence[tuple[str, str]]
    are_places_tiktok_s: bool
    problem: Sequence[str] = ()
    ask: Ask | None = None


@dataclass(frozen=True, slots=True)
class NewBoostPage:
    desk: AdsDesk
    title: str
    panel: BoostPanel
    problem: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class BoostListPage:
    desk: AdsDesk
    boosts: Sequence[BoostLine]
    next_cursor: str | None
    problem: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class StepLine:
    name: str
    word: str
    tone: str
    id: str


@dataclass(frozen=True, slots=True)
class BoostPage:
    """One boost. `rows` are figures: their name, of the post itself, and of the boost."""

    desk: AdsDesk
    boost: "Boost"
    words: Words
    detail: str
    trouble: str
    steps: Sequence[StepLine]
    rows: Sequence[tuple[str, str, str]]
    budget: str
    rules: Sequence[str]
    objective: str
    can_start: bool
    can_stop: bool
    is_settled: bool
    problem: Sequence[str] = ()
