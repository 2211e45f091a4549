"""The control: settings, accounts, resets, the log without secrets, the counts."""

import json
from typing import Any

import pytest

from app.emulator import Emulator, EmulatorSettings, create_emulator
from tests.emulator.support import BULLETIN, Caller, Site, error_of, photo_body, wait_for


async def test_settings_are_shown_without_the_secret_and_changed_by_name(caller: Caller):
    shown = await caller.read("settings")
    assert (shown["client_secret"], shown["audited"]) == ("***", True)
    changed = await caller.control("settings", {"audited": False, "redirect_uris": ["https://a.example/cb"]})
    assert (changed["audited"], changed["redirect_uris"]) == (False, ["https://a.example/cb"])


@pytest.mark.parametrize("changes", [{"audit": False}, {"audited": "no"}, {"app_type": "ios"}], ids=repr)
async def test_a_setting_that_does_not_fit_is_refused(caller: Caller, changes: dict[str, Any]):
    await caller.control("settings", changes, expect=400)


async def test_a_reset_forgets_everything_but_what_is_kept(caller: Caller, emulator: Emulator):
    user = await caller.login()
    await caller.control("settings", {"audited": False, "client_key": "changed"})
    await caller.control("accounts", {"username": "extra"})
    await caller.control("next-errors", {"endpoint": "*", "cut": True})
    await caller.control("clock", {"advance_hours": 1})
    await caller.control("reset", {"keep": ["tokens"]})
    assert (await caller.read("settings"))["client_key"] == "emulated-client-key"
    assert len((await caller.read("accounts"))["items"]) == 3
    assert (await caller.read("next-errors"))["items"] == []
    assert (await caller.read("clock"))["offset_seconds"] == 0
    assert (await caller.read("properties"))["items"] == []
    assert (await caller.read("log"))["items"] == []
    assert (await user.get("/v2/user/info/?fields=open_id")).status_code == 200
    await caller.control("reset")
    assert (await user.get("/v2/user/info/?fields=open_id")).status_code == 401


async def test_a_reset_stops_what_is_under_way(caller: Caller, emulator: Emulator):
    await caller.control("progression", {"pull_delay": 60})
    user = await caller.login()
    post = emulator.state.world.posts[await user.accepted()]
    await caller.control("reset")
    assert (await caller.read("posts"))["items"] == []
    assert post.driver.cancelled() or post.driver.cancelling()


async def test_accounts_are_created_and_patched_by_name(caller: Caller):
    created = await caller.control("accounts", {"username": "new.desk", "private": True})
    assert created["offered_privacy"] == ["FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]
    patched = await caller.control("accounts", {"username": "new.desk", "privacy_level_options": ["SELF_ONLY"]})
    assert (patched["open_id"], patched["private"]) == (created["open_id"], True)
    assert patched["offered_privacy"] == ["SELF_ONLY"]
    by_id = await caller.control("accounts", {"open_id": created["open_id"], "display_name": "Renamed"})
    assert by_id["display_name"] == "Renamed"
    await caller.control("accounts", {"private": True}, expect=400)
    await caller.control("accounts", {"username": "new.desk", "shoe_size": 43}, expect=400)
    assert "shoe.store" not in [account["username"] for account in (await caller.read("accounts"))["items"]]


async def test_an_account_that_does_not_fit_is_not_created(caller: Caller):
    await caller.control("accounts", {"username": "odd", "private": "yes"}, expect=400)
    assert "odd" not in [account["username"] for account in (await caller.read("accounts"))["items"]]


async def test_the_log_tells_every_call_and_no_secret(caller: Caller):
    back = await caller.authorize()
    tokens = (await caller.exchange(back["code"])).json()
    fresh = (await caller.refresh(tokens["refresh_token"])).json()
    user = await caller.login()
    await user.init(photo_body(title="seen"))
    log = await caller.read("log")
    assert [call["endpoint"] for call in log["items"]] == ["authorize", "token", "token", "content_init"]
    assert log["calls"] == {"authorize": 1, "token": 2, "content_init": 1}
    assert log["codes"]["content_init.ok"] == 1
    init = log["items"][-1]
    assert (init["http_status"], init["code"], init["open_id"]) == (200, "ok", user.open_id)
    assert init["request"]["post_info"]["title"] == "seen"
    assert init["log_id"]
    assert log["items"][1]["open_id"] == tokens["open_id"]
    written = json.dumps(log)
    for secret in (back["code"], tokens["access_token"], tokens["refresh_token"], fresh["access_token"]):
        assert secret not in written
    assert "emulated-client-secret" not in written
    assert user.access_token not in written


async def test_the_log_can_be_narrowed(caller: Caller):
    user, other = await caller.login(BULLETIN), await caller.login("city.desk")
    for someone in (user, user, other):
        await someone.get("/v2/user/info/?fields=open_id")
    await user.init()
    assert len((await caller.read("log?endpoint=user_info"))["items"]) == 3
    assert len((await caller.read(f"log?open_id={user.open_id}"))["items"]) == 3
    assert [call["endpoint"] for call in (await caller.read("log?limit=1"))["items"]] == ["content_init"]


async def test_inits_are_counted_by_account_and_caption(caller: Caller):
    user, other = await caller.login(BULLETIN), await caller.login("city.desk")
    await user.accepted(photo_body(title="once"))
    await other.accepted(photo_body(title="once"))
    assert (await caller.read("posts"))["inits"]["max_per_caption"] == 1
    await user.accepted(photo_body(title="once"))
    assert error_of(await user.init(photo_body(title="x" * 91)))[0] == 400
    inits = (await caller.read("posts"))["inits"]
    assert (inits["accepted"], inits["max_per_caption"]) == (3, 2)
    assert inits["by_account"] == {user.open_id: 2, other.open_id: 1}
    assert {"open_id": user.open_id, "caption": "once\nA description #news", "count": 2} in inits["by_caption"]
    assert len((await caller.read(f"posts?open_id={other.open_id}"))["items"]) == 1


async def test_unknown_things_are_told_apart(caller: Caller):
    await caller.control("posts/unknown/make-public", expect=404)
    await caller.control("accounts/unknown/disconnect", expect=404)
    await caller.control("properties/9/verify", expect=404)
    assert (await caller.client.delete("/_emulator/properties/9")).status_code == 404
    await caller.control("tokens", {"open_id": "unknown"}, expect=404)
    user = await caller.login()
    publish_id = await user.accepted()
    await caller.control(f"posts/{publish_id}/explode", expect=404)
    await caller.control("clock", {"advance_seconds": -1}, expect=400)
    await caller.control("reset", {"keep": ["everything"]}, expect=400)


async def test_the_dashboard_shows_posts_as_a_phone_would(caller: Caller, emulator: Emulator):
    user = await caller.login()
    assert "No post yet" in (await caller.client.get("/_emulator/")).text
    publish_id = await user.accepted(photo_body(title="<i>Қар</i>", description="Snow #қыс fell"))
    await wait_for(emulator, publish_id, "complete")
    page = await caller.client.get("/_emulator/")
    assert page.headers["content-type"].startswith("text/html")
    assert "&lt;i&gt;Қар&lt;/i&gt;" in page.text
    assert "Snow <b>#қыс</b> fell" in page.text
    assert f"/_emulator/photos/{publish_id}/0" in page.text
    photo = await caller.client.get(f"/_emulator/photos/{publish_id}/0")
    assert (photo.headers["content-type"], photo.content[:2]) == ("image/jpeg", b"\xff\xd8")
    assert (await caller.client.get(f"/_emulator/photos/{publish_id}/1")).status_code == 404
    assert "http://" not in page.text.replace("http://www.w3.org", "")
    assert user.access_token not in page.text


async def test_a_page_of_an_unknown_post_is_not_found(caller: Caller):
    assert (await caller.client.get("/@daily.bulletin/photo/7500000000000000001")).status_code == 404


def test_two_emulators_share_nothing(site: Site):
    first, second = create_emulator(EmulatorSettings(audited=False)), create_emulator()
    first.state.world.accounts.clear()
    assert len(second.state.world.accounts) == 3
    assert second.state.world.settings.audited


async def test_the_oldest_ended_posts_are_forgotten_beyond_the_bound_and_the_counts_stay(
    caller: Caller, emulator: Emulator
):
    await caller.control("settings", {"posts_kept": 3, "limits_enabled": False})
    user = await caller.login()
    published = []
    for number in range(5):
        published.append(await user.accepted(photo_body(title=str(number))))
        await wait_for(emulator, published[-1], "complete")
    shown = await caller.read("posts")
    assert [post["publish_id"] for post in shown["items"]] == published[2:]
    assert shown["inits"]["accepted"] == 5
    assert (await caller.read(f"posts?open_id={user.open_id}"))["items"] == shown["items"]
