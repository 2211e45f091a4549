"""Call budgets in the database, as they are, against the same sum in Redis: the time for a claim's worth of accounts.

A claim writes its posts to the database anyway; Redis would be asked beside that, and remember nothing after a loss.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from pathlib import Path

from pydantic import SecretStr
from redis.asyncio import Redis

from app.config import Settings
from app.limits.budgets import STATUS_FETCH, Ask, take
from app.models import metadata
from app.resources import open_resources
from tests.bench.intake_stack import durable_postgres
from tests.bench.tools import report, work_folder
from tests.support.redis import TestRedis

OWNERS, ROUNDS, WARM_UP = 200, 100, 10
_TAKE = """
local granted = {}
local time = redis.call('TIME')
local now = time[1] + time[2] / 1e6
for i, key in ipairs(KEYS) do
  local level = math.max(tonumber(redis.call('GET', key) or '0'), now)
  granted[i] = 0
  if level - now <= tonumber(ARGV[2]) then
    granted[i] = 1
    redis.call('SET', key, tostring(level + tonumber(ARGV[1])), 'EX', 120)
  end
end
return granted
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.follow_budgets", description=__doc__)
    parser.add_argument("--postgres", action="store_true", help="on a real PostgreSQL, instead of SQLite")
    arguments = parser.parse_args()
    redis = TestRedis()
    redis.start()
    try:
        with work_folder() as folder:
            sqlite = nullcontext(f"sqlite+aiosqlite:///{folder / 'newsreel.db'}")
            with durable_postgres() if arguments.postgres else sqlite as url:
                asyncio.run(_measure(folder, url, redis.url))
    finally:
        redis.stop()


async def _measure(folder: Path, url: str, redis_url: str) -> None:
    settings = Settings(_env_file=None, database_url=SecretStr(url), data_dir=folder / "var",
                        secret_key=SecretStr("bench-key-" + "k" * 40))  # fmt: skip
    client = Redis.from_url(redis_url)
    script = client.register_script(_TAKE)
    keys = [f"status_fetch:{number}" for number in range(OWNERS)]
    asks = {str(number): Ask(1) for number in range(OWNERS)}

    async def in_redis() -> None:
        await script(keys=keys, args=[STATUS_FETCH.interval, (STATUS_FETCH.burst - 1) * STATUS_FETCH.interval])

    async with open_resources(settings) as app:
        async with app.db.engine.begin() as connection:
            await connection.run_sync(metadata.create_all)

        async def in_database() -> None:
            async with app.transaction() as session:
                await take(session, STATUS_FETCH, asks)

        async def nothing() -> None:
            async with app.transaction() as session:
                await session.connection()

        database, empty, redis = await _time(in_database), await _time(nothing), await _time(in_redis)
        report(
            "follow_budgets",
            database="sqlite" if app.db.is_sqlite else "postgresql",
            accounts=OWNERS,
            database_ms=database,
            of_which_an_empty_transaction_ms=empty,
            redis_ms=redis,
            ratio=round(redis / database, 2),
        )
    await client.aclose()


async def _time(step: Callable[[], Awaitable[None]]) -> float:
    took = []
    for _ in range(ROUNDS):
        started_at = time.perf_counter()
        await step()
        took.append(time.perf_counter() - started_at)
        await asyncio.sleep(STATUS_FETCH.interval / OWNERS)
    return round(statistics.median(took[WARM_UP:]) * 1000, 2)


if __name__ == "__main__":
    main()
