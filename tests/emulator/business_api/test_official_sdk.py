"""Conformance: TikTok's official SDK 1.1.3, as it comes from the registry, against the emulator over real HTTP."""

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import business_api_client as sdk
import httpx
import pytest
from business_api_client.models.filtering_report_integrated_get import FilteringReportIntegratedGet

from app.emulator import create_emulator
from app.emulator.business_api.settings import BusinessSettings
from tests.emulator.business_api.support import ADVERTISER, APP, BC, PREFIX, TOKEN
from tests.emulator.support import make_image, serve
from tests.emulator.videos import make_video

SECONDS = {"review_seconds": 0, "task_queue_seconds": 0, "task_run_seconds": 0}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    app = create_emulator(business_settings=BusinessSettings(limits_enabled=False, **SECONDS))  # type: ignore[arg-type]
    with serve(app) as address:
        yield address


@pytest.fixture
def client(address: str) -> Iterator[Any]:
    httpx.post(f"{address}/_emulator/business/reset", json={})
    configuration = sdk.Configuration()
    configuration.host = address
    made = sdk.ApiClient(configuration)
    yield made
    # Its own `__del__` would only do so when it is collected.
    made.pool.close()


def control(address: str, path: str, body: dict[str, Any]) -> Any:
    answer = httpx.post(f"{address}/_emulator/business/{path}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_consent_accounts_and_money(client: Any, address: str):
    code = control(address, "auth-codes", {})["auth_code"]
    body = sdk.Oauth2AccessTokenBody(app_id=APP["app_id"], secret=APP["secret"], auth_code=code)
    token = sdk.AuthenticationApi(client).oauth2_access_token(body=body)["data"]["access_token"]
    granted = sdk.AuthenticationApi(client).oauth2_advertiser_get(APP["app_id"], APP["secret"], token)
    assert ADVERTISER in [one["advertiser_id"] for one in granted["data"]["list"]]
    info = sdk.AccountManagementApi(client).advertiser_info([ADVERTISER], TOKEN, fields=["name", "balance"])
    assert info["data"]["list"][0] == {"advertiser_id": ADVERTISER, "name": "Newsroom Almaty", "balance": 1_000}

    centers = sdk.BCApi(client)
    assert centers.bc_get(TOKEN)["data"]["list"][0]["bc_info"]["bc_id"] == BC
    assets = centers.bc_asset_get(BC, "ADVERTISER", TOKEN, filtering=sdk.FilteringBcAssetGet(keyword="Almaty"))
    assert assets["data"]["page_info"]["total_number"] == 1
    moved = centers.bc_transfer(
        TOKEN,
        body=sdk.BcTransferBody(bc_id=BC, advertiser_id=ADVERTISER, transfer_type="RECHARGE", cash_amount=14.68),
    )
    assert moved["data"]["transaction_infos"][0]["transaction_type"] == "CASH"
    assert centers.bc_balance_get(BC, TOKEN)["data"]["cash_balance"] == pytest.approx(99_985.32)
    balances = centers.advertiser_balance_get(BC, TOKEN, page=1, page_size=50)["data"]["advertiser_account_list"]
    assert {one["advertiser_id"]: one["cash_balance"] for one in balances}[ADVERTISER] == 1_014.68
    assert centers.advertiser_transaction_get(BC, TOKEN)["data"]["transaction_list"][0]["amount"] == 14.68
    assert centers.bc_transaction_get(BC, TOKEN)["data"]["list"][0]["amount"] == -14.68
    listed = centers.bc_account_transaction_get(TOKEN, bc_id=BC)["data"]["transaction"]
    assert listed[0]["transaction_id"] == moved["data"]["transaction_infos"][0]["transaction_id"]
    opened = centers.bc_advertiser_create(
        TOKEN,
        body=sdk.AdvertiserCreateBody(
            bc_id=BC,
            advertiser_info=sdk.BcadvertisercreateAdvertiserInfo(name="New", currency="USD", timezone="Asia/Almaty"),
            customer_info=sdk.BcadvertisercreateCustomerInfo(company="N", industry="290101", registered_area="KZ"),
            qualification_info=sdk.BcadvertisercreateQualificationInfo(promotion_link="https://newsroom.example"),
        ),
    )
    renamed = sdk.AdvertiserUpdateBody(advertiser_id=opened["data"]["advertiser_id"], advertiser_name="Newer")
    sdk.AccountManagementApi(client).advertiser_update(TOKEN, body=renamed)


def make_campaign(client: Any, **changes: Any) -> str:
    given = {
        "advertiser_id": ADVERTISER, "campaign_name": "Spring", "objective_type": "TRAFFIC",
        "budget_mode": "BUDGET_MODE_DAY", "budget": 60.0, **changes,
    }  # fmt: skip
    made = sdk.CampaignCreationApi(client).campaign_create(TOKEN, body=sdk.CampaignCreateBody(**given))
    return str(made["data"]["campaign_id"])


def make_adgroup(client: Any, campaign_id: str) -> str:
    body = sdk.AdgroupCreateBody(
        advertiser_id=ADVERTISER, campaign_id=campaign_id, adgroup_name="Readers", location_ids=["1522867"],
        promotion_type="WEBSITE", placement_type="PLACEMENT_TYPE_NORMAL", placements=["PLACEMENT_TIKTOK"],
        budget_mode="BUDGET_MODE_DAY", budget=20.0, schedule_type="SCHEDULE_FROM_NOW",
        schedule_start_time="2026-01-01 00:00:00", optimization_goal="CLICK", billing_event="CPC",
        bid_type="BID_TYPE_CUSTOM", bid_price=0.5, pacing="PACING_MODE_SMOOTH",
    )  # fmt: skip
    return str(sdk.AdgroupApi(client).adgroup_create(TOKEN, body=body)["data"]["adgroup_id"])


def test_campaign_ad_group_and_ad_from_upload_to_deletion(client: Any, tmp_path: Path):
    campaigns, groups, ads, files = (
        api(client) for api in (sdk.CampaignCreationApi, sdk.AdgroupApi, sdk.AdApi, sdk.FileApi)
    )
    campaign = make_campaign(client)
    found = campaigns.campaign_get(
        ADVERTISER, TOKEN, filtering=sdk.FilteringCampaignGet(campaign_ids=[campaign]), page=1, page_size=100
    )
    assert [one["campaign_id"] for one in found["data"]["list"]] == [campaign]
    changed = sdk.CampaignUpdateBody(advertiser_id=ADVERTISER, campaign_id=campaign, campaign_name="May", budget=70.5)
    assert campaigns.campaign_update(TOKEN, body=changed)["data"]["budget"] == 70.5
    assert campaigns.smart_plus_campaign_get(ADVERTISER, TOKEN)["data"]["list"] == []

    group = make_adgroup(client, campaign)
    named = sdk.FilteringAdgroupGet(adgroup_ids=[group])
    assert groups.adgroup_get(ADVERTISER, TOKEN, filtering=named)["data"]["list"][0]["campaign_id"] == campaign
    changed = sdk.AdgroupUpdateBody(advertiser_id=ADVERTISER, adgroup_id=group, budget=25.0)
    assert groups.adgroup_update(TOKEN, body=changed)["data"]["budget"] == 25
    assert groups.adgroup_quota(ADVERTISER, TOKEN)["data"]["used_quota"] == 1
    assert groups.smart_plus_adgroup_get(ADVERTISER, TOKEN)["data"]["list"] == []

    clip, picture = tmp_path / "clip.mp4", tmp_path / "picture.jpg"
    clip.write_bytes(make_video())
    picture.write_bytes(make_image())
    (video,) = files.ad_video_upload(
        TOKEN, advertiser_id=ADVERTISER, upload_type="UPLOAD_BY_FILE", video_file=str(clip), file_name="clip",
        video_signature=hashlib.md5(clip.read_bytes()).hexdigest(), flaw_detect=True,
    )["data"]  # fmt: skip
    image = files.ad_image_upload(
        TOKEN, advertiser_id=ADVERTISER, upload_type="UPLOAD_BY_FILE", image_file=str(picture),
        image_signature=hashlib.md5(picture.read_bytes()).hexdigest(),
    )["data"]  # fmt: skip
    assert files.ad_video_info(ADVERTISER, [video["video_id"]], TOKEN)["data"]["list"][0]["file_name"] == "clip"
    assert files.file_image_ad_info(ADVERTISER, [image["image_id"]], TOKEN)["data"]["list"][0]["width"] == 540
    assert files.ad_video_search(ADVERTISER, TOKEN, page=1, page_size=20)["data"]["page_info"]["total_number"] == 1

    identities = sdk.IdentityApi(client)
    body = sdk.IdentityCreateBody(advertiser_id=ADVERTISER, display_name="Newsroom", image_uri=image["image_id"])
    identity = identities.identity_create(TOKEN, body=body)["data"]["identity_id"]
    assert identities.identity_get(ADVERTISER, TOKEN)["data"]["identity_list"][0]["identity_id"] == identity

    creative = sdk.AdcreateCreatives(
        ad_name="Flood", ad_format="SINGLE_VIDEO", ad_text="Су тасқыны", identity_type="CUSTOMIZED_USER",
        identity_id=identity, video_id=video["video_id"], landing_page_url="https://newsroom.example/flood",
        call_to_action="READ_MORE",
    )  # fmt: skip
    body = sdk.AdCreateBody(advertiser_id=ADVERTISER, adgroup_id=group, creatives=[creative])
    (ad,) = ads.ad_create(TOKEN, body=body)["data"]["ad_ids"]
    shown = ads.ad_get(ADVERTISER, TOKEN, filtering=sdk.FilteringAdGet(ad_ids=[ad]))["data"]["list"][0]
    assert (shown["ad_text"], shown["secondary_status"]) == ("Су тасқыны", "AD_STATUS_DELIVERY_OK")
    creative = sdk.AdupdateCreatives(ad_id=ad, ad_text="Су тасқыны азайды")
    body = sdk.AdUpdateBody(advertiser_id=ADVERTISER, adgroup_id=group, creatives=[creative], patch_update=True)
    assert ads.ad_update(TOKEN, body=body)["data"]["creatives"][0]["ad_text"] == "Су тасқыны азайды"
    assert ads.smart_plus_ad_get(ADVERTISER, TOKEN)["data"]["list"] == []

    off = {"advertiser_id": ADVERTISER, "operation_status": "DISABLE"}
    body = sdk.AdStatusUpdateBody(ad_ids=[ad], **off)
    assert ads.ad_status_update(TOKEN, body=body)["data"]["status"] == "DISABLE"
    body = sdk.AdgroupStatusUpdateBody(adgroup_ids=[group], **off)
    assert groups.adgroup_status_update(TOKEN, body=body)["data"]["error_list"] == []
    body = sdk.CampaignStatusUpdateBody(advertiser_id=ADVERTISER, campaign_ids=[campaign], operation_status="DELETE")
    assert campaigns.campaign_status_update(TOKEN, body=body)["data"]["campaign_ids"] == [campaign]
    assert ads.ad_get(ADVERTISER, TOKEN)["data"]["list"] == []


def test_reports_at_once_and_as_tasks(client: Any, address: str):
    made = control(address, "history", {"campaigns": 2, "days": 5})["items"][0]["campaign_id"]
    reports = sdk.ReportingApi(client)
    today = date.fromisoformat(httpx.get(f"{address}/_emulator/business/clock").json()["now"][:10])
    days = {"start_date": str(today - timedelta(days=8)), "end_date": str(today + timedelta(days=1))}
    common: dict[str, Any] = {"data_level": "AUCTION_CAMPAIGN", "dimensions": ["campaign_id"], **days}
    chosen = FilteringReportIntegratedGet(field_name="campaign_ids", filter_type="IN", filter_value=f'["{made}"]')
    (row,) = reports.report_integrated_get(
        "BASIC", TOKEN, advertiser_id=ADVERTISER, metrics=["spend"], filtering=[chosen], **common
    )["data"]["list"]
    assert row["dimensions"] == {"campaign_id": made}
    assert float(row["metrics"]["spend"]) > 0
    body = sdk.ReportTaskCreateBody(advertiser_id=ADVERTISER, report_type="BASIC", metrics=["spend"], **common)
    task = reports.report_task_create(TOKEN, body=body)["data"]["task_id"]
    assert reports.report_task_check(task, ADVERTISER, TOKEN)["data"]["status"] == "SUCCESS"
    # The SDK has no such call, and could not read a body that is no envelope.
    named = {"advertiser_id": ADVERTISER, "task_id": task}
    csv = httpx.get(f"{address}{PREFIX}report/task/download/", params=named, headers={"Access-Token": TOKEN}).text
    assert csv.splitlines()[0] == "Campaign ID,Spend"
    assert len(csv.splitlines()) == 3
    with pytest.raises(Exception, match="40200"):
        reports.report_task_cancel(TOKEN, body=sdk.TaskCancelBody(advertiser_id=ADVERTISER, task_id=task))


def test_comments_words_and_audiences(client: Any, address: str, tmp_path: Path):
    made = control(address, "history", {"campaigns": 1, "days": 1})["items"][0]
    first = control(address, "comments", {"ad_id": made["ad_id"], "text": "Жақсы"})
    comments = sdk.CommentsApi(client)
    today = httpx.get(f"{address}/_emulator/business/clock").json()["now"][:10]
    find = (ADVERTISER, today, today, "ADGROUP_ID", made["adgroup_id"], TOKEN)
    (found,) = comments.comment_list(*find)["data"]["comments"]
    assert (found["content"], found["comment_id"]) == ("Жақсы", first["comment_id"])
    thread = comments.comment_reference(ADVERTISER, first["comment_id"], "COMMENT", TOKEN)
    assert len(thread["data"]["comments"]) == 1
    body = sdk.StatusUpdateBody(advertiser_id=ADVERTISER, comment_ids=[first["comment_id"]], operation="HIDDEN")
    comments.comment_status_update(TOKEN, body=body)
    (found,) = comments.comment_list(*find, comment_status=["HIDDEN"], comment_type=["ALL"])["data"]["comments"]
    assert found["comment_status"] == "HIDDEN"
    words = {"advertiser_id": ADVERTISER, "blocked_words": ["spam"]}
    comments.blockedword_create(TOKEN, body=sdk.BlockedwordCreateBody(**words))
    assert comments.blockedword_list(ADVERTISER, TOKEN)["data"]["list"] == [{"bw_content": "spam"}]
    assert comments.blockedword_check(ADVERTISER, ["spam"], TOKEN)["data"]["results"][0]["blocked"] is True
    comments.blockedword_delete(TOKEN, body=sdk.BlockedwordDeleteBody(**words))

    audiences = sdk.AudienceApi(client)
    hashes = tmp_path / "hashes.csv"
    hashes.write_text(hashlib.sha256(b"a@newsroom.example").hexdigest())
    path = audiences.dmp_custom_audience_file_upload(
        TOKEN, advertiser_id=ADVERTISER, file=str(hashes), calculate_type="EMAIL_SHA256",
        file_signature=hashlib.md5(hashes.read_bytes()).hexdigest(),
    )["data"]["file_path"]  # fmt: skip
    body = sdk.CustomAudienceCreateBody(
        advertiser_id=ADVERTISER, custom_audience_name="Readers", file_paths=[path], calculate_type="EMAIL_SHA256"
    )
    audience = audiences.dmp_custom_audience_create(TOKEN, body=body)["data"]["custom_audience_id"]
    listed = audiences.dmp_custom_audience_list(ADVERTISER, TOKEN)["data"]["list"]
    assert [one["custom_audience_id"] for one in listed] == [audience]
    assert audiences.dmp_custom_audience_get(ADVERTISER, [audience], TOKEN)["data"]["list"]
    body = sdk.CustomAudienceDeleteBody(advertiser_id=ADVERTISER, custom_audience_ids=[audience])
    audiences.dmp_custom_audience_delete(TOKEN, body=body)


def test_a_refusal_is_the_error_that_the_sdk_knows(client: Any):
    with pytest.raises(Exception, match="40105"):
        sdk.BCApi(client).bc_get("nobody's")
    with pytest.raises(Exception, match="40002"):
        make_campaign(client, budget=1.0)


def test_so_many_operations_are_called_here():
    """At least 30 of the SDK's operations: counted in what stands above."""
    called = set(Path(__file__).read_text(encoding="utf-8").split("def test_so_many", 1)[0].replace("(", " ").split())
    operations = {
        name
        for api in vars(sdk).values()
        if isinstance(api, type) and api.__name__.endswith("Api")
        for name in vars(api)
        if not name.startswith("_") and not name.endswith("_with_http_info")
    }
    used = {name for name in operations if any(word.endswith(f".{name}") for word in called)}
    assert len(used) >= 30, sorted(used)
