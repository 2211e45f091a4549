"""The client over real HTTP, against an emulator that was written from TikTok's documents and not from the client."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest
from PIL import Image

from app.emulator import create_emulator
from app.emulator.business_api.settings import BusinessSettings
from app.emulator.server import configured
from app.kit.clock import utcnow
from app.kit.http.client import build_client
from app.tiktok_business.addresses import read_address
from app.tiktok_business.adgroups import AdGroupCreate
from app.tiktok_business.ads import AdCreate
from app.tiktok_business.audiences import Personal, hash_personal
from app.tiktok_business.campaigns import CampaignCreate, CampaignUpdate, OperationStatus
from app.tiktok_business.centers import FundsKind, NewAdvertiser, TransferType
from app.tiktok_business.client import TikTokBusinessClient
from app.tiktok_business.codes import Kind
from app.tiktok_business.errors import BusinessRefused
from app.tiktok_business.family import every
from app.tiktok_business.limiter import NoLimit
from app.tiktok_business.oauth import AppCredentials
from app.tiktok_business.reports import ReportQuery, TaskState
from app.tiktok_business.subscriptions import SubscribeEntity
from tests.support import serving


def png(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(file, "PNG")
    return file.getvalue()


HERE = BusinessSettings(limits_enabled=False, task_queue_seconds=0, task_run_seconds=0)
APP = AppCredentials(HERE.app_id, HERE.app_secret)
ADVERTISER = "7200000000000000001"


@pytest.fixture
async def address() -> AsyncIterator[str]:
    async with serving.serve(configured(create_emulator(business_settings=HERE), "127.0.0.1", 0)) as address:
        yield address


@pytest.fixture
async def client(address: str) -> AsyncIterator[TikTokBusinessClient]:
    async with build_client() as http:
        yield TikTokBusinessClient(
            http, read_address(address), NoLimit(), access_token=HERE.access_token, allow_audiences=True
        )


async def test_who_is_asking_and_which_accounts_there_are(client: TikTokBusinessClient):
    assert (await client.advertisers.get_user()).display_name
    granted = [one.advertiser_id for one in await client.oauth.list_advertisers(APP)]
    (info, *_) = await client.advertisers.get_info(granted)
    assert (info.advertiser_id, info.currency) == (granted[0], "USD")
    (center, *_) = (await client.centers.list_centers()).items
    assert center.bc_info.bc_id == HERE.bc_id
    assets = {asset.asset_id async for asset in every(client.centers.list_assets, HERE.bc_id)}
    assert ADVERTISER in assets


async def test_money_moves_to_the_cent_and_is_listed(client: TikTokBusinessClient):
    before = {row.advertiser_id: row for row in (await client.centers.list_balances(HERE.bc_id)).items}[ADVERTISER]
    done = await client.centers.transfer(HERE.bc_id, ADVERTISER, TransferType.RECHARGE, Decimal("12.34"))
    await client.centers.transfer(HERE.bc_id, ADVERTISER, TransferType.REFUND, Decimal("0.04"), funds=FundsKind.cash)
    after = {row.advertiser_id: row for row in (await client.centers.list_balances(HERE.bc_id)).items}[ADVERTISER]
    assert before.cash_balance is not None
    assert after.cash_balance == before.cash_balance + Decimal("12.30")
    rows = [row async for row in every(client.centers.list_account_transactions, HERE.bc_id)]
    assert done.transaction_infos[0].transaction_id in {row.transaction_id for row in rows}
    amounts = {row.amount async for row in every(client.centers.list_advertiser_transactions, HERE.bc_id)}
    assert {Decimal("12.34"), Decimal("-0.04")} <= amounts
    assert (await client.centers.list_center_transactions(HERE.bc_id)).items
    assert (await client.centers.get_balance(HERE.bc_id)).cash_balance is not None


async def test_an_advertiser_is_made_and_described(client: TikTokBusinessClient):
    new = NewAdvertiser(
        bc_id=HERE.bc_id,
        advertiser_info={"name": "Жаңалық", "currency": "USD", "timezone": "Asia/Almaty"},
        customer_info={"company": "News", "industry": "290901", "registered_area": "KZ"},
        qualification_info={"promotion_link": "https://news.example"},
    )
    made = await client.centers.create_advertiser(new)
    (info,) = await client.advertisers.get_info([made.advertiser_id])
    assert info.name == "Жаңалық"


async def make_campaign(client: TikTokBusinessClient, name: str = "Көктем", request_id: str | None = None) -> str:
    made = await client.campaigns.create(
        CampaignCreate(
            advertiser_id=ADVERTISER, campaign_name=name, objective_type="TRAFFIC", budget_mode="BUDGET_MODE_DAY",
            budget=Decimal("60.00"), request_id=request_id,
        )
    )  # fmt: skip
    return made.campaign_id


async def test_a_campaign_its_ad_group_and_its_ad(client: TikTokBusinessClient):
    campaign_id = await make_campaign(client)
    await client.campaigns.update(
        CampaignUpdate(advertiser_id=ADVERTISER, campaign_id=campaign_id, budget=Decimal("75.5"))
    )
    found = await client.campaigns.find_campaign(ADVERTISER, campaign_id)
    assert found is not None
    assert (found.campaign_name, found.budget, found.raw["campaign_id"]) == ("Көктем", Decimal("75.5"), campaign_id)
    switched = await client.campaigns.update_status(ADVERTISER, [campaign_id], OperationStatus.DISABLE)
    assert switched.campaign_ids == [campaign_id]
    group = await client.adgroups.create(AdGroupCreate.model_validate(_adgroup(campaign_id)))
    assert [one.adgroup_id async for one in every(client.adgroups.list_adgroups, ADVERTISER)] == [group.adgroup_id]
    await client.adgroups.update_budgets(ADVERTISER, tomorrow={group.adgroup_id: Decimal("30.00")})
    await client.adgroups.update_status(ADVERTISER, [group.adgroup_id], OperationStatus.DISABLE)
    stored = await client.files.upload_image(ADVERTISER, png(640, 640), name="көктем.png")
    identity = await client.identities.create(ADVERTISER, "Newsroom")
    ads = await client.ads.create(
        AdCreate(
            advertiser_id=ADVERTISER,
            adgroup_id=group.adgroup_id,
            creatives=[
                {
                    "ad_name": "one", "ad_format": "SINGLE_IMAGE", "ad_text": "Көктем келді",
                    "image_ids": [stored.image_id], "identity_type": "CUSTOMIZED_USER",
                    "identity_id": identity.identity_id,
                    "landing_page_url": "https://news.example",
                    "call_to_action": "READ_MORE",
                }
            ],
        )
    )  # fmt: skip
    assert [ad.ad_id async for ad in every(client.ads.list_ads, ADVERTISER)] == ads.ad_ids
    deleted = await client.campaigns.update_status(ADVERTISER, [campaign_id], OperationStatus.DELETE)
    assert deleted.campaign_ids == [campaign_id]
    gone = await client.campaigns.find_campaign(ADVERTISER, campaign_id)
    assert gone is not None
    assert (gone.operation_status, gone.secondary_status) == ("DELETE", "CAMPAIGN_STATUS_DELETE")


def _adgroup(campaign_id: str) -> dict[str, object]:
    return {
        "advertiser_id": ADVERTISER, "campaign_id": campaign_id, "adgroup_name": "топ", "promotion_type": "WEBSITE",
        "placement_type": "PLACEMENT_TYPE_NORMAL", "placements": ["PLACEMENT_TIKTOK"], "location_ids": ["1522867"],
        "budget_mode": "BUDGET_MODE_DAY", "budget": Decimal("25.00"), "schedule_type": "SCHEDULE_FROM_NOW",
        "schedule_start_time": "2030-01-01 00:00:00", "optimization_goal": "CLICK", "billing_event": "CPC",
        "bid_type": "BID_TYPE_NO_BID", "pacing": "PACING_MODE_SMOOTH",
    }  # fmt: skip


async def test_a_request_id_that_was_used_is_a_conflict(client: TikTokBusinessClient):
    await make_campaign(client, "a", request_id="77")
    with pytest.raises(BusinessRefused) as refused:
        await make_campaign(client, "b", request_id="77")
    assert (refused.value.tiktok_code, refused.value.meaning.kind) == (40050, Kind.conflict)


async def test_a_report_at_once_and_as_a_task(client: TikTokBusinessClient, address: str):
    async with build_client() as operator:
        await operator.post(f"{address}/_emulator/business/history", json={"campaigns": 2, "days": 5})
    today = utcnow().date()
    query = ReportQuery(
        advertiser_id=ADVERTISER, data_level="AUCTION_CAMPAIGN", dimensions=["campaign_id"],
        metrics=["spend", "impressions"], start_date=str(today - timedelta(days=9)), end_date=str(today),
    )  # fmt: skip
    rows = (await client.reports.get_report(query)).items
    assert [set(row.metrics) for row in rows] == [{"spend", "impressions"}] * 2
    assert all(isinstance(value, str) for row in rows for value in row.metrics.values())
    task = await client.reports.create_task(query)
    assert (await client.reports.check_task(ADVERTISER, task.task_id)).state is TaskState.success
    file = await client.reports.download_task(ADVERTISER, task.task_id)
    told = list(csv.DictReader(io.StringIO((file.content or b"").decode("utf-8-sig"))))
    assert [(row["Campaign ID"], row["Spend"], row["Impressions"]) for row in told] == [
        (row.dimensions["campaign_id"], row.metrics["spend"], row.metrics["impressions"]) for row in rows
    ]


async def test_audiences_the_change_log_and_subscriptions(client: TikTokBusinessClient):
    hashes = [hash_personal(f"reader{number}@news.example", Personal.email) for number in range(3)]
    stored = await client.audiences.upload(ADVERTISER, Personal.email, hashes, name="readers")
    made = await client.audiences.create(ADVERTISER, "readers", [stored.file_path], Personal.email)
    listed = [one.custom_audience_id async for one in every(client.audiences.list_audiences, ADVERTISER)]
    assert listed == [made.custom_audience_id]
    task = await client.changelog.create_task(ADVERTISER, "2026-11-01 00:00:00", "2026-11-28 00:00:00")
    assert (await client.changelog.check_task(ADVERTISER, task.task_id)).status
    detail = {"access_token": HERE.access_token, "advertiser_id": ADVERTISER}
    subscribed = await client.subscriptions.subscribe(
        APP, SubscribeEntity.AD_ACCOUNT_SUSPENSION, "https://news.example/in", detail
    )
    there = await client.subscriptions.list_subscriptions(APP, SubscribeEntity.AD_ACCOUNT_SUSPENSION)
    assert [one.subscription_id for one in there.items] == [subscribed.subscription_id]
    await client.subscriptions.unsubscribe(APP, subscribed.subscription_id)


async def test_the_other_family_of_objects_can_be_read(client: TikTokBusinessClient):
    assert [one async for one in every(client.smart_plus.list_objects, "campaign", ADVERTISER)] == []
    assert (await client.identities.list_identities(ADVERTISER)).page_info.page == 1


async def test_a_token_that_was_revoked_is_told_so(client: TikTokBusinessClient, address: str):
    async with httpx.AsyncClient() as http:
        assert (await http.get(f"{address}/_emulator/business/counts")).is_success
    await client.oauth.revoke(APP, HERE.access_token)
    with pytest.raises(BusinessRefused) as refused:
        await client.advertisers.get_user()
    assert (refused.value.tiktok_code, refused.value.meaning.kind) == (40105, Kind.auth)
