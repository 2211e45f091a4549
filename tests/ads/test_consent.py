"""Consent of an advertiser: to TikTok's page and back, over a wire, and in the emulated mode by clicking."""

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from app.ads.models import AdsHop
from app.comments.jobs import find_feeds
from app.comments.sync.feeds import list_feeds
from app.emulated import emulate_business
from app.kit.clock import utcnow
from app.queue import ArqQueue
from app.resources import Resources, open_resources
from tests.ads.conftest import TikTok, real_settings
from tests.ads.desk import ANALYST, APP, FIRST, OPERATOR, SECOND, app_settings, consent
from tests.conftest import make_settings
from tests.support.whole_app import log_in_browser, make_admin, open_client


class Desk:
    """A browser in which an admin is logged in."""

    def __init__(self, http: httpx.AsyncClient, app: Resources, csrf: str) -> None:
        self.http, self.app, self.csrf = http, app, csrf

    async def send(self, method: str, path: str, **body: object) -> httpx.Response:
        return await self.http.request(method, path, headers={"x-csrftoken": self.csrf}, json=body or None)

    async def come_back(self, url: str) -> str:
        """Follow the redirect of the consent page to us; tell how it ended."""
        parts = urlsplit(url)
        answer = await self.http.get(f"{parts.path}?{parts.query}")
        assert answer.status_code == 302
        return answer.headers["location"]


@pytest.fixture
async def desk(tmp_path: Path, database_url: str, tiktok: TikTok) -> AsyncIterator[Desk]:
    settings = app_settings(tmp_path, database_url, tiktok.address)
    async with open_resources(settings) as opened, open_client(opened) as http:
        await make_admin(opened)
        login = await log_in_browser(http, opened)
        yield Desk(http, opened, login.csrf_token)


async def decide(tiktok: TikTok, url: str, **form: object) -> str:
    answer = await tiktok.http.post(url, data={"decision": "allow", **form})
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


async def test_consent_makes_a_connection_with_scopes_in_words_and_advertisers_with_roles(desk: Desk, tiktok: TikTok):
    start = (await desk.http.get("/api/ads/auth-url")).json()
    asked = parse_qs(urlsplit(start["url"]).query)
    assert start["url"].startswith(f"{tiktok.address}/portal/auth?")
    assert (asked["app_id"], asked["state"]) == ([APP["business_app_id"]], [start["state"]])
    assert asked["redirect_uri"] == [f"{desk.app.settings.public_url}/api/ads/callback"]
    back = await decide(tiktok, start["url"], user_id=OPERATOR, scopes="200,201", advertiser_ids=FIRST)
    assert await desk.come_back(back) == "/admin/ads?ads_auth=success"
    assert await desk.come_back(back) == "/admin/ads?ads_auth=error&reason=state_used"
    assert len(await tiktok.calls("oauth2/access_token/")) == 1
    (shown,) = (await desk.http.get("/api/ads/connections", headers={"accept-language": "ru"})).json()["items"]
    assert (shown["display_name"], shown["state"], shown["mode"]) == ("Emulated Operator", "connected", "real")
    assert [row["id"] for row in shown["scopes"]] == [200, 201]
    assert shown["scopes"][0]["name"] == "Просмотр кампаний"
    assert 221 in [row["id"] for row in shown["missing_scopes"]]
    assert "token" not in str(shown)


async def test_the_first_reading_of_comments_does_not_wait_for_the_clock(
    desk: Desk, tiktok: TikTok, monkeypatch: pytest.MonkeyPatch
):
    woken: list[str] = []

    async def wake(_queue: object, name: str, *_args: str, job_id: str | None = None) -> None:
        woken.append(name)

    monkeypatch.setattr(ArqQueue, "wake", wake)
    start = (await desk.http.get("/api/ads/auth-url")).json()
    assert await desk.come_back(await decide(tiktok, start["url"], user_id=OPERATOR)) == "/admin/ads?ads_auth=success"
    assert woken == ["comments.find_feeds"]
    await find_feeds(desk.app)
    assert {feed.owner_id for feed in await list_feeds(desk.app)} == {FIRST, SECOND}


async def test_a_way_back_is_good_in_its_own_browser_once_and_for_ten_minutes(desk: Desk, tiktok: TikTok):
    async def come(**changes: str) -> str:
        query = {"state": start["state"], "auth_code": "x", **changes}
        return await desk.come_back("/api/ads/callback?" + "&".join(f"{k}={v}" for k, v in query.items()))

    start = (await desk.http.get("/api/ads/auth-url")).json()
    assert await come(state="") == "/admin/ads?ads_auth=error&reason=state_missing"
    assert await come(state="guessed") == "/admin/ads?ads_auth=error&reason=state_unknown"
    kept = dict(desk.http.cookies)
    binding = next(name for name in kept if "ads-oauth" in name)
    desk.http.cookies.delete(binding)
    assert await come() == "/admin/ads?ads_auth=error&reason=state_foreign"
    desk.http.cookies.set(binding, kept[binding])
    async with desk.app.transaction() as session:
        await session.exec(sa.update(AdsHop).values(expires_at=utcnow()))
    assert await come() == "/admin/ads?ads_auth=error&reason=state_expired"
    assert await tiktok.calls("oauth2/access_token/") == []


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("error=access_denied", "access_denied"),
        ("error=%3Cscript%3E", "tiktok_error"),
        ("", "missing_code"),
        ("auth_code=a&auth_code=b", "missing_code"),
        ("auth_code=used", "exchange_failed"),
    ],
)
async def test_every_other_end_has_its_reason_and_a_page_that_explains_it(desk: Desk, query: str, reason: str):
    start = (await desk.http.get("/api/ads/auth-url")).json()
    end = await desk.come_back(f"/social/callback/TT/?state={start['state']}&{query}")
    assert end == f"/admin/ads?ads_auth=error&reason={reason}"
    for language, said in (("en", "were not connected"), ("ru", "не подключены"), ("kk", "қосылмады")):
        page = await desk.http.get(f"{end}&lang={language}")
        assert page.status_code == 200
        assert said in page.text
        assert "<script>" not in page.text.partition("<main")[2]


async def test_a_connection_is_ended_at_tiktok_and_its_advertisers_are_gone(desk: Desk, tiktok: TikTok):
    connection = await consent(desk.app, tiktok)
    assert len((await desk.http.get("/api/ads/advertisers")).json()["items"]) == 2
    ended = await desk.send("DELETE", f"/api/ads/connections/{connection}")
    assert (ended.status_code, ended.json()["revoked"]) == (200, True)
    assert (await desk.http.get("/api/ads/advertisers")).json() == {"items": [], "next_cursor": None}
    assert (await desk.send("DELETE", f"/api/ads/connections/{connection}")).status_code == 404
    again = await consent(desk.app, tiktok)
    for _ in range(5):
        await tiktok.fail_next("oauth2/revoke_token/", code=40101)
    ended = await desk.send("DELETE", f"/api/ads/connections/{again}")
    assert (ended.status_code, ended.json()["revoked"]) == (200, False)
    assert (await desk.http.get("/api/ads/connections")).json()["items"] == []


async def test_advertisers_are_listed_by_pages_with_exact_balances_and_one_is_current(desk: Desk, tiktok: TikTok):
    await consent(desk.app, tiktok, ANALYST)
    operator = await consent(desk.app, tiktok, OPERATOR, advertiser_ids=[FIRST])
    told = (await desk.send("POST", "/api/ads/advertisers/sync")).json()
    assert told == {"advertisers": 2, "failed": {}}
    first = (await desk.http.get("/api/ads/advertisers?limit=1")).json()
    (row,) = first["items"]
    assert (row["advertiser_id"], row["role"], row["connection_id"]) == (FIRST, "Operator", operator)
    assert len(row["connections"]) == 1
    assert (row["currency"], row["timezone"], row["status"]) == ("USD", "Asia/Almaty", "STATUS_ENABLE")
    assert (row["balance"], row["bc_id"], row["current"]) == (1000, "7100000000000000001", False)
    rest = (await desk.http.get(f"/api/ads/advertisers?cursor={first['next_cursor']}")).json()
    assert [(one["advertiser_id"], one["role"]) for one in rest["items"]] == [(SECOND, "Analyst")]
    assert (await desk.send("PUT", "/api/ads/current", advertiser_id="7200000000000000999")).status_code == 404
    assert (await desk.send("PUT", "/api/ads/current", advertiser_id=7.2e18)).status_code in {400, 422}
    assert (await desk.send("PUT", "/api/ads/current", advertiser_id=SECOND)).json() == {"advertiser_id": SECOND}
    assert (await desk.http.get("/api/ads/current")).json() == {"advertiser_id": SECOND}
    rest = (await desk.http.get("/api/ads/advertisers")).json()["items"]
    assert [one["current"] for one in rest] == [False, True]


async def test_in_the_emulated_mode_clicking_alone_connects(tmp_path: Path, sqlite_url: str):
    settings = make_settings(tmp_path, sqlite_url, "redis://127.0.0.1:1")
    async with open_resources(settings, emulate=emulate_business) as opened, open_client(opened) as http:
        await make_admin(opened)
        await log_in_browser(http, opened)
        page = await http.get("/admin/ads")
        assert 'href="/social/connect/TT/"' in page.text
        portal = (await http.get("/social/connect/TT/")).headers["location"]
        assert portal.startswith(f"{settings.public_url}/emulated/portal/auth?")
        form = (await http.get(portal)).text
        fields = dict(
            re.findall(r'name="(_csrf_token|user_id|advertiser_ids)" value="([^"]+)"', form.partition("</form>")[0])
        )
        action = unescape(re.findall(r'action="([^"]*)"', form)[0])
        target = f"{portal.partition('?')[0]}{action}"
        refused = await http.post(target, data={**fields, "_csrf_token": "", "decision": "allow"})
        assert refused.status_code == 403
        back = await http.post(target, data={**fields, "decision": "allow"})
        assert back.status_code == 302
        end = await http.get(back.headers["location"])
        assert end.headers["location"] == "/admin/ads?ads_auth=success"
        shown = await http.get(end.headers["location"])
        assert "Emulated Admin" in shown.text
        assert "Newsroom Berlin" in shown.text
        (row,) = (await http.get("/api/ads/connections")).json()["items"]
        assert row["mode"] == "emulated"


async def test_the_emulator_s_page_is_not_there_in_real_mode_and_a_sandbox_has_no_consent(
    desk: Desk, tmp_path: Path, sqlite_url: str
):
    assert (await desk.http.get("/emulated/portal/auth")).status_code == 404
    missing = real_settings(tmp_path, sqlite_url, "https://sandbox-ads.tiktok.com", business_app_id="1",
                            business_app_secret=SecretStr("s"))  # fmt: skip
    for settings, code in (
        (missing, "not_in_sandbox"),
        (real_settings(tmp_path, sqlite_url, "http://127.0.0.1:1"), "ads_not_configured"),
    ):
        async with open_resources(settings) as opened, open_client(opened) as http:
            await make_admin_once(opened)
            await log_in_browser(http, opened)
            assert (await http.get("/api/ads/auth-url")).json()["code"] == code
            there = await http.get("/social/connect/TT/")
            assert there.headers["location"] == f"/admin/ads?ads_auth=error&reason={code}"


async def make_admin_once(app: Resources) -> None:
    from app.errors import AppError

    try:
        await make_admin(app)
    except AppError:
        return
