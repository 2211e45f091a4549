"""The Business API's limits, counted in the database for all processes, by the mechanism of the Open API's."""

import asyncio
from datetime import UTC, datetime, timedelta

from app.kit.clock import utcnow
from app.limits.budgets import EVERYBODY, Ask, Limit, slow_down, take
from app.resources import Resources
from app.tiktok_business.errors import NoPlace
from app.tiktok_business.limiter import Place

# Of an app as a whole [business-api.md 1.2]: per second, minute and day.
TIERS = {
    "basic": (10, 600, 864_000),
    "advanced": (20, 1_200, 1_728_000),
    "premium": (30, 1_800, 2_592_000),
    "ultimate": (50, 3_000, 4_320_000),
}
SANDBOX = (1, 30, 1_000)
_MINUTE_PAUSE_SECONDS = 300.0


class SharedLimiter:
    """A budget per app. A breach of a minute or a day, which TikTok names, stops all processes at once."""

    def __init__(self, app: Resources, *, is_sandbox: bool) -> None:
        self._app = app
        self._limit = make_limit(*(SANDBOX if is_sandbox else TIERS[app.settings.business_tier])[:2])

    async def wait(self, place: Place) -> None:
        """Return when the call may leave. Raises NoPlace."""
        waited = 0.0
        while True:
            async with self._app.transaction() as session:
                share = (await take(session, self._limit, {EVERYBODY: Ask(1)}))[EVERYBODY]
            if share.granted:
                return
            seconds = max(0.01, (share.free_at - utcnow()).total_seconds())
            if place.patience is not None and waited + seconds > place.patience:
                raise NoPlace(place.endpoint, seconds)
            await asyncio.sleep(seconds)
            waited += seconds

    async def note_throttled(self, place: Place, code: int | None, message: str) -> float | None:  # noqa: ARG002
        """Pause all calls where a minute's or a day's limit was broken; a second's is over by itself."""
        said, pause = message.lower(), None
        if "day" in said or "daily" in said:
            pause = _until_midnight()
        elif "minute" in said or "qpm" in said:
            pause = _MINUTE_PAUSE_SECONDS
        if pause is None:
            return None
        async with self._app.transaction() as session:
            until = await slow_down(session, self._limit, EVERYBODY, pause)
        return (until - utcnow()).total_seconds()


def make_limit(per_second: int, per_minute: int) -> Limit:
    """So many at once and so far apart that neither a second nor a minute ever has too many."""
    burst = max(1, per_second // 5)
    interval = max(1.0 / max(per_second - burst, 0.8), 67.0 / (per_minute - burst))
    return Limit("business", per_minute, interval=interval, burst=burst)


def _until_midnight() -> float:
    now = utcnow()
    tomorrow = datetime.combine((now + timedelta(days=1)).date(), datetime.min.time(), UTC)
    return (tomorrow - now).total_seconds()
