"""The Business API's limits for all processes: the client's questions, put to the lines in which its calls wait."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from time import monotonic

from app.kit.clock import utcnow
from app.limits.line import CallLine, Closed
from app.limits.rates import Rate, close, midnight_after, read_closed
from app.resources import Resources
from app.tiktok_business.addresses import ApiAddress, read_address
from app.tiktok_business.errors import NoPlace
from app.tiktok_business.limiter import Limiter, NoLimit, Place

# Of an app as a whole [business-api.md 1.2]: per second, minute and day.
TIERS = {
    "basic": (10, 600, 864_000),
    "advanced": (20, 1_200, 1_728_000),
    "premium": (30, 1_800, 2_592_000),
    "ultimate": (50, 3_000, 4_320_000),
}
# Of each endpoint: the sandbox has these and none of the app's [business-api.md 1.1].
SANDBOX = (1, 30, 1_000)
_AD_CREATE = {
    "basic": (5, 150, 86_400),
    "advanced": (10, 200, None),
    "premium": (10, 300, None),
    "ultimate": (15, 300, None),
}
_TASK_CREATE = (2, 60, 4_500)
_APP = "business"
_FOR_ALL = frozenset({None, 40016, 40100, 61000})
"""Codes that speak of the app's calls; the others are about one advertiser or one value."""
_PER_ACCOUNT = frozenset({"business/video/publish/", "business/photo/publish/"})
"""What has limits per TikTok account besides: a refusal there need not be about the app [business-api.md 1.2]."""
_MINUTE_PAUSE = timedelta(minutes=5)
_SECOND_IS_OVER, _IS_ANOTHER_AFTER = 2.0, 60.0


class SharedLimiter:
    """One per process. What TikTok orders, until a minute's or a day's limit is whole again, stops all processes."""

    def __init__(self, app: Resources, *, is_sandbox: bool) -> None:
        self._transaction = app.transaction
        self._tier = app.settings.business_tier
        self._is_sandbox = is_sandbox
        self._lines: dict[str, CallLine] = {}
        self._broken_since: dict[str, float] = {}

    async def wait(self, place: Place) -> None:
        """Return when the call may leave. Raises NoPlace."""
        started_at = monotonic()
        for line in self._lines_of(place.endpoint):
            patience = None if place.patience is None else max(0.0, place.patience - (monotonic() - started_at))
            try:
                await line.wait(
                    endpoint=place.endpoint, caller=place.caller, priority=place.priority, patience=patience
                )
            except Closed as closed:
                raise NoPlace(place.endpoint, closed.seconds) from None

    async def note_throttled(self, place: Place, code: int | None, message: str) -> float | None:
        """Order the pause that a breach asks for; None where it is over within a second."""
        is_for_all = code in _FOR_ALL and place.endpoint not in _PER_ACCOUNT
        line = self._counting_line(place.endpoint)
        until = self._pause(line.rate.key, message) if is_for_all else None
        if until is None:
            return None
        async with self._transaction() as session:
            await close(session, line.rate, until)
        return (until - utcnow()).total_seconds()

    def note_taken(self, place: Place) -> None:
        """Hear that TikTok took a call: a limit that was broken before was a second's, for a minute's stops all."""
        self._broken_since.pop(self._counting_line(place.endpoint).rate.key, None)

    async def seconds_closed(self) -> float | None:
        """Tell for how long no call leaves, where that is so now."""
        line = self._counting_line("")
        async with self._transaction() as session:
            until = await read_closed(session, line.rate)
        return (until - utcnow()).total_seconds() if until else None

    def _pause(self, key: str, message: str) -> datetime | None:
        """Tell until when; where TikTok does not say which limit it was, one that stays broken is a minute's."""
        said, now = message.lower(), monotonic()
        if "day" in said or "daily" in said or "qpd" in said:
            return midnight_after(utcnow())
        if "minute" in said or "qpm" in said:
            return utcnow() + _MINUTE_PAUSE
        if "per second" in said or "qps" in said:
            return None
        since = now - self._broken_since.setdefault(key, now)
        if since >= _IS_ANOTHER_AFTER:
            self._broken_since[key], since = now, 0.0
        return utcnow() + _MINUTE_PAUSE if since > _SECOND_IS_OVER else None

    def _counting_line(self, endpoint: str) -> CallLine:
        """Give the line of the limit that refusals speak of."""
        return list(self._lines_of(endpoint))[-1]

    def _lines_of(self, endpoint: str) -> Iterator[CallLine]:
        """Give the lines that a call waits in; the app's is the last, and the call is counted there."""
        own = SANDBOX if self._is_sandbox else _own_limit(endpoint, self._tier)
        if own is not None:
            yield self._line(f"{_APP}:{endpoint}", own, is_counted=self._is_sandbox)
        if not self._is_sandbox:
            second, minute, _ = TIERS[self._tier]
            yield self._line(_APP, (second, minute, None))

    def _line(self, key: str, limit: tuple[int, int, int | None], *, is_counted: bool = True) -> CallLine:
        if key not in self._lines:
            second, minute, day = limit
            rate = Rate(key[:96], second, minute, day)
            self._lines[key] = CallLine(rate, self._transaction, is_counted=is_counted)
        return self._lines[key]


class _Limiters:
    """This process's limiters: who waits in a line shall see who else does."""

    def __init__(self) -> None:
        self.of_sandbox: dict[bool, SharedLimiter] = {}


def address_of(app: Resources) -> ApiAddress:
    """Where calls go."""
    return read_address(app.business.base_url, app.settings.business_api_version)


def limiter_of(app: Resources) -> Limiter:
    """Who counts the calls of all processes; those to the emulator inside this installation need no count."""
    if app.business.is_emulated:
        return NoLimit()
    return shared_limiter(app, is_sandbox=address_of(app).is_sandbox)


def shared_limiter(app: Resources, *, is_sandbox: bool) -> SharedLimiter:
    """Give this process's limiter."""
    known = app.parts.of(_Limiters).of_sandbox
    if is_sandbox not in known:
        known[is_sandbox] = SharedLimiter(app, is_sandbox=is_sandbox)
    return known[is_sandbox]


def _own_limit(endpoint: str, tier: str) -> tuple[int, int, int | None] | None:
    if endpoint == "ad/create/":
        return _AD_CREATE[tier]
    return _TASK_CREATE if endpoint == "report/task/create/" else None
