"""What runs by the clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Sweep:
    """A job that runs by the clock. `when` is arq's: the seconds, minutes that fit; `second=None` is every second.

    `is_shared`: one of all workers runs it, else each of them.
    """

    job: str
    when: Mapping[str, Any]
    is_shared: bool = True


def _every(seconds: int) -> dict[str, Any]:
    return {"second": set(range(0, 60, seconds))}


SWEEPS = (
    # Each worker follows: a tick claims its rows, so that more workers follow more posts.
    Sweep("posts.follow_due", {"second": None}, is_shared=False),
    # The others find rows for all workers at once: twice the tick would only be twice the queries.
    Sweep("posts.release_due", _every(2)),
    Sweep("posts.keep_lines", _every(30)),
    Sweep("posts.reconcile", _every(15)),
    Sweep("posts.gather_evidence", _every(5)),
    Sweep("posts.tiktok_events", _every(5)),
    Sweep("posts.upload_due", _every(15)),
    Sweep("posts.collect_figures", {"second": 37}),
    Sweep("posts.forget_sign_offs", {"minute": 33, "second": 19}),
    Sweep("accounts.refresh_due", _every(30)),
    Sweep("articles.wake_lookups", _every(10)),
    # Each worker polls what it claims.
    Sweep("articles.poll_feeds", _every(5), is_shared=False),
    Sweep("articles.ask_hubs", _every(15)),
    Sweep("articles.sweep", {"hour": 3, "minute": 31, "second": 0}),
    Sweep("media.sweep", {"minute": set(range(0, 60, 10)), "second": 7}),
    Sweep("accounts.sweep", {"minute": 13, "second": 0}),
    Sweep("articles.watch_sources", {"minute": set(range(3, 60, 10)), "second": 11}),
    Sweep("ads.settle_internal", _every(15)),
    Sweep("ads.reports_due", _every(5)),
    Sweep("ads.watches_due", _every(15)),
    Sweep("ads.saved_reports_due", {"second": 29}),
    Sweep("ads.boosts_due", _every(5)),
    Sweep("ads.sync", {"minute": {19, 49}, "second": 23}),
    Sweep("comments.sync_due", _every(15)),
    Sweep("comments.find_feeds", {"minute": set(range(1, 60, 5)), "second": 41}),
    Sweep("comments.settle_replies", _every(30)),
    Sweep("comments.sweep", {"minute": 27, "second": 9}),
    Sweep("ads.sweep", {"hour": 3, "minute": 23, "second": 0}),
    Sweep("notifications.gather", _every(5)),
    Sweep("notifications.deliver_due", _every(5)),
    Sweep("notifications.sweep", {"hour": 3, "minute": 41, "second": 0}),
    Sweep("auth.sweep", {"minute": 43, "second": 0}),
    Sweep("keys.reseal", {"minute": 53, "second": 0}),
)
