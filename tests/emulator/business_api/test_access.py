"""Who may call what: paths, tokens, scopes, roles, the sandbox, and consent."""

from typing import Any

import httpx
import pytest

from tests.emulator.business_api.support import (
    ADVERTISER,
    ANALYST,
    APP,
    BC,
    OPERATOR,
    OTHER_ADVERTISER,
    PREFIX,
    SANDBOX_ADVERTISER,
    Business,
    packed,
)


async def test_a_path_needs_its_slash_and_its_method(business: Business):
    for path in ("bc/get", "bc/advertiser/get/", "campaign/update/status/", "reports/integrated/get/"):
        answer = await business.send("GET", path)
        assert (answer.status_code, answer.text) == (404, "404 page not found")
    assert (await business.send("POST", "bc/get/", json={})).status_code == 405
    assert (await business.client.get("/open_api/v1.2/bc/get/")).status_code == 404


async def test_a_token_is_wanted_in_its_own_header(business: Business):
    for headers, code in (
        ({}, 40104),
        ({"Authorization": f"Bearer {business.token}"}, 40104),
        ({"Access-Token": "nobody's"}, 40105),
        ({"Access-Token": business.token}, 0),
    ):
        answer = await business.client.get(f"{PREFIX}bc/get/", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (200, code)
        assert answer.json()["request_id"] == answer.headers["x-tt-logid"]


async def test_a_code_is_exchanged_once_and_its_token_lives_until_it_is_revoked(business: Business):
    code = (await business.control("auth-codes", {"advertiser_ids": [ADVERTISER], "scopes": [4, 200]}))["auth_code"]
    got = await business.post("oauth2/access_token/", **APP, auth_code=code)
    assert got["advertiser_ids"] == [ADVERTISER]
    assert got["scope"] == [4, 200]
    assert (await business.refused("POST", "oauth2/access_token/", **APP, auth_code=code))[0] == 40110
    late = (await business.control("auth-codes"))["auth_code"]
    await business.control("clock", {"advance_seconds": 3_600})
    assert (await business.refused("POST", "oauth2/access_token/", **APP, auth_code=late))[0] == 40110
    wrong = {**APP, "secret": "x"}
    assert (await business.refused("POST", "oauth2/access_token/", **wrong, auth_code=late))[0] == 40101

    mine = Business(business.client, got["access_token"])
    await business.control("clock", {"advance_hours": 24 * 900})
    assert (await mine.get("oauth2/advertiser/get/", **APP))["list"][0]["advertiser_id"] == ADVERTISER
    assert (await mine.get("campaign/get/", advertiser_id=ADVERTISER))["list"] == []
    assert (await mine.refused("GET", "campaign/get/", advertiser_id=OTHER_ADVERTISER))[0] == 40001
    code, message = await mine.refused("GET", "adgroup/get/", advertiser_id=ADVERTISER)
    assert (code, message) == (40001, "advertiser does not grant /adgroup/get/:GET permission")
    revoked = await business.post("oauth2/revoke_token/", **APP, access_token=got["access_token"])
    assert revoked["advertiser_ids"] == [ADVERTISER]
    assert (await mine.refused("GET", "user/info/"))[0] == 40105


async def test_roles_say_who_may_write_and_who_may_move_money(business: Business):
    operator, analyst = await business.as_user(OPERATOR), await business.as_user(ANALYST)
    made = await operator.make_campaign()
    assert (await analyst.one("campaign/get/"))["campaign_id"] == made["campaign_id"]
    campaign = {
        "advertiser_id": ADVERTISER, "campaign_name": "x", "objective_type": "REACH",
        "budget_mode": "BUDGET_MODE_INFINITE",
    }  # fmt: skip
    assert (await analyst.refused("POST", "campaign/create/", **campaign))[0] == 40001
    transfer = {"bc_id": BC, "advertiser_id": ADVERTISER, "transfer_type": "RECHARGE", "cash_amount": 1}
    for person in (operator, analyst):
        assert (await person.refused("POST", "bc/transfer/", **transfer))[0] == 40001
    await business.control("users", {"user_id": OPERATOR, "roles": {ADVERTISER: None}})
    assert (await operator.refused("GET", "campaign/get/", advertiser_id=ADVERTISER))[0] == 40001
    await business.control(f"advertisers/{ADVERTISER}", {"status": "STATUS_LIMIT"})
    assert (await business.refused("POST", "campaign/create/", **campaign))[0] == 40002
    assert (await business.refused("GET", "campaign/get/", advertiser_id="7"))[0] == 40300


async def test_the_sandbox_has_its_own_host_account_endpoints_and_limits(business: Business):
    sandbox = {"Host": "sandbox-ads.tiktok.example"}

    async def ask(method: str, endpoint: str, **more) -> httpx.Response:
        return await business.send(method, endpoint, headers=sandbox, **more)

    assert (await ask("GET", "bc/get/")).json()["code"] == 40009
    assert (await ask("GET", "comment/list/")).json()["code"] == 40009
    query = packed({"advertiser_id": SANDBOX_ADVERTISER})
    await business.control("settings", {"limits_enabled": True})
    assert (await ask("GET", "campaign/get/", params=query)).json()["code"] == 0
    assert (await ask("GET", "campaign/get/", params=query)).json()["code"] == 40100
    assert (await ask("GET", "adgroup/get/", params=query)).json()["code"] == 0
    await business.control("settings", {"limits_enabled": False})
    made = await ask(
        "POST",
        "campaign/create/",
        json={
            "advertiser_id": SANDBOX_ADVERTISER, "campaign_name": "s", "objective_type": "TRAFFIC",
            "budget_mode": "BUDGET_MODE_INFINITE",
        },
    )  # fmt: skip
    assert "secondary_status" not in made.json()["data"]
    assert (await ask("GET", "campaign/get/", params=packed({"advertiser_id": ADVERTISER}))).json()["code"] == 40013
    assert (await business.refused("GET", "campaign/get/", advertiser_id=SANDBOX_ADVERTISER))[0] == 40010


async def test_an_account_that_is_opened_belongs_to_who_opened_it(business: Business):
    body: dict[str, Any] = {
        "bc_id": BC, "advertiser_info": {"name": "Newsroom Astana", "currency": "KZT", "timezone": "Asia/Almaty"},
        "customer_info": {"company": "N", "industry": "290101", "registered_area": "KZ"},
        "qualification_info": {"promotion_link": "https://newsroom.example"},
    }  # fmt: skip
    made = await business.post("bc/advertiser/create/", **body)
    listed = await business.get("bc/asset/get/", bc_id=BC, asset_type="ADVERTISER", filtering={"keyword": "astana"})
    assert [one["asset_id"] for one in listed["list"]] == [made["advertiser_id"]]
    assert listed["list"][0]["advertiser_role"] == "ADMIN"
    (info,) = (await business.get("advertiser/info/", advertiser_ids=[made["advertiser_id"]]))["list"]
    assert (info["currency"], info["balance"], info["owner_bc_id"]) == ("KZT", 0, BC)
    for wrong in (
        {"advertiser_info": {**body["advertiser_info"], "currency": "XXX"}},
        {"advertiser_info": {**body["advertiser_info"], "timezone": "Mars/Olympus"}},
        {"advertiser_info": {**body["advertiser_info"], "name": "x" * 101}},
        {"qualification_info": None},
        {"customer_info": None},
    ):
        assert (await business.refused("POST", "bc/advertiser/create/", **{**body, **wrong}))[0] == 40002


@pytest.mark.parametrize("size", [0, 51, -1])
async def test_pages_have_bounds(business: Business, size: int):
    assert (await business.refused("GET", "bc/get/", page_size=size))[0] == 40002
    assert (await business.refused("GET", "bc/get/", page=0))[0] == 40002
