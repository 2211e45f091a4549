"""The tree of campaigns: what is there, what somebody changes, and what they are told before they try."""

import re
from html import unescape

from tests.admin.ads.newsroom import FIRST, AdsNewsroom
from tests.admin.support import text_of
from tests.ads.desk import ANALYST

CAMPAIGNS = "/admin/ads/campaigns"
NASTY = "<img src=x onerror=alert(1)>"


def place(object_id: str, what: str, plural: str = "campaigns", advertiser_id: str = FIRST) -> str:
    return f"{CAMPAIGNS}/{advertiser_id}/{plural}/{object_id}/{what}"


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return unescape(found[1])


async def test_the_tree_opens_by_its_address_down_to_the_ads_and_shows_foreign_names_as_text(newsroom: AdsNewsroom):
    await newsroom.consent()
    campaign = await newsroom.make_campaign(NASTY)
    adgroup = await newsroom.make_adgroup(campaign, "Алматы <b>")
    await newsroom.make_campaign("Жаз")
    page = await newsroom.html(CAMPAIGNS)
    assert NASTY not in page
    assert NASTY in text_of(page)
    assert "Алматы" not in page
    assert "60.50 USD a day" in text_of(page).replace("\u00a0", " ")
    assert "Жаз" not in await newsroom.html(f"{CAMPAIGNS}?q=onerror")
    page = await newsroom.html(f"{CAMPAIGNS}?open={campaign}&open={adgroup}")
    assert "Алматы <b>" in text_of(page)
    assert "Has no ads yet" in page
    assert "Nothing in it." in page
    part = await newsroom.html(f"{CAMPAIGNS}?level=adgroups&q=алматы", is_part=True)
    assert part.lstrip().startswith('<div id="tree"')
    assert f"adgroups-{adgroup}" in part
    assert (await newsroom.text(f"{CAMPAIGNS}?q=nothing+of+that+name")).count("Nothing matches") == 1
    assert "Nothing matches" not in await newsroom.text(f"{CAMPAIGNS}?standing=nonsense&open=abc")


async def test_a_budget_goes_from_before_to_after_and_back_and_both_are_audited(newsroom: AdsNewsroom):
    await newsroom.consent()
    campaign = await newsroom.make_campaign()
    answer = await newsroom.send(
        place(campaign, "budget"), CAMPAIGNS, budget="1 20,5", seen="60.5", tree=f"{CAMPAIGNS}?q=K"
    )
    assert answer.status_code == 200, answer.text
    told = text_of(answer.text).replace("\u00a0", " ")
    assert "60.50 USD → 120.50 USD a day" in told
    assert 'data-address="/admin/ads/campaigns?q=K"' in answer.text
    assert (await newsroom.campaign(campaign))["budget"] == 120.5
    undo = {name: hidden(answer.text, name) for name in ("seen", "budget")}
    assert undo == {"seen": "120.5", "budget": "60.5"}
    assert (await newsroom.send(place(campaign, "budget"), CAMPAIGNS, **undo)).status_code == 200
    assert (await newsroom.campaign(campaign))["budget"] == 60.5
    first, second = await newsroom.audited("ads.budget_changed")
    assert (first.before, first.after) == ({"budget": "60.5"}, {"budget": "120.5"})
    assert (second.object_id, second.object_name, second.after) == (campaign, "Көктем", {"budget": "60.5"})


async def test_a_guard_asks_and_lets_exactly_the_confirmed_amount_pass(newsroom: AdsNewsroom):
    await newsroom.consent()
    campaign = await newsroom.make_campaign(budget=300)
    answer = await newsroom.send(place(campaign, "budget"), CAMPAIGNS, budget="700", seen="300")
    assert answer.status_code == 409
    assert "Highest daily budget: 500 USD at most" in text_of(answer.text).replace("\u00a0", " ")
    assert (await newsroom.campaign(campaign))["budget"] == 300
    confirm = hidden(answer.text, "confirm")
    other = await newsroom.send(place(campaign, "budget"), CAMPAIGNS, budget="701", seen="300", confirm=confirm)
    assert other.status_code == 409
    done = await newsroom.send(place(campaign, "budget"), CAMPAIGNS, budget="700", seen="300", confirm=confirm)
    assert done.status_code == 200
    assert (await newsroom.campaign(campaign))["budget"] == 700


async def test_nothing_is_sent_for_what_is_no_amount_or_was_changed_meanwhile(newsroom: AdsNewsroom):
    await newsroom.consent()
    campaign = await newsroom.make_campaign()
    calls = len(await newsroom.tiktok.calls("campaign/update/"))
    for form, status, told in (
        ({"budget": "много", "seen": "60.5"}, 422, "Must be a decimal number such as 60 or 60.50"),
        ({"budget": "-5", "seen": "60.5"}, 422, "Must be above 0"),
        ({"budget": "70", "seen": "61"}, 409, "has changed this meanwhile"),
        ({"budget": "70", "seen": "nonsense"}, 409, "has changed this meanwhile"),
    ):
        answer = await newsroom.send(place(campaign, "budget"), CAMPAIGNS, **form)
        assert (answer.status_code, told in text_of(answer.text)) == (status, True), (form, text_of(answer.text))
    gone = await newsroom.send(place(campaign, "budget", advertiser_id="7200000000000000999"), CAMPAIGNS, budget="70")
    assert gone.status_code == 404
    assert len(await newsroom.tiktok.calls("campaign/update/")) == calls
    assert await newsroom.audited("ads.budget_changed") == []


async def test_things_are_switched_off_and_on_again(newsroom: AdsNewsroom):
    await newsroom.consent()
    campaign = await newsroom.make_campaign()
    adgroup = await newsroom.make_adgroup(campaign)
    off = await newsroom.send(place(campaign, "switch"), CAMPAIGNS, seen="ENABLE")
    assert off.status_code == 200
    assert "On → Switched off" in text_of(off.text)
    assert (await newsroom.campaign(campaign))["operation_status"] == "DISABLE"
    twice = await newsroom.send(place(campaign, "switch"), CAMPAIGNS, seen="ENABLE")
    assert twice.status_code == 409
    on = await newsroom.send(place(campaign, "switch"), CAMPAIGNS, seen="DISABLE", on="on")
    assert on.status_code == 200
    assert (await newsroom.campaign(campaign))["operation_status"] == "ENABLE"
    one = await newsroom.send(place(adgroup, "switch", "adgroups"), CAMPAIGNS, seen="ENABLE")
    assert one.status_code == 200
    assert [entry.after["operation_status"] for entry in await newsroom.audited("ads.switched")] == [
        "DISABLE", "ENABLE", "DISABLE",
    ]  # fmt: skip


async def test_an_analyst_is_told_before_the_click_and_refused_after_it(newsroom: AdsNewsroom):
    await newsroom.consent(ANALYST)
    campaign = await newsroom.make_campaign()
    page = await newsroom.html(CAMPAIGNS)
    assert "You are an Analyst at this ad account" in page
    assert re.search(r'<button[^>]*disabled aria-describedby="why-not"[^>]*>Switch off', page)
    calls = len(await newsroom.tiktok.calls("campaign/get/"))
    answer = await newsroom.send(place(campaign, "switch"), "/admin/ads", seen="ENABLE")
    assert answer.status_code == 403
    assert "one may only read" in text_of(answer.text)
    assert len(await newsroom.tiktok.calls("campaign/status/update/")) == 0
    # The page is shown again after the refusal; nothing was looked up for the write itself.
    assert len(await newsroom.tiktok.calls("campaign/get/")) == calls + 1


async def test_the_page_stands_without_accounts_and_when_tiktok_does_not_answer(newsroom: AdsNewsroom):
    assert "No ad account is within reach yet." in await newsroom.text(CAMPAIGNS)
    await newsroom.consent()
    assert "There is nothing here yet" in await newsroom.text(CAMPAIGNS)
    await newsroom.tiktok.fail_next("campaign/get/", code=40105, times=9)
    page = await newsroom.text(f"{CAMPAIGNS}?lang=ru")
    assert "TikTok больше не принимает это разрешение" in page
    assert "Здесь пока ничего нет" not in page


async def test_the_switch_of_the_ad_account_stays_on_the_page_and_leads_nowhere_else(newsroom: AdsNewsroom):
    await newsroom.consent()
    page = await newsroom.html(CAMPAIGNS)
    ids = re.findall(r'<option value="(\d+)"', page.partition('id="advertiser"')[2].partition("</select>")[0])
    assert len(ids) > 1
    back = await newsroom.send("/admin/ads/current", CAMPAIGNS, advertiser_id=ids[1], back=CAMPAIGNS)
    assert (back.status_code, back.headers["location"]) == (303, CAMPAIGNS)
    assert f'value="{ids[1]}" selected' in await newsroom.html(CAMPAIGNS)
    for away in ("https://evil.example/", "//evil.example", "/admin/ads/../posts", "/admin/adsx", "/admin/ads/\r\nx"):
        answer = await newsroom.send("/admin/ads/current", CAMPAIGNS, advertiser_id=ids[0], back=away)
        assert answer.headers["location"] == "/admin/ads"
    assert (await newsroom.send("/admin/ads/current", CAMPAIGNS, advertiser_id="1", back=CAMPAIGNS)).status_code == 404
