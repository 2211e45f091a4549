"""What a watch sees at one moment, and what of it is news: pure decisions, without calls and without a database."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.ads.models import AdsWatch, WatchKind, WatchPeriod
from app.messages import ads_watches as said
from app.messages.kinds import Amount, Quote
from app.messages.message import Message

WAITING, APPROVED, REJECTED = "waiting", "approved", "rejected"
_ALWAYS = "always"
_BELOW = "below"


@dataclass(frozen=True, slots=True)
class Sight:
    """One object as it is: `value` is a status, a review's state, or an amount."""

    object_id: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class View:
    """All that a watch looks at. `is_whole`: what is not in it is gone. `day` is today by the account's clock."""

    sights: Sequence[Sight]
    is_whole: bool = True
    day: str = ""
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to tell."""

    detail: Message
    object_id: str | None = None
    name: str = ""
    before: str | None = None
    after: str | None = None


def compare(watch: AdsWatch, view: View) -> tuple[dict[str, str], list[Finding]]:
    """Tell what is news since the last look, and what the next look compares with."""
    if watch.kind is WatchKind.spend:
        return _pass_amount(watch, view)
    if watch.kind is WatchKind.balance:
        return _fall_below(watch, view)
    seen = {one.object_id: one.value for one in view.sights}
    findings = list(_changes(watch, view)) if watch.looks else []
    if not view.is_whole:
        seen = {**watch.seen, **seen}
    elif watch.looks:
        findings += _gone(watch, seen)
    return seen, findings


def review_of(secondary_status: str) -> str | None:
    """Read how a review stands from what TikTok calls it; None where it tells nothing."""
    word = secondary_status.upper()
    if not word or word.endswith("_DELETE"):
        return None
    if "DENY" in word or "REJECT" in word:
        return REJECTED
    # An ad group without ads waits for some: there is nothing to review yet.
    return WAITING if "AUDIT" in word or word.endswith("_CREATE") else APPROVED


def _changes(watch: AdsWatch, view: View) -> Iterator[Finding]:
    is_review = watch.kind is WatchKind.review
    for one in view.sights:
        # An object that is new has nothing to differ from; but its review began as waiting.
        before = watch.seen.get(one.object_id, WAITING if is_review else one.value)
        if one.value == before:
            continue
        told = _of_review(one) if is_review else said.watched_status(Quote(one.name), Quote(one.value), Quote(before))
        yield Finding(told, one.object_id, one.name, before, one.value)


def _of_review(one: Sight) -> Message:
    name = Quote(one.name)
    if one.value == APPROVED:
        return said.watched_approved(name)
    return said.watched_rejected(name) if one.value == REJECTED else said.watched_reviewed_again(name)


def _gone(watch: AdsWatch, seen: Mapping[str, str]) -> Iterator[Finding]:
    if watch.kind is WatchKind.review:
        return
    for object_id, before in watch.seen.items():
        if object_id not in seen:
            yield Finding(said.watched_gone(Quote(object_id), Quote(before)), object_id, object_id, before)


def _pass_amount(watch: AdsWatch, view: View) -> tuple[dict[str, str], list[Finding]]:
    """Once a day, or once for all time: TikTok corrects figures, and a sum that falls back and rises is no news."""
    is_day = watch.period is WatchPeriod.day
    when = view.day if is_day else _ALWAYS
    seen = {one: told for one, told in watch.seen.items() if told == when}
    most, tell, found = _threshold(watch), said.watched_spent_today if is_day else said.watched_spent, []
    for one in view.sights:
        if Decimal(one.value) >= most and one.object_id not in seen:
            seen[one.object_id] = when
            detail = tell(Quote(one.name), Amount(one.value), view.currency, Amount(f"{most:f}"))
            found.append(Finding(detail, one.object_id, one.name, after=one.value))
    return seen, found


def _fall_below(watch: AdsWatch, view: View) -> tuple[dict[str, str], list[Finding]]:
    """Once, until it has risen again."""
    least, seen, found = _threshold(watch), {}, []
    for one in view.sights:
        if Decimal(one.value) >= least:
            continue
        seen[one.object_id] = _BELOW
        if one.object_id not in watch.seen:
            detail = said.watched_balance(Quote(one.name), Amount(one.value), view.currency, Amount(f"{least:f}"))
            found.append(Finding(detail, one.object_id, one.name, after=one.value))
    return seen, found


def _threshold(watch: AdsWatch) -> Decimal:
    return Decimal(watch.threshold or 0)
