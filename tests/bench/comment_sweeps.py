"""Do the sweeps of many business accounts leave TikTok's limits to others, and does each account get its turn?

`python -m tests.bench comment_sweeps`: thirty accounts with forty lively posts each, at the tier `basic`, without
TikTok's events. All have been read once before. `--workers 3` lets three processes' worth of resources share the sweeps
as their queue's chance has it. `slowest_seconds` is how long the post waited that waited longest
between two readings, `of_account` the mean of the account that came off worst, and of the one that came off best.
Readers write meanwhile, under one post after the other: `new_seconds` is how long their comments were on their way, at
the median and at the slowest, where TikTok counts them at once.
"""

import argparse
import asyncio
import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import httpx
import sqlalchemy as sa
from sqlmodel import col, select

from app.ads.access import mode_of
from app.comments import jobs  # noqa: F401 - they register themselves
from app.comments.models import Comment, CommentFeed, CommentPost, CommentSource, CommentSweep
from app.config import Settings
from app.emulator import create_emulator
from app.emulator.business_api.settings import BusinessSettings
from app.emulator.server import configured
from app.jobs import JOBS
from app.kit.clock import utcnow
from app.models import metadata
from app.resources import Resources, open_resources
from tests.ads.conftest import TikTok
from tests.ads.desk import app_settings, control, wake_nobody
from tests.bench.tools import percentile, report, work_folder
from tests.comments.own_posts import link_business
from tests.support import serving

_TICK = 15.0
_SAID_EVERY = 3.0
_LAST_SEEN_SECONDS = 240.0
"""Nobody writes in the last minutes of watching: what is written then would not be seen before the end."""
LIST = "business/comment/list/"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.comment_sweeps", description=__doc__)
    parser.add_argument("--accounts", type=int, default=30)
    parser.add_argument("--posts", type=int, default=40)
    parser.add_argument("--minutes", type=float, default=6.0, help="of watching")
    parser.add_argument("--workers", type=int, default=1, help="each with a line of its own before TikTok's limits")
    asyncio.run(measure(**vars(parser.parse_args())))


async def measure(accounts: int, posts: int, minutes: float, workers: int) -> None:
    there = create_emulator(business_settings=BusinessSettings(tier="basic", calls_kept=100_000))
    with work_folder() as folder:
        async with (
            serving.serve(configured(there, "127.0.0.1", 0)) as address,
            httpx.AsyncClient(base_url=address) as http,
        ):
            settings = app_settings(
                folder, f"sqlite+aiosqlite:///{folder / 'newsreel.db'}", address, business_tier="basic"
            )
            async with open_workers(settings, workers) as apps:
                app = apps[0]
                for one in apps:
                    wake_nobody(one)
                async with app.db.engine.begin() as connection:
                    await connection.run_sync(metadata.create_all)
                tiktok = TikTok(address, http)
                filled = await fill(app, tiktok, accounts, posts)
                await note_read(app, filled)
                since = utcnow()
                said = asyncio.create_task(say_on(tiktok, filled, minutes * 60 - _LAST_SEEN_SECONDS))
                await sweep_for(apps, minutes * 60)
                log = (await http.get("/_emulator/business/log", params={"limit": 100_000})).json()["items"]
                asked = {"workers": workers, "accounts": accounts, "posts": posts}
                new = {"said": await said, "waited": await delays(app)}
                tell(app, [one for one in log if read_time(one) >= since], minutes, asked, new)


@asynccontextmanager
async def open_workers(settings: Settings, count: int) -> AsyncIterator[Sequence[Resources]]:
    """Open what as many workers have, each its own database connections and its own line."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(open_resources(settings)) for _ in range(count)]


async def fill(app: Resources, tiktok: TikTok, accounts: int, posts: int) -> list[tuple[str, Sequence[str]]]:
    """Let each account have posted, all within the last day."""
    filled: list[tuple[str, Sequence[str]]] = []
    for number in range(accounts):
        made = (await control(tiktok, "accounts", username=f"newsroom.{number}")).json()
        account = await link_business(app, tiktok, made["open_id"])
        wish = {"open_id": made["open_id"], "seconds_ago": 3_600, "figures": {"comments": 0}}
        posted = [(await control(tiktok, "posts", **wish)).json()["item_id"] for _ in range(posts)]
        filled.append((account.id, posted))
    return filled


async def note_read(app: Resources, accounts: Sequence[tuple[str, Sequence[str]]]) -> None:
    """Let all have been read once, one after the other within the last minutes."""
    now = utcnow()
    async with app.transaction() as session:
        for account_id, item_ids in accounts:
            feed = CommentFeed(
                mode=mode_of(app), source=CommentSource.organic, owner_id=account_id, swept_at=now, places_at=now
            )
            session.add(feed)
            for item_id in item_ids:
                session.add(CommentPost(mode=feed.mode, account_id=account_id, item_id=item_id, made_at=now))
                values: dict[str, Any] = {"begins_on": now, "back_to": now, "whole_at": now, "deep_at": now}
                session.add(CommentSweep(feed_id=feed.id, place_id=item_id, **values))


async def say_on(tiktok: TikTok, accounts: Sequence[tuple[str, Sequence[str]]], seconds: float) -> int:
    """Let readers write for so long, and TikTok count what they write; tell how many comments that were."""
    posts = [item_id for _, item_ids in accounts for item_id in item_ids]
    ends_at, number = time.monotonic() + seconds, 0
    counted: Counter[str] = Counter()
    while time.monotonic() < ends_at:
        item_id = posts[number * 97 % len(posts)]
        counted[item_id] += 1
        await control(tiktok, "organic-comments", item_id=item_id, text=f"New {number}", silent=True)
        await control(tiktok, f"posts/{item_id}", figures={"comments": counted[item_id]})
        number += 1
        await asyncio.sleep(_SAID_EVERY)
    return number


async def delays(app: Resources) -> list[float]:
    """Tell how long each new comment was on its way, the quickest first."""
    async with app.read() as session:
        query = select(Comment.created_at, Comment.seen_at).where(col(Comment.text).startswith("New "))
        return sorted((seen - said).total_seconds() for said, seen in (await session.exec(query)).all())


async def sweep_for(apps: Sequence[Resources], seconds: float) -> None:
    """Let the workers' clock tick."""
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + seconds
    running: set[asyncio.Task[None]] = set()
    while loop.time() < ends_at:
        running.add(asyncio.create_task(sweep_due(apps)))
        running = {task for task in running if not task.done()}
        await asyncio.sleep(_TICK)
    await asyncio.gather(*running)


async def sweep_due(apps: Sequence[Resources]) -> None:
    async with apps[0].read() as session:
        due = select(CommentFeed.id).where(CommentFeed.next_at <= utcnow()).order_by(sa.text("next_at"))
        feeds: Sequence[str] = (await session.exec(due)).all()
    # A worker has room for more than there are, and who takes which is chance.
    await asyncio.gather(*(JOBS["comments.sync"].run({"app": random.choice(apps)}, feed_id) for feed_id in feeds))


def read_time(call: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(call["at"]).replace(tzinfo=UTC)


def tell(
    app: Resources, log: Sequence[dict[str, Any]], minutes: float, asked_for: dict[str, int], new: dict[str, Any]
) -> None:
    per_minute = Counter(int((read_time(one) - read_time(log[0])).total_seconds() // 60) for one in log)
    whole = [per_minute[minute] for minute in range(int(minutes) - 1)]
    at: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for one in log:
        if one["endpoint"] == LIST:
            asked = json.loads(one["request"])
            at[asked["business_id"], asked["video_id"]].append(read_time(one))
    waits = {place: [(b - a).total_seconds() for a, b in pairwise(times)] for place, times in at.items()}
    of_account: dict[str, list[float]] = defaultdict(list)
    for (owner, _), seconds in waits.items():
        of_account[owner] += seconds
    means = sorted(sum(each) / len(each) for each in of_account.values() if each)
    report(
        "comment_sweeps",
        tier=app.settings.business_tier,
        **asked_for,
        calls_per_minute=whole,
        refused=Counter(one["message"] for one in log if one["code"] == 40100),
        posts_read=len(at),
        slowest_seconds=round(max((max(each) for each in waits.values() if each), default=0.0), 1),
        of_account=[round(means[-1], 1), round(means[0], 1)] if means else [],
        said=new["said"],
        seen=len(new["waited"]),
        new_seconds=[round(percentile(new["waited"], share), 1) for share in (50, 100)] if new["waited"] else [],
    )


if __name__ == "__main__":
    main()
