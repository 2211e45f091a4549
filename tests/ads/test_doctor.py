"""What doctor says of the Marketing API."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from app.ads.models import AdsGuards, AdsSavedReport, AdsWatch
from app.kit.clock import rfc3339, utcnow
from app.messages import ads_watches
from app.messages.message import keep_whole
from app.ops.doctor import ads, business
from app.resources import open_resources
from tests.ads.conftest import KEY, TikTok, real_settings
from tests.conftest import make_settings


async def found(check: Any, app: Any) -> list[tuple[str, str]]:
    return [(finding.level.value, finding.message) async for finding in check(app)]


async def test_a_token_that_works_is_said_to_reach_its_advertisers_and_guards_that_are_off_are_named(
    tmp_path: Path, sqlite_url: str, tiktok: TikTok
):
    app_id, secret = "7000000000000000001", SecretStr("emulated-business-secret")
    settings = real_settings(tmp_path, sqlite_url, tiktok.address, business_app_id=app_id, business_app_secret=secret)
    async with open_resources(settings) as app:
        told = await found(business.check_token, app)
        assert [level for level, _ in told] == ["ok", "ok"]
        assert told[1][1].startswith("reaches ")
        (guards, place) = await found(business.check_provider, app)
        assert guards[0] == "warning"
        assert "ADS_MAX_TRANSFER" in guards[1]
        assert "ADS_MAX_RAISE_PERCENT" not in guards[1]
        assert place == ("ok", f"2 keys for the gateway; calls go to {tiktok.address}")
        assert "doctor 2" in (await found(business.check_calls, app))[0][1]
        await tiktok.fail_next("user/info/", phase="before", code=40105, message="revoked")
        (broken,) = await found(business.check_token, app)
    assert (broken[0], "revoked" in broken[1]) == ("broken", True)


async def test_without_a_gateway_or_in_emulated_mode_nothing_is_called(tmp_path: Path, sqlite_url: str):
    settings = make_settings(tmp_path, sqlite_url, "redis://127.0.0.1:1")
    async with open_resources(settings) as app:
        assert "no gateway" in (await found(business.check_provider, app))[0][1]
        assert await found(business.check_token, app) == await found(business.check_calls, app) == []
    short = make_settings(tmp_path, sqlite_url, "redis://127.0.0.1:1", internal_key=SecretStr(f"{KEY},short"))
    async with open_resources(short) as app:
        assert [level for level, _ in await found(business.check_provider, app)] == ["warning", "ok"]


async def test_watches_kept_reports_and_own_guards_are_told(tmp_path: Path, sqlite_url: str, tiktok: TikTok):
    settings = real_settings(tmp_path, sqlite_url, tiktok.address, ads_max_daily_budget=500)
    ago = utcnow() - timedelta(hours=1)
    trouble = keep_whole(ads_watches.NO_FIGURE)
    watch: dict[str, Any] = {"mode": "real", "advertiser_id": "1", "kind": "balance", "level": "advertiser"}
    async with open_resources(settings) as app:
        assert await found(ads.check_watches, app) == [("ok", "0, of which 0 cannot look and 0 are late")]
        async with app.transaction() as session:
            session.add(AdsWatch(**watch, name="Blind", trouble=trouble, failing_since=ago))
            session.add(AdsWatch(**watch, name="Late", next_at=ago))
            session.add(AdsWatch(**watch, name="Well", next_at=utcnow()))
            session.add(AdsWatch(**{**watch, "mode": "emulated"}, name="Elsewhere", next_at=ago))
            session.add(AdsGuards(advertiser_id="1", max_daily_budget="0", max_transfer="5"))
            session.add(
                AdsSavedReport(
                    mode="real", advertiser_id="1", name="Week", query="/", span="7", next_at=ago, trouble=trouble
                )
            )
        blind, late, all_watches = await found(ads.check_watches, app)
        assert blind == ("warning", f"cannot look since {rfc3339(ago)}: TikTok told no figure for this.")
        assert late == ("warning", f"was due at {rfc3339(ago)} and has not looked")
        assert all_watches == ("ok", "3, of which 1 cannot look and 1 are late")
        (report, kept) = await found(ads.check_kept_reports, app)
        assert (report[0], "TikTok told no figure" in report[1], kept[0]) == ("warning", True, "ok")
        assert await found(ads.check_own_guards, app) == [
            ("warning", "real money, and these are off here: max_daily_budget"),
            ("ok", "1 ad accounts have their own"),
        ]
