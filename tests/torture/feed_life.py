"""A process that takes a webhook and polls a feed, to be killed at any step.

`main` runs in a child of the nursery, with the arguments SLUG FILE: FILE holds the delivery, or nothing where the
webhook is lost. Where it dies stands in the environment.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from app.articles.feeds.polls import poll_due
from app.articles.intake.batches import Intake, plan_with
from app.articles.intake.receive import IntakeUnavailable, receive
from app.config import Settings
from app.posts.plan.planner import PostPlanner
from app.resources import open_resources


async def live(slug: str, folder: Path, delivery: Any) -> None:
    settings = Settings(
        _env_file=None,
        database_url=SecretStr(os.environ["FEED_LIFE_DATABASE"]),
        redis_url=SecretStr("redis://127.0.0.1:1"),
        secret_key=SecretStr(os.environ["FEED_LIFE_KEY"]),
        data_dir=folder,
        fetch_allow_hosts=(os.environ["FEED_LIFE_SITE"],),
    )
    async with open_resources(settings) as app:
        plan_with(app, PostPlanner())
        if delivery:
            try:
                await receive(app, slug, delivery["headers"], delivery["body"].encode())
            except IntakeUnavailable:
                # On a machine that is busy the sender is told to come again, and the work goes on.
                await app.parts.of(Intake).settle(300)
        await poll_due(app)


def main() -> None:
    _, slug, delivery = sys.argv
    file = Path(delivery)
    asyncio.run(live(slug, file.parent, json.loads(file.read_text())))
