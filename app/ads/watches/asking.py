"""A watch as somebody asks for it, checked whole."""

from collections.abc import Iterator
from typing import ClassVar

from app.ads.desk.inputs import DeskInput
from app.ads.models import WatchKind, WatchLevel, WatchPeriod
from app.ads.values import Id, Money, Words, choice, many
from app.messages import ads_values

MOST_IDS = 100
_LEVELS: dict[str, frozenset[str]] = {
    WatchKind.status: frozenset(WatchLevel),
    WatchKind.review: frozenset({WatchLevel.adgroup, WatchLevel.ad}),
    WatchKind.spend: frozenset(WatchLevel),
    WatchKind.balance: frozenset({WatchLevel.advertiser}),
}
_OF_MONEY = {WatchKind.spend, WatchKind.balance}


class WatchInput(DeskInput):
    """What is watched, and from which amount on that is told. Without `object_ids` it is all objects of the level."""

    required: ClassVar[frozenset[str]] = frozenset({"advertiser_id", "kind"})

    advertiser_id: Id | None = None
    kind: choice(*WatchKind) | None = None  # type: ignore[valid-type]
    level: choice(*WatchLevel) | None = None  # type: ignore[valid-type]
    object_ids: many(Id, MOST_IDS) | None = None  # type: ignore[valid-type]
    threshold: Money | None = None
    period: choice(*WatchPeriod) | None = None  # type: ignore[valid-type]
    name: Words | None = None

    def faults(self) -> Iterator[tuple[str, str]]:
        if self.kind is None:
            return
        levels = _LEVELS[self.kind]
        if self.level is None and len(levels) > 1:
            yield "level", ads_values.MISSING
        if self.level is not None and self.level not in levels:
            yield "level", ads_values.value_one_of(", ".join(sorted(levels)))
        if self.object_ids and self.level in {None, WatchLevel.advertiser}:
            yield "object_ids", ads_values.WHOLE_ACCOUNT
        if self.kind in _OF_MONEY and self.threshold is None:
            yield "threshold", ads_values.MISSING
        if self.kind not in _OF_MONEY and self.threshold is not None:
            yield "threshold", ads_values.NO_AMOUNT
        if self.kind != WatchKind.spend and self.period is not None:
            yield "period", ads_values.NO_PERIOD
