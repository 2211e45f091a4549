"""Limits: by the second, by the minute with its pause, by the day until midnight."""

import pytest

from tests.emulator.business_api.support import ADVERTISER, SANDBOX_ADVERTISER, Business


@pytest.mark.parametrize(("tier", "second"), [("basic", 10), ("ultimate", 50)])
async def test_a_second_holds_so_many_calls_of_an_app(business: Business, tier: str, second: int):
    await business.control("settings", {"limits_enabled": True, "tier": tier})
    codes = [(await business.refused("GET", "bc/get/"))[0] for _ in range(second + 2)]
    assert codes == [0] * second + [40100] * 2
    await business.control("clock", {"advance_seconds": 1})
    assert (await business.refused("GET", "bc/get/"))[0] == 0
    assert (await business.look("counts"))["too_frequent"] == 2


async def test_who_breaks_the_minute_is_suspended_for_five(business: Business):
    """In the sandbox, where a minute holds less than sixty of its seconds."""
    await business.control("settings", {"limits_enabled": True, "sandbox": True})

    async def ask() -> tuple[int, str]:
        return await business.refused("GET", "campaign/get/", advertiser_id=SANDBOX_ADVERTISER)

    for _ in range(30):
        assert (await ask())[0] == 0
        await business.control("clock", {"advance_seconds": 1})
    code, message = await ask()
    assert code == 40100
    assert "QPM" in message
    for seconds, expected in ((299, 40100), (1, 0)):
        await business.control("clock", {"advance_seconds": seconds})
        assert (await ask())[0] == expected


async def test_who_breaks_the_day_is_suspended_until_midnight_of_utc(business: Business):
    await business.control("settings", {"limits_enabled": True, "sandbox": True})
    query = {"advertiser_id": SANDBOX_ADVERTISER}
    now = (await business.look("clock"))["now"]
    # To 00:10 of the next day, and from there a call each 50 seconds.
    past = int(now[11:13]) * 3_600 + int(now[14:16]) * 60 + int(now[17:19])
    await business.control("clock", {"advance_seconds": 86_400 - past + 600})
    for _ in range(1_000):
        await business.control("clock", {"advance_seconds": 50})
        assert (await business.refused("GET", "campaign/get/", **query))[0] == 0
    await business.control("clock", {"advance_seconds": 50})
    code, message = await business.refused("GET", "campaign/get/", **query)
    assert code == 40100
    assert "QPD" in message
    await business.control("clock", {"advance_hours": 9})
    assert (await business.refused("GET", "campaign/get/", **query))[0] == 40100
    await business.control("clock", {"advance_hours": 1})
    assert (await business.refused("GET", "campaign/get/", **query))[0] == 0


async def test_tighter_limits_hold_for_single_endpoints(business: Business):
    await business.control("settings", {"limits_enabled": True})
    body = {"advertiser_id": ADVERTISER, "adgroup_id": "7", "creatives": [{}]}
    codes = [(await business.refused("POST", "ad/create/", **body))[0] for _ in range(6)]
    assert codes[:5] == [40007] * 5
    assert codes[5] == 40100
    assert (await business.refused("GET", "bc/get/"))[0] == 0


async def test_the_words_of_a_breach_may_be_silent_about_the_window(business: Business):
    await business.control("settings", {"limit_says_window": False})
    await business.control("settings", {"limits_enabled": True})
    await business.control("limits/pause", {"seconds": 10})
    assert await business.refused("GET", "bc/get/") == (40100, "Too many requests. Please retry in some time.")
