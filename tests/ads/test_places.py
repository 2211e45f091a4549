"""Where a boost may be shown: TikTok's list where it gives one, ours where it does not, and which it is is said."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.ads.boosts.places import place_of
from tests.ads.conftest import TikTok
from tests.ads.desk import Api, open_api


@pytest.fixture
async def api(tmp_path: Path, sqlite_url: str, tiktok: TikTok) -> AsyncIterator[Api]:
    async for opened in open_api(tmp_path, sqlite_url, tiktok):
        yield opened


async def test_tiktok_s_own_list_is_given_and_ours_where_it_refuses(api: Api):
    told = (await api.get("places", objective_type="REACH")).json()
    by_country = {one["country"]: one["location_id"] for one in told["items"]}
    assert (told["source"], by_country["KZ"], "RU" in by_country) == ("tiktok", "1522867", False)
    (call,) = await api.tiktok.calls("tool/region/")
    assert call["method"] == "GET"
    # Our numbers are those that TikTok gives.
    assert {country: place_of(country) for country in by_country} == by_country
    await api.tiktok.fail_next("tool/region/", code=40001)
    ours = (await api.get("places")).json()
    assert (ours["source"], len(ours["items"]) > len(told["items"])) == ("newsreel", True)
    assert {"location_id": "2017370", "country": "RU"} in ours["items"]
    assert (await api.http.get("/api/ads/7200000000000000999/places")).status_code == 404
    assert (await api.get("places", objective_type="x")).status_code == 400
