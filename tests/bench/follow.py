"""Following 10,000 posts over 5,000 accounts with one worker, against a stub that judges how late each question comes.

Beside it, in the same run, what the same HTTP client does when it does nothing else.
"""

import argparse
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import psutil

from tests.bench.follow_ceiling import measure_ceiling
from tests.bench.follow_rows import INTERVAL, Site, ask_stub, open_stub, wait_until
from tests.bench.intake_stack import durable_postgres
from tests.bench.tools import percentile, report, work_folder

START_SECONDS, SETTLE_SECONDS = 8.0, 12.0
STUB_DELAY_MS = 50.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.follow", description=__doc__)
    parser.add_argument("--postgres", action="store_true", help="on a real PostgreSQL, instead of SQLite")
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--accounts", type=int, default=5_000)
    parser.add_argument("--seconds", type=float, default=30.0)
    arguments = parser.parse_args()
    with work_folder() as folder, open_stub(folder, STUB_DELAY_MS) as stub:
        database = (
            durable_postgres() if arguments.postgres else nullcontext(f"sqlite+aiosqlite:///{folder / 'newsreel.db'}")
        )
        with database as url:
            site = Site(folder, url, stub)
            figures = _follow(site, arguments.accounts, arguments.posts, arguments.seconds)
        ceiling = measure_ceiling(stub)
    report(
        "follow",
        database="postgresql" if arguments.postgres else "sqlite",
        posts=arguments.posts,
        accounts=arguments.accounts,
        **figures,
        client_alone=ceiling,
        ratio=round(ceiling["cpu_us_per_call"] / figures["cpu_us_per_poll"], 2),
        load=[round(value, 1) for value in psutil.getloadavg()],
    )


def _follow(site: Site, accounts: int, posts: int, seconds: float) -> dict[str, Any]:
    site.migrate()
    # Written before it is due; how long that takes depends on the machine.
    first_due_at = time.time() + 5 + posts / 1500
    site.seed(accounts, posts, first_due_at=first_due_at)
    wait_until(first_due_at - START_SECONDS / 2)
    with site.worker() as worker:
        wait_until(first_due_at + SETTLE_SECONDS)
        ask_stub(site.stub_url, "reset")
        before = worker.cpu_times()
        time.sleep(seconds)
        after = worker.cpu_times()
        heard = ask_stub(site.stub_url, "figures")
        memory = worker.memory_info().rss
    cpu = after.user + after.system - before.user - before.system
    late = heard["late"]
    return {
        "seconds": round(heard["seconds"], 1),
        "wanted_per_second": posts / INTERVAL,
        "polls_per_second": round(len(late) / heard["seconds"], 1),
        "late_p50_ms": round(percentile(late, 50) * 1000, 1),
        "late_p99_ms": round(percentile(late, 99) * 1000, 1),
        "late_max_ms": round(max(late) * 1000, 1),
        "cpu_percent_of_a_core": round(100 * cpu / heard["seconds"], 1),
        "cpu_us_per_poll": round(cpu / len(late) * 1_000_000, 1),
        "rss_mb": round(memory / 2**20, 1),
        "violations": heard["violations"],
        "warnings": _warnings(site.folder / "worker.log"),
    }


def _warnings(log: Path) -> int:
    return sum('"level": "warning"' in line or '"level": "error"' in line for line in log.read_text().splitlines())


if __name__ == "__main__":
    main()
