"""The naive follower of the race: one arq job per post, which sleeps five seconds between its polls."""

import asyncio
import os
import time
from typing import Any

import httpx
import sqlalchemy as sa
from arq.connections import RedisSettings, create_pool
from arq.worker import Worker, func

from app.posts.models import Post

INTERVAL = 5.0


async def follow(ctx: dict[str, Any], publish_id: str, owner: str) -> None:
    """Ask until there is a verdict."""
    while True:
        answer = await ctx["http"].post(
            "/v2/post/publish/status/fetch/",
            content=f'{{"publish_id":"{publish_id}"}}',
            headers={"Authorization": f"Bearer {owner}", "Content-Type": "application/json"},
        )
        if answer.json()["data"]["status"] == "PUBLISH_COMPLETE":
            return
        await asyncio.sleep(INTERVAL)


def read_posts() -> list[Any]:
    engine = sa.create_engine(os.environ["RACE_DATABASE"].replace("+aiosqlite", ""))
    with engine.connect() as connection:
        table = Post.__table__  # type: ignore[attr-defined]
        query = sa.select(table.c.publish_id, table.c.account_id).order_by(table.c.next_check_at)
        return list(connection.execute(query))


async def main() -> None:
    redis = await create_pool(RedisSettings.from_dsn(os.environ["RACE_REDIS"]))
    posts = read_posts()
    await asyncio.sleep(max(0.0, float(os.environ["RACE_STARTS_AT"]) - time.time()))
    starts_at = time.time()
    for publish_id, owner in posts:
        # As soon as TikTok has a post, its job is there to ask about it five seconds later.
        first_due_at = int(publish_id.split(".")[1]) / 1000
        await redis.enqueue_job("follow", publish_id, owner, _defer_by=max(0.0, first_due_at - starts_at))
    async with httpx.AsyncClient(base_url=os.environ["RACE_STUB"]) as http:
        worker = Worker([func(follow, name="follow", timeout=3600)], redis_pool=redis, ctx={"http": http})
        await worker.async_run()


if __name__ == "__main__":
    asyncio.run(main())
