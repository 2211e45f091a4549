"""Death at every step of a boost: one authorisation, one campaign, one ad group, one ad, and all of it switched off."""

from collections import Counter
from pathlib import Path

import pytest

from tests.ads import boosting, conftest
from tests.ads.boosting import ADVERTISER, Newsroom
from tests.support.nursery import Nursery
from tests.torture.deed import Mortals

tiktok, newsroom = conftest.tiktok, boosting.newsroom
STEPS = ("campaign", "adgroup", "ad")
POINTS = (
    "boost.taken", "boost.authorize.sent", "boost.authorize.answered", "boost.authorize.done",
    *(f"boost.{step}.{point}" for step in STEPS for point in ("asking", "sent", "answered", "done")),
    "boost.ready",
)  # fmt: skip
# Where processes of their own die in `make test`: before a call of each kind is surely made, and behind it.
TELLING = ("boost.authorize.answered", "boost.campaign.sent", "boost.ad.answered")
SWITCHES = (("start", "boost.starting"), ("start", "boost.started"), ("stop", "boost.stopping"))


@pytest.mark.timeout(0)
async def test_each_thing_is_made_once_wherever_the_worker_dies(newsroom: Newsroom, runs: int):
    made: list[str] = []
    for point in POINTS * runs:
        boost_id = await newsroom.begin(await newsroom.publish())
        await newsroom.die_at(point, boost_id)
        await finish(newsroom, boost_id, point)
        made.append(boost_id)
    await check_made_once(newsroom, made)


@pytest.mark.timeout(0)
async def test_each_thing_is_made_once_wherever_a_worker_is_killed(
    newsroom: Newsroom, nursery: Nursery, tmp_path: Path, runs: int, is_long: bool
):
    mortals = Mortals(nursery, tmp_path, newsroom.app.settings)
    made: list[str] = []
    for point in (POINTS if is_long else TELLING) * runs:
        boost_id = await newsroom.begin(await newsroom.publish())
        await newsroom.hurry(boost_id)
        await mortals.die_at(point, "job", "ads.boost", boost_id)
        await newsroom.let_leases_end()
        await finish(newsroom, boost_id, point)
        made.append(boost_id)
    await check_made_once(newsroom, made)


@pytest.mark.timeout(0)
async def test_what_a_person_has_clicked_is_done_wherever_a_process_is_killed(
    newsroom: Newsroom, nursery: Nursery, tmp_path: Path, runs: int, is_long: bool
):
    mortals = Mortals(nursery, tmp_path, newsroom.app.settings)
    boost_id = await newsroom.made(await newsroom.publish())
    for what, point in (SWITCHES if is_long else SWITCHES[1:2]) * runs:
        if what == "stop":
            await newsroom.click(boost_id, "start")
        await mortals.die_at(point, what, boost_id)
        await newsroom.let_leases_end()
        told = await newsroom.run(boost_id)
        assert told["state"] == {"start": "running", "stop": "stopped"}[what], (point, told)
        assert await newsroom.switches(told) == ["ENABLE" if what == "start" else "DISABLE"] * 3, point
        await newsroom.click(boost_id, "stop")


LENDING = ("boost.lend.sent", "boost.lend.answered", "boost.authorize.sent", "boost.authorize.done")


@pytest.mark.timeout(0)
async def test_an_account_lends_its_post_once_wherever_the_worker_dies(newsroom: Newsroom, runs: int):
    made: list[str] = []
    for point in LENDING * runs:
        boost_id = await newsroom.begin(await newsroom.publish_own(), auth_code=None)
        await newsroom.die_at(point, boost_id)
        await finish(newsroom, boost_id, point)
        made.append(boost_id)
    await check_made_once(newsroom, made)
    assert await newsroom.count("business/post/authorize/setting/") == len(made)


@pytest.mark.timeout(0)
async def test_an_account_lends_its_post_once_wherever_a_worker_is_killed(
    newsroom: Newsroom, nursery: Nursery, tmp_path: Path, runs: int, is_long: bool
):
    mortals = Mortals(nursery, tmp_path, newsroom.app.settings)
    made: list[str] = []
    for point in (LENDING if is_long else LENDING[1:2]) * runs:
        boost_id = await newsroom.begin(await newsroom.publish_own(), auth_code=None)
        await newsroom.hurry(boost_id)
        await mortals.die_at(point, "job", "ads.boost", boost_id)
        await newsroom.let_leases_end()
        await finish(newsroom, boost_id, point)
        made.append(boost_id)
    await check_made_once(newsroom, made)
    assert await newsroom.count("business/post/authorize/setting/") == len(made)


@pytest.mark.timeout(0)
async def test_a_linked_account_s_boost_is_made_once_wherever_the_worker_dies(newsroom: Newsroom, runs: int):
    await newsroom.link()
    made: list[str] = []
    for point in ("boost.authorize.done", "boost.ad.sent", "boost.ad.answered") * runs:
        boost_id = await newsroom.begin(await newsroom.publish_own(), auth_code=None)
        await newsroom.die_at(point, boost_id)
        await finish(newsroom, boost_id, point)
        made.append(boost_id)
    await check_made_once(newsroom, made, lent=0)


async def finish(newsroom: Newsroom, boost_id: str, point: str) -> None:
    """Let another worker go on, and look that all of it is there and switched off."""
    told = await newsroom.run(boost_id)
    assert (told["state"], {step["state"] for step in told["steps"]}) == ("ready", {"done"}), (point, told)
    assert await newsroom.switches(told) == ["DISABLE"] * 3, point


async def check_made_once(newsroom: Newsroom, made: list[str], *, lent: int | None = None) -> None:
    for kind in STEPS:
        names = Counter(one[f"{kind}_name"] for one in await newsroom.there(f"{kind}/get/"))
        assert set(names.values()) == {1}, names
        assert len(names) == len(made)
        assert all(any(boost_id in name for name in names) for boost_id in made)
    taken_up = await newsroom.tiktok.ask("tt_video/list/", advertiser_id=ADVERTISER, page_size="50")
    assert taken_up["page_info"]["total_number"] == (len(made) if lent is None else lent)


@pytest.mark.timeout(0)
async def test_what_a_person_has_clicked_is_done_wherever_the_worker_dies(newsroom: Newsroom, runs: int):
    boost_id = await newsroom.made(await newsroom.publish())
    for _ in range(runs):
        for what, point in SWITCHES:
            newsroom_state = {"start": "running", "stop": "stopped"}[what]
            await newsroom.click_and_die(boost_id, what, point)
            told = await newsroom.run(boost_id)
            assert told["state"] == newsroom_state, (point, told)
            switched = "ENABLE" if what == "start" else "DISABLE"
            assert await newsroom.switches(told) == [switched] * 3, point
            await newsroom.click(boost_id, "stop")
