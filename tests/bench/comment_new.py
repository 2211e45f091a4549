"""How long is a reader's comment on its way into the inbox, where many stand under many ad groups?

`python -m tests.bench comment_new`: 3,000 comments under 40 ad groups of one ad account, at the tier `basic`, all read
once before. For some minutes readers write on, under ads by turns; the account is swept as the workers' clock has it.
`slowest_seconds` is the one that was seen last, and `goal_seconds` what is promised.
"""

import argparse
import asyncio
import time

import httpx
from sqlmodel import col, func, select

from app.comments.models import Comment
from app.emulator import create_emulator
from app.emulator.business_api.settings import BusinessSettings
from app.emulator.server import configured
from app.jobs import JOBS
from app.models import metadata
from app.resources import Resources
from tests.ads.conftest import TikTok
from tests.ads.desk import FIRST, OPERATOR, app_settings, consent, control
from tests.bench.comment_sweeps import open_workers, sweep_due, sweep_for
from tests.bench.tools import percentile, report, work_folder
from tests.support import serving

_SAID_EVERY = 3.0
_FIRST_SWEEP_SECONDS = 600.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.comment_new", description=__doc__)
    parser.add_argument("--adgroups", type=int, default=40)
    parser.add_argument("--comments", type=int, default=3_000)
    parser.add_argument("--minutes", type=float, default=6.0, help="of readers who write on")
    parser.add_argument("--workers", type=int, default=2)
    asyncio.run(measure(**vars(parser.parse_args())))


async def measure(adgroups: int, comments: int, minutes: float, workers: int) -> None:
    there = create_emulator(business_settings=BusinessSettings(tier="basic", calls_kept=100_000))
    with work_folder() as folder:
        async with (
            serving.serve(configured(there, "127.0.0.1", 0)) as address,
            httpx.AsyncClient(base_url=address, timeout=60) as http,
        ):
            settings = app_settings(
                folder, f"sqlite+aiosqlite:///{folder / 'newsreel.db'}", address, business_tier="basic"
            )
            async with open_workers(settings, workers) as apps:
                app, tiktok = apps[0], TikTok(address, http)
                async with app.db.engine.begin() as connection:
                    await connection.run_sync(metadata.create_all)
                await consent(app, tiktok, OPERATOR, advertiser_ids=[FIRST])
                ads: list[str] = [
                    one["ad_id"]
                    for one in (await control(tiktok, "history", campaigns=adgroups, days=3)).json()["items"]
                ]
                for number in range(comments):
                    await say(tiktok, ads[number % len(ads)], f"Comment {number}")
                await JOBS["comments.find_feeds"].run({"app": app})
                began = time.perf_counter()
                while await count(app) < comments and time.perf_counter() - began < _FIRST_SWEEP_SECONDS:
                    await sweep_due(apps)
                    await asyncio.sleep(0.5)
                first = time.perf_counter() - began
                said = asyncio.create_task(say_on(tiktok, ads, minutes * 60 - 180))
                await sweep_for(apps, minutes * 60)
                tell(await delays(app), await said, await refused(http), first,
                     {"adgroups": len(ads), "comments": comments, "workers": workers})  # fmt: skip


async def say(tiktok: TikTok, ad_id: str, text: str) -> None:
    await control(tiktok, "comments", ad_id=ad_id, text=text)


async def say_on(tiktok: TikTok, ads: list[str], seconds: float) -> int:
    """Let readers write for so long; tell how many comments that were."""
    ends_at, number = time.monotonic() + seconds, 0
    while time.monotonic() < ends_at:
        await say(tiktok, ads[number * 7 % len(ads)], f"New {number}")
        number += 1
        await asyncio.sleep(_SAID_EVERY)
    return number


async def count(app: Resources) -> int:
    async with app.read() as session:
        return (await session.exec(select(func.count()).select_from(Comment))).one()


async def delays(app: Resources) -> list[float]:
    async with app.read() as session:
        query = select(Comment.created_at, Comment.seen_at).where(col(Comment.text).startswith("New "))
        return sorted((seen - said).total_seconds() for said, seen in (await session.exec(query)).all())


async def refused(http: httpx.AsyncClient) -> int:
    log = (await http.get("/_emulator/business/log", params={"limit": 100_000})).json()["items"]
    return sum(1 for one in log if one["code"] == 40100)


def tell(waited: list[float], said: int, refused_calls: int, first: float, asked_for: dict[str, int]) -> None:
    report(
        "comment_new",
        tier="basic",
        **asked_for,
        first_sweep_seconds=round(first, 1),
        said=said,
        seen=len(waited),
        refused=refused_calls,
        median_seconds=round(percentile(waited, 50), 1),
        p95_seconds=round(percentile(waited, 95), 1),
        slowest_seconds=round(waited[-1], 1) if waited else None,
        goal_seconds=180,
    )


if __name__ == "__main__":
    main()
