"""Sentences of the contract that no other test holds: tiers, every filter, the keys of answers, the commands."""

from typing import Any

import click
import pytest

from app.ads.internal.registry import REGISTRY
from app.cli import cli
from app.limits.business import SANDBOX, TIERS
from tests.ads.conftest import ADVERTISER, KEY, Gateway, TikTok
from tests.ads.desk import SECOND, control

CAMPAIGN = {
    "id", "advertiserId", "name", "objective", "budgetMode", "budget", "status", "operationStatus", "secondaryStatus",
    "createTime", "modifyTime", "raw",
}  # fmt: skip
DAYS = {"startDate": "2026-01-01", "endDate": "2026-01-02"}


def test_the_tiers_are_those_of_the_contract():
    assert {name: rates[:2] for name, rates in TIERS.items()} == {
        "basic": (10, 600), "advanced": (20, 1_200), "premium": (30, 1_800), "ultimate": (50, 3_000),
    }  # fmt: skip
    assert SANDBOX == (1, 30, 1_000)


async def test_campaigns_have_every_key_and_are_found_by_every_filter(gateway: Gateway):
    first = await gateway.create("Көктем", status="paused")
    other = await gateway.create("Жаз", objective="REACH")

    async def found(**filters: Any) -> list[str]:
        told = await gateway.execute("list_campaigns", {"advertiser_id": ADVERTISER, "filters": filters, "all": True})
        assert told["success"], told
        assert all(set(one) == CAMPAIGN for one in told["data"]["campaigns"])
        return [one["id"] for one in told["data"]["campaigns"]]

    assert await found() == [other, first]
    assert await found(name="өкт") == [first]
    assert await found(status="active") == [other]
    assert await found(objective="REACH") == [other]
    assert await found(ids=[int(first)]) == [first]
    assert await found(createdAfter="2020-01-01T00:00:00Z", createdBefore="2099-01-01T00:00:00Z") == [other, first]
    assert await found(createdAfter="2099-01-01T00:00:00Z") == []


async def test_a_report_of_several_ad_accounts_has_each_and_six_are_too_many(gateway: Gateway, tiktok: TikTok):
    for advertiser_id in (ADVERTISER, SECOND):
        await control(tiktok, "history", advertiser_id=advertiser_id, campaigns=1, days=5, deposit=100_000)
    asked = {"dataLevel": "AUCTION_ADVERTISER", "dimensions": ["advertiser_id"], "metrics": ["spend"], "lifetime": True}
    told = await gateway.execute("GetReport", {**asked, "advertiserIds": [ADVERTISER, SECOND]})
    assert {row["dimensions"]["advertiser_id"] for row in told["data"]["rows"]} == {ADVERTISER, SECOND}
    many = await gateway.execute("GetReport", {**asked, "advertiserIds": [ADVERTISER] * 6})
    assert (many["error"]["code"], set(many["error"]["fields"])) == ("INVALID_PAYLOAD", {"advertiserIds"})
    both = await gateway.execute("GetReport", {**asked, "advertiserId": ADVERTISER, "advertiserIds": [SECOND]})
    assert both["error"]["code"] == "INVALID_PAYLOAD"


async def test_who_cannot_wait_is_told_for_how_long_and_during_a_pause_at_once(gateway: Gateway, tiktok: TikTok):
    per_minute = "Too many requests: the limit per minute is exceeded."
    await tiktok.fail_next("campaign/get/", code=40100, message=per_minute, times=9)
    list_all = {"advertiserId": ADVERTISER}
    for _ in range(2):
        told = await gateway.execute("ListCampaigns", list_all)
        assert (told["error"]["code"], told["error"]["retryable"], told["error"]["outcome"]) == (
            "RATE_LIMITED", True, "not_done",
        )  # fmt: skip
        assert 0 < told["error"]["retryAfterSeconds"] <= 300
    assert len(await tiktok.calls("campaign/get/")) == 1


async def test_a_context_may_be_missing_and_the_answer_still_names_a_correlation(gateway: Gateway):
    answer = await gateway.post({"Provider": "TIKTOK", "operation": "ping"})
    told = answer.json()
    assert (answer.status_code, told["success"], told["operation"]) == (200, True, "Ping"), told
    assert told["correlationId"]


async def test_the_operations_are_listed_with_what_they_take(gateway: Gateway):
    answer = await gateway.http.get("/internal/operations", headers={"X-Internal-Key": KEY})
    listed = answer.json()
    assert {tuple(sorted(one)) for one in listed} == {("description", "endpoint", "name", "payload", "writes")}
    assert [one["name"] for one in listed] == [operation.name for operation in REGISTRY.operations]
    writes = {one["name"] for one in listed if one["writes"]}
    assert writes == {
        "CreateCampaign", "UpdateCampaign", "UpdateCampaignStatus", "CreateAdvertiser", "TransferFunds",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("group", "commands"),
    [
        (None, {"advertisers", "campaigns", "comments", "report", "upload-video"}),
        ("campaigns", {"list", "create", "pause", "resume"}), ("advertisers", {"list"}),
        ("comments", {"list", "reply"}),
    ],
)  # fmt: skip
def test_the_commands_are_those_of_the_contract_and_print_json(group: str | None, commands: set[str]):
    ads = cli.commands["ads"]
    assert isinstance(ads, click.Group)
    found = ads if group is None else ads.commands[group]
    assert isinstance(found, click.Group)
    assert commands <= set(found.commands)
    for command in map(found.commands.get, commands):
        if command is not None and not isinstance(command, click.Group):
            assert "--json" in {name for one in command.params for name in one.opts}, command.name
