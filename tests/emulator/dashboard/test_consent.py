"""The consent page, and the errors that never come back to the app."""

import re

import pytest

from tests.emulator.support import BULLETIN, DESKTOP_REDIRECT, QUIET, WEB_REDIRECT, Caller, authorize_path


async def test_shows_accounts_and_scopes_to_choose_from(caller: Caller):
    page = await caller.client.get(authorize_path(scope="user.info.basic,video.publish"))
    assert page.status_code == 200
    assert "@daily.bulletin" in page.text
    assert re.search(r'type="checkbox" name="scopes" value="video.publish" checked', page.text)
    assert 'name="decision" value="allow"' in page.text
    assert 'value="video.upload"' not in page.text


async def test_the_form_of_the_page_can_be_posted_where_it_says(caller: Caller):
    page = await caller.client.get(authorize_path())
    action = re.search(r'<form method="post" action="([^"]+)"', page.text)
    assert action is not None
    answer = await caller.client.post(
        f"/v2/auth/authorize/{action[1].replace('&amp;', '&')}",
        data={"decision": "allow", "scopes": ["", "video.list"]},
    )
    assert answer.status_code == 302
    assert "scopes=user.info.basic%2Cvideo.list&" in answer.headers["location"]


async def test_unticked_scopes_are_not_granted(caller: Caller):
    back = await caller.authorize(form={"decision": "allow", "scopes": "video.publish"})
    assert back["scopes"] == "user.info.basic,video.publish"
    assert (await caller.exchange(back["code"])).json()["scope"] == "user.info.basic,video.publish"


async def test_all_boxes_unticked_leave_the_basic_scope(caller: Caller):
    back = await caller.authorize(form={"decision": "allow", "scopes": ""})
    assert back["scopes"] == "user.info.basic"


async def test_the_chosen_account_is_the_one_of_the_tokens(caller: Caller):
    back = await caller.authorize(form={"decision": "allow", "open_id": QUIET})
    token = (await caller.exchange(back["code"])).json()
    accounts = (await caller.read("accounts"))["items"]
    assert token["open_id"] == next(account["open_id"] for account in accounts if account["username"] == QUIET)


async def test_denying_comes_back_with_an_error_and_the_state(caller: Caller):
    back = await caller.authorize(form={"decision": "deny"})
    assert (back["error"], back["state"]) == ("access_denied", "state-1")
    assert "code" not in back


@pytest.mark.parametrize(
    ("changes", "parameter"),
    [
        ({"client_key": "another-fake"}, "client_key"),
        ({"response_type": "token"}, "response_type"),
        ({"scope": "user.info.basic video.publish"}, "scope"),
        ({"scope": "user.info.basic,video.create"}, "scope"),
        ({"scope": ""}, "scope"),
        ({"state": ""}, "state"),
        ({"redirect_uri": ""}, "redirect_uri"),
        ({"redirect_uri": "http://newsroom.example.com/callback"}, "redirect_uri"),
        ({"redirect_uri": WEB_REDIRECT + "?next=1"}, "redirect_uri"),
        ({"redirect_uri": "http://127.0.0.1/callback"}, "redirect_uri"),
        ({"redirect_uri": DESKTOP_REDIRECT}, "code_challenge"),
        ({"redirect_uri": DESKTOP_REDIRECT, "code_challenge": "a" * 64}, "code_challenge_method"),
        ({"code_challenge": "a" * 64, "code_challenge_method": "plain"}, "code_challenge_method"),
        *(
            ({"code_challenge": challenge, "code_challenge_method": "S256"}, "code_challenge")
            for challenge in ("abc", "a" * 63, "a" * 65, "g" * 64, "A" * 43 + "=", "A" * 42 + "B", "a" * 44, "қ" * 43)
        ),
    ],
)
async def test_a_wrong_request_ends_on_a_page_of_tiktoks_own(caller: Caller, changes: dict[str, str], parameter: str):
    for answer in (
        await caller.client.get(authorize_path(**changes)),
        await caller.client.post(authorize_path(**changes), data={"decision": "allow"}),
    ):
        assert answer.status_code == 400
        assert "location" not in answer.headers
        assert f"<code>{parameter}</code>" in answer.text


async def test_a_missing_challenge_shows_the_number_that_tiktok_shows(caller: Caller):
    page = await caller.client.get(authorize_path(redirect_uri=DESKTOP_REDIRECT))
    assert "errCode: 10007" in page.text


async def test_registered_redirects_are_compared_character_for_character(caller: Caller):
    await caller.control("settings", {"redirect_uris": [WEB_REDIRECT, "http://127.0.0.1:*/callback"]})
    challenge = {"code_challenge": "a" * 64, "code_challenge_method": "S256"}
    for redirect_uri, status in (
        (WEB_REDIRECT, 200),
        (WEB_REDIRECT + "/", 400),
        (DESKTOP_REDIRECT, 200),
        (DESKTOP_REDIRECT + "/", 400),
    ):
        page = await caller.client.get(authorize_path(redirect_uri=redirect_uri, **challenge))
        assert page.status_code == status, redirect_uri


async def test_a_sandbox_lets_only_its_target_users_in(caller: Caller):
    await caller.control("settings", {"sandbox": True})
    await caller.control("accounts", {"username": BULLETIN, "target_user": False})
    page = await caller.client.get(authorize_path())
    assert "@daily.bulletin" not in page.text
    refused = await caller.client.post(authorize_path(), data={"decision": "allow", "open_id": BULLETIN})
    assert (refused.status_code, "<code>client_key</code>" in refused.text) == (400, True)


async def test_the_page_is_skipped_only_when_asked_for_and_granted_before(caller: Caller):
    assert (await caller.client.get(authorize_path(disable_auto_auth="0"))).status_code == 200
    back = await caller.authorize(form={"decision": "allow", "scopes": "video.list"})
    await caller.exchange(back["code"])
    narrow = "user.info.basic,video.list"
    skipped = await caller.client.get(authorize_path(scope=narrow, disable_auto_auth="0"))
    assert skipped.status_code == 302
    assert "code=" in skipped.headers["location"]
    assert (await caller.client.get(authorize_path(scope=narrow, disable_auto_auth="1"))).status_code == 200
    assert (await caller.client.get(authorize_path(disable_auto_auth="0"))).status_code == 200


async def test_hostile_values_are_escaped(caller: Caller):
    await caller.control("accounts", {"username": "x", "display_name": "<script>alert(1)</script>"})
    page = await caller.client.get(authorize_path(state='"><script>alert(2)</script>'))
    assert "<script>alert" not in page.text
