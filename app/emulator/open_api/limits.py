"""Rates in a sliding minute, and caps in a sliding day."""

from collections import deque
from collections.abc import Callable, Iterator

from app.emulator.open_api.answers import ApiError
from app.emulator.world.records import Account, Post
from app.emulator.world.settings import EmulatorSettings
from app.emulator.world.world import World

MINUTE = 60.0
DAY = 86_400.0

_RATES: dict[str, Callable[[EmulatorSettings], int]] = {
    "content_init": lambda settings: settings.init_per_minute,
    "video_init": lambda settings: settings.init_per_minute,
    "inbox_video_init": lambda settings: settings.init_per_minute,
    "status_fetch": lambda settings: settings.status_per_minute,
    "creator_info": lambda settings: settings.creator_info_per_minute,
    "user_info": lambda settings: settings.display_per_minute,
    "video_list": lambda settings: settings.display_per_minute,
    "video_query": lambda settings: settings.display_per_minute,
}


def spend(world: World, endpoint: str, open_id: str) -> None:
    """Count one call of a user, or refuse it; a refused call is a violation and takes no place in the window."""
    if not world.settings.limits_enabled:
        return
    shared = world.settings.inits_share_limit and endpoint.endswith("_init")
    window = world.windows.setdefault(("init" if shared else endpoint, open_id), deque())
    now = world.clock.now()
    while window and window[0] <= now - MINUTE:
        window.popleft()
    if len(window) >= _RATES[endpoint](world.settings):
        world.journal.violate(f"rate_limit.{endpoint}")
        raise ApiError("rate_limit_exceeded", "The API rate limit was exceeded. Please try again later.")
    window.append(now)


def find_posting_obstacle(world: World, account: Account) -> str | None:
    """Name the code that keeps this creator from posting directly now, as creator_info tells it."""
    if account.banned:
        return "spam_risk_user_banned_from_posting"
    if not world.settings.caps_enabled:
        return None
    if _count_direct_posts(world, account) >= _daily_cap(world, account):
        return "spam_risk_too_many_posts"
    if _is_over_active_users(world, account):
        return "reached_active_user_cap"
    return None


def check_caps(world: World, account: Account, *, draft: bool, counts_creators: bool = True) -> None:
    """Refuse an init that is over a cap; for video drafts no cap of active creators is documented."""
    if account.banned:
        raise ApiError("spam_risk_user_banned_from_posting", "The user is banned from making new posts.")
    if not world.settings.caps_enabled:
        return
    if draft and _count_pending_drafts(world, account) >= world.settings.pending_drafts_cap:
        world.journal.violate("cap.pending_drafts")
        raise ApiError("spam_risk_too_many_pending_share", "There are too many pending shares in the last 24 hours.")
    if not draft and _count_direct_posts(world, account) >= _daily_cap(world, account):
        world.journal.violate("cap.daily_posts")
        raise ApiError("spam_risk_too_many_posts", "The daily post cap of the user is reached.")
    if counts_creators and _is_over_active_users(world, account):
        world.journal.violate("cap.active_users")
        raise ApiError("reached_active_user_cap", "The daily quota of active publishing users is reached.")


def _daily_cap(world: World, account: Account) -> int:
    return world.settings.daily_cap if account.daily_cap is None else account.daily_cap


def _posts_of_today(world: World, open_id: str) -> Iterator[Post]:
    day_ago = world.clock.now() - DAY
    for post in reversed(world.posts_by_account.get(open_id, [])):
        if post.accepted_at <= day_ago:
            return
        yield post


def _count_direct_posts(world: World, account: Account) -> int:
    own = sum(not post.is_draft and post.stage != "failed" for post in _posts_of_today(world, account.open_id))
    return own + account.posts_by_other_clients


def _count_pending_drafts(world: World, account: Account) -> int:
    return sum(
        post.is_draft and post.stage not in {"failed", "complete"} for post in _posts_of_today(world, account.open_id)
    )


def _is_over_active_users(world: World, account: Account) -> bool:
    caps = [world.settings.active_user_cap]
    if not world.audited:
        caps.append(world.settings.unaudited_user_cap)
    cap = min((cap for cap in caps if cap is not None), default=None)
    if cap is None:
        return False
    active = {open_id for open_id in world.posts_by_account if any(_posts_of_today(world, open_id))}
    return account.open_id not in active and len(active) >= cap
