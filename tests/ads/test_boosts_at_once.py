"""People click and workers work at the same time: a boost is made once, and is at TikTok as it is said to be here."""

import asyncio
import random
from collections.abc import Coroutine
from typing import Any

from app.jobs import JOBS
from tests.ads import boosting
from tests.ads.boosting import Newsroom

newsroom = boosting.newsroom
ROUNDS = 6


async def work(newsroom: Newsroom, boost_id: str) -> None:
    await newsroom.hurry(boost_id)
    await JOBS["ads.boost"].run({"app": newsroom.app}, boost_id)


async def test_a_post_that_is_boosted_by_many_at_once_has_one_boost(newsroom: Newsroom):
    post_id = await newsroom.publish()
    answers = await asyncio.gather(*(newsroom.boost(post_id) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409, 409, 409]
    (boost_id,) = {answer.json()["boost_id"] for answer in answers if answer.status_code == 202}
    await asyncio.gather(*(work(newsroom, boost_id) for _ in range(6)))
    told = await newsroom.run(boost_id)
    assert told["state"] == "ready"
    for kind in ("campaign", "adgroup", "ad"):
        assert await newsroom.count(f"{kind}/create/") == 1


async def test_clicks_and_workers_at_once_leave_it_at_tiktok_as_it_is_said_here(newsroom: Newsroom):
    chance = random.Random(7)
    boost_id = await newsroom.made(await newsroom.publish())
    for _ in range(ROUNDS):
        deeds: list[Coroutine[Any, Any, Any]] = [work(newsroom, boost_id) for _ in range(3)]
        deeds += [newsroom.click(boost_id, chance.choice(("start", "stop"))) for _ in range(3)]
        chance.shuffle(deeds)
        await asyncio.gather(*deeds)
        for _ in range(3):
            told = await newsroom.run(boost_id)
        assert told["state"] in {"running", "stopped"}
        assert await newsroom.switches(told) == ["ENABLE" if told["state"] == "running" else "DISABLE"] * 3
