"""What a call looks like on the wire, and how odd answers are read."""

import hashlib
import json
from decimal import Decimal

import httpx
import pytest

from app.kit import exact_json
from app.tiktok_business.addresses import AddressUnusable, read_address
from app.tiktok_business.audiences import Personal, hash_personal
from app.tiktok_business.campaigns import CampaignCreate, CampaignUpdate
from app.tiktok_business.centers import FundsKind, TransferType
from app.tiktok_business.errors import BusinessUnavailable, NotAllowed
from app.tiktok_business.family import every
from app.tiktok_business.oauth import AppCredentials, consent_url
from app.tiktok_business.reports import ReportQuery, TaskState
from app.tiktok_business.subscriptions import SubscribeEntity
from tests.tiktok_business.scripted import TOKEN, Script, make_client, told

APP = AppCredentials("7123", "a-secret")
BIG = "7123456789012345678"


async def test_lists_and_objects_stand_in_the_query_as_json_and_the_token_in_its_own_header():
    script = Script(told({"list": []}))
    await make_client(script).campaigns.list_campaigns(
        BIG, filtering={"campaign_ids": [BIG], "campaign_name": "Наурыз"}, fields=["campaign_id"], page_size=5
    )
    (asked,) = script.asked
    assert asked.url.path == "/open_api/v1.3/campaign/get/"
    query = dict(asked.url.params)
    assert json.loads(query.pop("filtering")) == {"campaign_ids": [BIG], "campaign_name": "Наурыз"}
    assert query == {"advertiser_id": BIG, "fields": '["campaign_id"]', "page": "1", "page_size": "5"}
    assert asked.headers["Access-Token"] == TOKEN
    assert "Authorization" not in asked.headers
    assert asked.content == b""


async def test_amounts_leave_with_the_digits_they_came_with():
    script = Script(told({}))
    client = make_client(script)
    await client.centers.transfer("9", BIG, TransferType.REFUND, Decimal("90071992547409.93"), funds=FundsKind.grant)
    await client.campaigns.update(CampaignUpdate(advertiser_id=BIG, campaign_id="2", budget=Decimal("60.00")))
    transfer, update = (request.content for request in script.asked)
    assert b'"grant_amount":90071992547409.93' in transfer
    assert b"cash_amount" not in transfer
    assert b'"budget":60.00' in update
    assert b"budget_mode" not in update


async def test_a_create_sends_what_was_given_and_nothing_else():
    script = Script(told({"campaign_id": BIG, "budget": 60.1, "is_new": True}))
    new = CampaignCreate(advertiser_id=BIG, campaign_name="Көктем", objective_type="TRAFFIC", request_id="9")
    made = await make_client(script).campaigns.create(new)
    assert script.bodies == [
        {"advertiser_id": BIG, "campaign_name": "Көктем", "objective_type": "TRAFFIC", "request_id": "9"}
    ]
    assert (made.campaign_id, made.budget, made.raw["is_new"]) == (BIG, Decimal("60.1"), True)


async def test_numbers_in_the_place_of_ids_keep_all_digits():
    script = Script(httpx.Response(200, text='{"code":0,"data":{"list":[{"campaign_id":7123456789012345678}]}}'))
    page = await make_client(script).campaigns.list_campaigns(BIG)
    assert page.items[0].campaign_id == BIG


async def test_an_upload_carries_its_md5_and_its_answer_is_the_first_of_a_list():
    script = Script(told([{"video_id": "v1", "size": 3}]))
    stored = await make_client(script).files.upload_video(BIG, b"abc", name="бейне.mp4")
    (asked,) = script.asked
    assert asked.headers["content-type"].startswith("multipart/form-data")
    assert hashlib.md5(b"abc", usedforsecurity=False).hexdigest().encode() in asked.content
    assert b'name="video_file"; filename=' in asked.content
    assert b'name="advertiser_id"\r\n\r\n' + BIG.encode() in asked.content
    assert stored.video_id == "v1"


async def test_an_upload_by_address_is_multipart_too():
    script = Script(told({"image_id": "i1"}))
    stored = await make_client(script).files.upload_image_by_url(BIG, "https://a.example/1.jpg", name="1.jpg")
    assert script.asked[0].headers["content-type"].startswith("multipart/form-data")
    assert b"https://a.example/1.jpg" in script.asked[0].content
    assert stored.image_id == "i1"


async def test_credentials_stand_in_the_body_where_there_is_no_token():
    script = Script(told({"access_token": "t0", "advertiser_ids": ["1", 2], "scope": [4, 200]}))
    grant = await make_client(script).oauth.exchange(APP, "code")
    assert script.bodies == [{"app_id": "7123", "secret": "a-secret", "auth_code": "code"}]
    assert "Access-Token" not in script.asked[0].headers
    assert (grant.advertiser_ids, grant.scope) == (["1", "2"], [4, 200])
    assert "t0" not in repr(grant)
    await make_client(script).subscriptions.unsubscribe(APP, "5")
    assert "Access-Token" not in script.asked[1].headers


async def test_subscriptions_and_consent_name_what_they_are_for():
    script = Script(told({"subscription_id": "5"}))
    made = await make_client(script).subscriptions.subscribe(
        APP, SubscribeEntity.AD, "https://a.example/in", {"access_token": "t", "advertiser_id": "1"}
    )
    assert (made.subscription_id, script.bodies[0]["subscribe_entity"]) == ("5", "AD")
    url = consent_url(read_address("https://business-api.tiktok.com"), "7", state="s&", redirect_uri="https://a/b")
    assert url == "https://business-api.tiktok.com/portal/auth?app_id=7&state=s%26&redirect_uri=https%3A%2F%2Fa%2Fb"


async def test_metrics_are_tiktok_s_texts_and_a_dash_is_none():
    row = {"dimensions": {"campaign_id": 12, "stat_time_day": "2026-11-01"}, "metrics": {"spend": "14.68", "ctr": "-"}}
    script = Script(told({"list": [row], "page_info": {"page": 1, "total_page": 1}}, throttle="truncated"))
    query = ReportQuery(
        advertiser_id=BIG, data_level="AUCTION_CAMPAIGN", dimensions=["campaign_id"], query_lifetime=True
    )
    page = await make_client(script).reports.get_report(query)
    assert page.items[0].metrics == {"spend": "14.68", "ctr": None}
    assert page.items[0].dimensions["campaign_id"] == "12"
    assert (page.is_last, page.is_truncated) == (True, True)
    assert script.asked[0].url.params["query_lifetime"] == "true"
    assert script.asked[0].method == "GET"


async def test_a_finished_report_is_the_csv_itself_or_an_address():
    script = Script(
        told({"status": "NEW_WORD", "message": "?"}),
        httpx.Response(200, content="Spend\n1.5\n".encode("utf-8-sig"), headers={"content-type": "text/csv"}),
        told({"download_url": "https://a.example/f"}),
        told(code=40201, message="not ready"),
    )
    reports = make_client(script).reports
    assert (await reports.check_task(BIG, "3")).state is TaskState.unknown
    assert (await reports.download_task(BIG, "3")).content == b"\xef\xbb\xbfSpend\n1.5\n"
    assert (await reports.download_task(BIG, "3")).download_url == "https://a.example/f"


async def test_pages_are_walked_to_the_last():
    pages = [
        told({"list": [{"asset_id": n}], "page_info": {"page": n, "total_page": 3, "total_number": 3}})
        for n in (1, 2, 3)
    ]
    script = Script(*pages)
    assert [asset.asset_id async for asset in every(make_client(script).centers.list_assets, "9")] == ["1", "2", "3"]
    assert [request.url.params["page"] for request in script.asked] == ["1", "2", "3"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'{"code":"0"}',
        b'{"code":true,"data":{}}',
        b"[" * 100_000,
        b'{"code":NaN}',
        b"\xff\xfe",
        b"{",
    ],
)
async def test_an_answer_that_is_no_envelope_is_an_error_and_no_crash(body):
    with pytest.raises(BusinessUnavailable):
        await make_client(Script(httpx.Response(200, content=body))).advertisers.get_user()


async def test_data_that_is_not_what_was_promised_is_an_error_that_names_it():
    with pytest.raises(BusinessUnavailable) as odd:
        await make_client(Script(told({"list": [{"campaign_name": "x"}]}))).campaigns.list_campaigns(BIG)
    assert odd.value.said == "wrong or missing: list.0.campaign_id"


async def test_money_is_read_also_from_texts_and_what_is_no_number_is_none():
    rows = [{"advertiser_id": "1", "account_balance": "12.30", "cash_balance": 1e2, "grant_balance": "?"}]
    script = Script(told({"advertiser_account_list": rows}))
    (row,) = (await make_client(script).centers.list_balances("9")).items
    assert (row.account_balance, row.cash_balance, row.grant_balance) == (Decimal("12.30"), Decimal("100.0"), None)


async def test_audiences_are_off_and_take_no_person_unhashed():
    with pytest.raises(NotAllowed):
        await make_client(Script(told())).audiences.list_audiences(BIG)
    script = Script(told({"file_path": "f"}))
    audiences = make_client(script, allow_audiences=True).audiences
    with pytest.raises(ValueError, match="hashed"):
        await audiences.upload(BIG, Personal.email, [b"reader@a.example"], name="readers")
    assert script.asked == []
    await audiences.upload(BIG, Personal.email, [hash_personal(" Reader@A.example ", Personal.email)], name="readers")
    assert hashlib.sha256(b"reader@a.example").hexdigest().encode() in script.asked[0].content


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ("https://business-api.tiktok.com", "https://business-api.tiktok.com/open_api/v1.3/"),
        ("https://business-api.tiktok.com/", "https://business-api.tiktok.com/open_api/v1.3/"),
        ("https://business-api.tiktok.com/open_api/v1.3/", "https://business-api.tiktok.com/open_api/v1.3/"),
        ("https://business-api.tiktok.com/open_api", "https://business-api.tiktok.com/open_api/v1.3/"),
        ("http://127.0.0.1:8090", "http://127.0.0.1:8090/open_api/v1.3/"),
    ],
)
def test_the_address_may_be_given_with_or_without_the_path(given, base):
    assert read_address(given).base == base


@pytest.mark.parametrize(
    "given",
    ["", "business-api.tiktok.com", "ftp://a.example", "http://a.example", "https://a.example/v2", "https://a.example?x=1",
     "https://u:p@a.example", "https://a.example:x", "https://a.example/open_api/v1.2"],
)  # fmt: skip
def test_what_is_no_address_of_the_api_is_refused(given):
    with pytest.raises(AddressUnusable):
        read_address(given)


def test_the_sandbox_is_known_by_its_host():
    assert read_address("https://sandbox-ads.tiktok.com/open_api/v1.3").is_sandbox
    assert not read_address("https://business-api.tiktok.com").is_sandbox


@pytest.mark.parametrize("text", ['{"a":1,"a":2}', '{"a":1e999999999}', '{"a":Infinity}', "[" * 65 + "]" * 65, "{"])
def test_json_that_nobody_can_mean_is_refused(text):
    with pytest.raises(ValueError):
        exact_json.parse(text, is_strict=True)
