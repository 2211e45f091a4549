"""Ads of the desk: made of a film of the library, changed, switched, and each write on record."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.ads.conftest import TikTok
from tests.ads.desk import ADGROUP, ANALYST, CAMPAIGN, FIRST, OPERATOR, Api, consent, open_api, records
from tests.media.videos import films

CREATE, STATUS, UPDATE = "ad/create/", "ad/status/update/", "ad/update/"


@pytest.fixture
async def api(tmp_path: Path, database_url: str, tiktok: TikTok) -> AsyncIterator[Api]:
    async for opened in open_api(tmp_path, database_url, tiktok):
        await consent(opened.app, tiktok, OPERATOR)
        yield opened


async def new_ads(api: Api, *names: str) -> dict[str, Any]:
    """Give a body for `POST ads`, with all that it needs made at TikTok."""
    campaign = await api.make("campaigns", CAMPAIGN)
    adgroup = await api.make("adgroups", {**ADGROUP, "campaign_id": campaign["campaign_id"]})
    film = await api.http.post(f"/api/ads/{FIRST}/videos", files={"file": ("a.mp4", films.fitting())})
    assert film.status_code == 201, film.text
    one = {
        "ad_format": "SINGLE_VIDEO", "ad_text": "Толығырақ оқыңыз", "video_id": film.json()["video_id"],
        "identity_type": "CUSTOMIZED_USER", "identity_id": await api.identity(),
        "landing_page_url": "https://newsroom.example/a",
    }  # fmt: skip
    return {"adgroup_id": adgroup["adgroup_id"], "creatives": [one | {"ad_name": name} for name in names]}


async def test_ads_are_made_switched_off_changed_in_part_and_switched_and_all_is_on_record(api: Api):
    made = await api.make("ads", await new_ads(api, "Таң", "Кеш"))
    first, second = made["ad_ids"]
    assert [one["smart_plus"] for one in made["creatives"]] == [False, False]
    listed = {one["ad_id"]: one for one in (await api.get("ads")).json()["items"]}
    assert {one["operation_status"] for one in listed.values()} == {"DISABLE"}
    assert [listed[one]["ad_name"] for one in (first, second)] == ["Таң", "Кеш"]

    changed = await api.send(f"ads/{first}", {"ad_name": "Түс", "ad_text": "Қысқаша"}, "PATCH")
    assert changed.status_code == 200, changed.text
    after = (await api.get(f"ads/{first}")).json()
    assert (after["ad_name"], after["ad_text"], after["video_id"]) == ("Түс", "Қысқаша", listed[first]["video_id"])
    assert (await api.get(f"ads/{second}")).json()["ad_name"] == "Кеш"

    switched = await api.send("ads/status", {"ids": [first, second], "operation_status": "ENABLE"})
    assert switched.json()["items"] == [
        {"ad_id": one, "operation_status": "ENABLE", "error": None} for one in (first, second)
    ]
    assert (await api.get(f"ads/{second}")).json()["operation_status"] == "ENABLE"
    gone = await api.send("ads/status", {"ad_ids": [second], "operation_status": "DELETE"})
    assert gone.status_code == 200
    assert [one["ad_id"] for one in (await api.get("ads")).json()["items"]] == [first]

    rows = [row for row in await records(api.app) if row.operation.startswith("ads.ads.")]
    assert [row.operation for row in rows] == [
        "ads.ads.create", "ads.ads.update", "ads.ads.status", "ads.ads.status",
    ]  # fmt: skip
    assert all((row.success, row.outcome, row.http_status) == (True, "done", 200) for row in rows)
    assert rows[0].payload["creatives"][0]["ad_name"] == "Таң"
    assert rows[1].payload == {"advertiser_id": FIRST, "ad_id": first, "ad_name": "Түс", "ad_text": "Қысқаша"}
    assert rows[2].payload["ids"] == [first, second]


async def test_one_ad_of_a_batch_that_cannot_be_switched_does_not_keep_the_others(api: Api):
    made = await api.make("ads", await new_ads(api, "Таң"))
    (known,), missing = made["ad_ids"], "7400000000000000999"
    told = (await api.send("ads/status", {"ids": [known, missing], "operation_status": "ENABLE"})).json()
    found = {row["ad_id"]: row for row in told["items"]}
    assert (found[known]["operation_status"], found[known]["error"]) == ("ENABLE", None)
    assert found[missing]["operation_status"] is None
    assert found[missing]["error"]["code"]


async def test_an_ad_whose_answer_was_lost_is_not_sent_again_and_stands_as_unknown(api: Api):
    body = await new_ads(api, "Таң")
    await api.tiktok.fail_next(CREATE, phase="after", cut=True)
    lost = await api.send("ads", body)
    assert (lost.status_code, lost.json()["code"]) == (409, "outcome_unknown")
    assert await api.count(CREATE) == 1
    assert len((await api.get("ads")).json()["items"]) == 1
    row = next(row for row in await records(api.app) if row.operation == "ads.ads.create")
    assert (row.success, row.outcome, row.error_code) == (False, "unknown", "outcome_unknown")


async def test_an_analyst_and_faulty_ads_are_refused_before_any_call(api: Api):
    made = await api.make("ads", await new_ads(api, "Таң"))
    ad_id, calls = made["ad_ids"][0], await api.count(CREATE)
    many = await api.send("ads", {"adgroup_id": "1", "creatives": [{"ad_name": "🌞"}] * 21})
    faults = {error["field"] for error in many.json()["errors"]}
    assert {"creatives", "creatives.0.ad_name", "creatives.0.identity_id"} <= faults
    nothing = await api.send(f"ads/{ad_id}", {}, "PATCH")
    assert (nothing.status_code, nothing.json()["errors"][0]["field"]) == (422, "body")
    for connection in (await api.http.get("/api/ads/connections")).json()["items"]:
        await api.http.delete(f"/api/ads/connections/{connection['id']}")
    await consent(api.app, api.tiktok, ANALYST)
    for path, sent, method in (
        ("ads", _minimal(), "POST"), (f"ads/{ad_id}", {"ad_name": "x"}, "PATCH"),
        ("ads/status", {"ids": [ad_id], "operation_status": "ENABLE"}, "POST"),
    ):  # fmt: skip
        refused = await api.send(path, sent, method)
        assert (refused.status_code, refused.json()["code"]) == (403, "role_forbids"), path
    assert (await api.count(CREATE), await api.count(UPDATE), await api.count(STATUS)) == (calls, 0, 0)
    refusals = [row for row in await records(api.app) if row.error_code == "role_forbids"]
    assert [row.outcome for row in refusals] == ["not_done"] * 3


def _minimal() -> dict[str, Any]:
    creative = {"ad_name": "a", "ad_format": "SINGLE_VIDEO", "ad_text": "b", "video_id": "v",
                "identity_type": "CUSTOMIZED_USER", "identity_id": "i"}  # fmt: skip
    return {"adgroup_id": "1", "creatives": [creative]}
