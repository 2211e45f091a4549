"""How often an app may call: in a second, in a minute and in a day, in sliding windows that all processes share."""

from datetime import UTC, datetime, timedelta

from app.emulator.business_api.book import Book
from app.emulator.business_api.errors import TOO_FREQUENT, BusinessError

# In a second, in a minute, in a day.
_TIERS = {
    "basic": (10, 600, 864_000),
    "advanced": (20, 1_200, 1_728_000),
    "premium": (30, 1_800, 2_592_000),
    "ultimate": (50, 3_000, 4_320_000),
}
_AD_CREATE = {"basic": (5, 150), "advanced": (10, 200), "premium": (10, 300), "ultimate": (15, 300)}
_SANDBOX = (1, 30, 1_000)
_PAUSE = 300.0
_WORDS = {
    "second": "Too many requests: QPS limit reached.",
    "minute": "Too many requests: QPM limit reached, the app is suspended for 5 minutes.",
    "day": "Too many requests: QPD limit reached, the app is suspended until 00:00 UTC.",
}
_SILENT = "Too many requests. Please retry in some time."


def spend(book: Book, endpoint: str, *, sandbox: bool) -> None:
    """Count one call of the app, or refuse it; a refused call takes no place in a window. Raises BusinessError."""
    if not book.settings.limits_enabled:
        return
    app = book.settings.app_id
    windows = [(f"{app}|sandbox|{endpoint}", _SANDBOX)] if sandbox else _windows(book, app, endpoint)
    for scope, limits in windows:
        _check(book, scope, limits)
    for scope, _ in windows:
        book.store.write("INSERT INTO hits (scope, at) VALUES (?, ?)", (scope, book.now()))
        day = _day_name(book, scope)
        book.store.remember(day, book.store.recall(day, 0) + 1)


def pause(book: Book, seconds: float) -> None:
    """Suspend the app, as TikTok does after a minute's breach."""
    book.store.remember(f"pause:{book.settings.app_id}", {"until": book.now() + seconds, "why": "minute"})


def show(book: Book) -> dict[str, object]:
    """Tell what of the limits is used up."""
    app = book.settings.app_id
    paused = book.store.recall(f"pause:{app}", None)
    now = book.now()
    return {
        "tier": book.settings.tier,
        "enabled": book.settings.limits_enabled,
        "last_second": _count(book, app, now - 1),
        "last_minute": _count(book, app, now - 60),
        "today": book.store.recall(_day_name(book, app), 0),
        "paused_seconds": max(paused["until"] - now, 0) if paused else 0,
    }


def _windows(book: Book, app: str, endpoint: str) -> list[tuple[str, tuple[int, int, int]]]:
    tier = book.settings.tier
    windows = [(app, _TIERS[tier])]
    if endpoint == "ad/create/":
        windows.append((f"{app}|{endpoint}", (*_AD_CREATE[tier], 86_400)))
    elif endpoint == "report/task/create/":
        windows.append((f"{app}|{endpoint}", (2, 60, 4_500)))
    return windows


def _check(book: Book, scope: str, limits: tuple[int, int, int]) -> None:
    now = book.now()
    paused = book.store.recall(f"pause:{scope}", None)
    if paused is not None and paused["until"] > now:
        raise _refusal(book, paused["why"])
    book.store.write("DELETE FROM hits WHERE scope = ? AND at <= ?", (scope, now - 60))
    if _count(book, scope, now - 1) >= limits[0]:
        raise _refusal(book, "second")
    if _count(book, scope, now - 60) >= limits[1]:
        book.store.remember(f"pause:{scope}", {"until": now + _PAUSE, "why": "minute"})
        raise _refusal(book, "minute")
    if book.store.recall(_day_name(book, scope), 0) >= limits[2]:
        midnight = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        book.store.remember(f"pause:{scope}", {"until": (midnight + timedelta(days=1)).timestamp(), "why": "day"})
        raise _refusal(book, "day")


def _count(book: Book, scope: str, since: float) -> int:
    return int(book.store.rows("SELECT COUNT(*) FROM hits WHERE scope = ? AND at > ?", (scope, since))[0][0])


def _day_name(book: Book, scope: str) -> str:
    return f"day:{scope}:{datetime.fromtimestamp(book.now(), UTC):%Y%m%d}"


def _refusal(book: Book, why: str) -> BusinessError:
    return BusinessError(TOO_FREQUENT, _WORDS[why] if book.settings.limit_says_window else _SILENT)
