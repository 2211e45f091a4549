"""The pages for people: consent of advertisers, and the dashboard."""

from urllib.parse import parse_qs, urlencode, urlsplit

from tests.emulator.business_api.support import ADVERTISER, APP, BC, OTHER_ADVERTISER, Business

REDIRECT = "https://newsroom.example/api/ads/callback"


def consent(**changes: str) -> str:
    query = {"app_id": APP["app_id"], "state": "s&1", "redirect_uri": REDIRECT, **changes}
    return f"/portal/auth?{urlencode(query)}"


async def test_an_advertiser_consents_for_some_accounts_and_scopes(business: Business):
    page = await business.client.get(consent())
    assert page.status_code == 200
    assert "Newsroom Almaty" in page.text
    form = {"decision": "allow", "advertiser_ids": [ADVERTISER], "scopes": "4,200"}
    answer = await business.client.post(consent(), data=form)
    assert answer.status_code == 302
    back = parse_qs(urlsplit(answer.headers["location"]).query)
    assert back["state"] == ["s&1"]
    got = await business.post("oauth2/access_token/", **APP, auth_code=back["auth_code"][0])
    assert (got["advertiser_ids"], got["scope"]) == ([ADVERTISER], [4, 200])
    assert (await business.get("oauth2/advertiser/get/", **APP))["list"][1]["advertiser_id"] == OTHER_ADVERTISER


async def test_who_denies_or_asks_wrongly_gets_no_code(business: Business):
    answer = await business.client.post(consent(), data={"decision": "deny"})
    assert parse_qs(urlsplit(answer.headers["location"]).query)["error"] == ["access_denied"]
    for wrong in ({"app_id": "7"}, {"redirect_uri": "http://newsroom.example/"}, {"redirect_uri": "https://[x"}):
        assert (await business.client.get(consent(**wrong))).status_code == 400
    for form in ({}, {"decision": "allow", "advertiser_ids": "7"}, {"decision": "allow", "scopes": "x"}):
        assert (await business.client.post(consent(), data=form)).status_code == 400


async def test_the_dashboard_shows_accounts_money_campaigns_and_calls(business: Business):
    empty = await business.client.get("/_emulator/business/")
    assert "No campaign yet." in empty.text
    await business.make_campaign(campaign_name="<b>Spring")
    await business.post("bc/transfer/", bc_id=BC, advertiser_id=ADVERTISER, transfer_type="RECHARGE", cash_amount=12.34)
    assert (await business.refused("GET", "campaign/get/", advertiser_id="7"))[0] == 40300
    page = (await business.client.get("/_emulator/business/")).text
    for shown in ("&lt;b&gt;Spring", "Newsroom Almaty", "12.34", "1012.34", "campaign/create/", "40300"):
        assert shown in page
    assert 'href="business/"' in (await business.client.get("/_emulator/")).text
