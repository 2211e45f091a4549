"""A race to the verdict, against the same stub: our worker, and the design that most tools of this kind have.

Theirs is a job per post that sleeps between its polls, in a queue that runs ten jobs at once (arq's default).
"""

import argparse
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import psutil

from tests.bench.follow_rows import INTERVAL, Site, ask_stub, open_stub, wait_until
from tests.bench.tools import percentile, plain_environment, python, report, running, work_folder
from tests.support.redis import TestRedis

POSTS, ACCOUNTS = 1000, 500
VERDICT_AFTER = 30.0
STUB_DELAY_MS = 50.0
START_SECONDS, RACE_SECONDS = 6.0, 60.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.race", description=__doc__)
    parser.add_argument("--posts", type=int, default=POSTS)
    parser.add_argument("--seconds", type=float, default=RACE_SECONDS)
    arguments = parser.parse_args()
    ours = _race(_ours, arguments.posts, arguments.seconds)
    naive = _race(_naive, arguments.posts, arguments.seconds)
    report(
        "race",
        posts=arguments.posts,
        verdict_after_seconds=VERDICT_AFTER,
        ours=ours,
        naive=naive,
        ratio=round(ours["posts_per_minute"] / max(naive["posts_per_minute"], 1), 1),
        load=[round(value, 1) for value in psutil.getloadavg()],
    )


def _race(start: Any, posts: int, seconds: float) -> dict[str, Any]:
    with work_folder() as folder, open_stub(folder, STUB_DELAY_MS) as stub:
        site = Site(folder, f"sqlite+aiosqlite:///{folder / 'newsreel.db'}", stub)
        site.migrate()
        first_due_at = time.time() + START_SECONDS + posts / 1000
        site.seed(ACCOUNTS, posts, first_due_at=first_due_at, verdict_after=VERDICT_AFTER)
        with start(site, posts, first_due_at):
            wait_until(first_due_at + seconds)
            heard = ask_stub(stub, "figures")
    return _judge(heard, posts, first_due_at, seconds)


def _judge(heard: dict[str, Any], posts: int, first_due_at: float, seconds: float) -> dict[str, Any]:
    told = len(heard["verdicts_late"])
    took = heard["last_verdict_at"] - first_due_at if told == posts else seconds
    # A post about which nobody has asked yet is late by all the time since.
    late = heard["late"] + [seconds - INTERVAL / 2] * (posts - heard["posts_asked"])
    return {
        "verdicts": told,
        "posts_per_minute": round(told / took * 60, 1),
        "polls": len(heard["late"]),
        "poll_late_p50_ms": round(percentile(late, 50) * 1000, 1),
        "poll_late_p99_ms": round(percentile(late, 99) * 1000, 1),
        "verdict_late_p50_ms": round(percentile(heard["verdicts_late"], 50) * 1000, 1) if told else None,
        "violations": heard["violations"],
    }


def _ours(site: Site, _posts: int, _first_due_at: float) -> AbstractContextManager[object]:
    return site.worker()


class _naive:  # noqa: N801 - a way to start, like `_ours`
    """arq as it is, with its own Redis."""

    def __init__(self, site: Site, _posts: int, first_due_at: float) -> None:
        self._site = site
        self._first_due_at = first_due_at
        self._redis = TestRedis()

    def __enter__(self) -> None:
        self._redis.start()
        log = Path(self._site.folder) / "naive.log"
        environment = plain_environment() | {
            "RACE_REDIS": self._redis.url,
            "RACE_STUB": self._site.stub_url,
            "RACE_DATABASE": self._site.database_url,
            "RACE_STARTS_AT": str(self._first_due_at - INTERVAL),
        }
        self._running = running(python("tests.bench.race_naive"), log, environment)
        self._running.__enter__()

    def __exit__(self, *_: object) -> None:
        self._running.__exit__(None, None, None)
        self._redis.stop()


if __name__ == "__main__":
    main()
