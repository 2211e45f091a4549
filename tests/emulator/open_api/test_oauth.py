"""Tokens: exchange, refresh with rotation, revocation, PKCE."""

import base64
import hashlib
from urllib.parse import quote

import pytest

from app.emulator import Emulator
from tests.emulator.support import BULLETIN, DESKTOP_REDIRECT, Caller, Site
from tests.support.waiting import eventually

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
HEX_CHALLENGE = "13d31e961a1ad8ec2f16b10c4c982e0876a878ad6df144566ee1894acb70f9c3"
BASE64URL_CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


async def test_a_code_becomes_a_token_pair_in_a_flat_answer(caller: Caller):
    back = await caller.authorize(scope="user.info.basic,video.publish")
    answer = (await caller.exchange(back["code"])).json()
    assert back["state"] == "state-1"
    assert back["scopes"] == answer["scope"] == "user.info.basic,video.publish"
    assert answer["access_token"].startswith("act.")
    assert answer["refresh_token"].startswith("rft.")
    assert (answer["expires_in"], answer["refresh_expires_in"], answer["token_type"]) == (7_200, 15_552_000, "Bearer")
    assert "error" not in answer


async def test_a_code_contains_what_a_second_decoding_or_encoding_mangles(caller: Caller):
    code = (await caller.authorize())["code"]
    assert "*" in code
    assert "!" in code
    assert (await caller.exchange(quote(code, safe=""))).json()["error"] == "invalid_grant"


async def test_a_code_works_once_and_its_reuse_counts_as_a_violation(caller: Caller):
    code = (await caller.authorize())["code"]
    assert "access_token" in (await caller.exchange(code)).json()
    again = await caller.exchange(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert again.json()["log_id"]
    assert (await caller.read("log"))["violations"] == {"code.reused": 1}


async def test_a_code_expires(caller: Caller):
    code = (await caller.authorize())["code"]
    await caller.control("clock", {"advance_seconds": 301})
    assert (await caller.exchange(code)).json()["error"] == "invalid_grant"


async def test_another_redirect_uri_than_at_the_consent_is_refused(caller: Caller):
    code = (await caller.authorize())["code"]
    answer = await caller.exchange(code, "https://newsroom.example.com/other")
    assert answer.json()["error_description"] == "Redirect_uri is not matched with the uri when requesting code."


async def test_json_instead_of_a_form_is_malformed(caller: Caller):
    answer = await caller.client.post("/v2/oauth/token/", json={"grant_type": "refresh_token"})
    assert answer.json()["error_description"] == "The request parameters are malformed."


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"client_secret": "another-fake"}, "invalid_client"),
        ({"client_key": "another-fake"}, "invalid_client"),
        ({"client_secret": ""}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token", "refresh_token": "rft.unknown"}, "invalid_grant"),
        (
            {"grant_type": "authorization_code", "code": "unknown", "redirect_uri": "https://x.example/"},
            "invalid_grant",
        ),
        ({"grant_type": "authorization_code"}, "invalid_request"),
    ],
)
async def test_a_wrong_token_request_is_refused(caller: Caller, form: dict[str, str], error: str):
    assert (await caller.token(**form)).json()["error"] == error


async def test_the_status_of_oauth_errors_is_a_setting_because_it_is_undocumented(caller: Caller):
    await caller.control("settings", {"oauth_error_status": 200})
    answer = await caller.refresh("rft.unknown")
    assert (answer.status_code, answer.json()["error"]) == (200, "invalid_grant")


async def test_refreshing_rotates_and_the_old_refresh_token_dies(caller: Caller):
    user = await caller.login()
    fresh = (await caller.refresh(user.refresh_token)).json()
    assert fresh["refresh_token"] != user.refresh_token
    assert (await caller.refresh(user.refresh_token)).json()["error"] == "invalid_grant"
    assert (await caller.read("log"))["violations"] == {"refresh_token.reused": 1}
    assert "access_token" in (await caller.refresh(fresh["refresh_token"])).json()


async def test_without_rotation_the_refresh_token_stays(caller: Caller):
    await caller.control("settings", {"rotate": False})
    user = await caller.login()
    first = (await caller.refresh(user.refresh_token)).json()
    second = (await caller.refresh(user.refresh_token)).json()
    assert first["refresh_token"] == second["refresh_token"] == user.refresh_token
    assert first["access_token"] != second["access_token"]


async def test_whether_a_refresh_ends_the_old_access_token_is_a_setting(caller: Caller):
    user = await caller.login()
    await caller.refresh(user.refresh_token)
    assert (await user.get("/v2/user/info/?fields=open_id")).status_code == 200
    await caller.control("settings", {"refresh_ends_access": True})
    other = await caller.login()
    await caller.refresh(other.refresh_token)
    assert (await other.get("/v2/user/info/?fields=open_id")).json()["error"]["code"] == "access_token_invalid"


async def test_a_refresh_token_can_keep_its_first_end(caller: Caller):
    await caller.control("settings", {"refresh_renews": False})
    user = await caller.login()
    await caller.control("clock", {"advance_seconds": 1_000})
    assert (await caller.refresh(user.refresh_token)).json()["refresh_expires_in"] == 15_552_000 - 1_000


async def test_tokens_expire_by_the_emulated_clock(caller: Caller):
    user = await caller.login()
    await caller.control("clock", {"advance_hours": 2})
    assert (await user.get("/v2/user/info/?fields=open_id")).status_code == 401
    assert "access_token" in (await caller.refresh(user.refresh_token)).json()
    late = await caller.login()
    await caller.control("clock", {"advance_hours": 24 * 181})
    assert (await caller.refresh(late.refresh_token)).json()["error"] == "invalid_grant"


async def test_tokens_can_be_expired_on_order(caller: Caller):
    user, other = await caller.login(), await caller.login("city.desk")
    await caller.control("expire-tokens", {"open_id": BULLETIN, "refresh": True})
    assert (await user.get("/v2/user/info/?fields=open_id")).status_code == 401
    assert (await caller.refresh(user.refresh_token)).json()["error"] == "invalid_grant"
    assert (await other.get("/v2/user/info/?fields=open_id")).status_code == 200


async def test_revoking_answers_with_nothing_ends_the_tokens_and_tells_the_app(
    caller: Caller, emulator: Emulator, site: Site
):
    emulator.state.world.settings.webhook_url = "https://newsroom.example.com/hook"
    user = await caller.login()
    form = {"client_key": "emulated-client-key", "client_secret": "emulated-client-secret", "token": user.access_token}
    answer = await caller.client.post("/v2/oauth/revoke/", data=form)
    assert (answer.status_code, answer.content) == (200, b"")
    assert (await user.get("/v2/user/info/?fields=open_id")).status_code == 401
    assert (await caller.refresh(user.refresh_token)).json()["error"] == "invalid_grant"
    await eventually(lambda: site.hooks)
    assert b'"event":"authorization.removed"' in site.hooks[0][1]
    assert b'{\\"reason\\":5}' in site.hooks[0][1]
    again = await caller.client.post("/v2/oauth/revoke/", data=form)
    assert again.json()["error"] == "invalid_request"


async def test_a_desktop_app_is_exchanged_with_a_hexadecimal_challenge(caller: Caller):
    back = await caller.authorize(
        redirect_uri=DESKTOP_REDIRECT, code_challenge=HEX_CHALLENGE, code_challenge_method="S256"
    )
    assert "access_token" in (await caller.exchange(back["code"], DESKTOP_REDIRECT, code_verifier=VERIFIER)).json()


@pytest.mark.parametrize(
    ("challenge", "more"),
    [
        (BASE64URL_CHALLENGE, {"code_verifier": VERIFIER}),
        (HEX_CHALLENGE, {"code_verifier": VERIFIER[:-1] + "A"}),
        (HEX_CHALLENGE, {"code_verifier": "short"}),
        (HEX_CHALLENGE, {}),
    ],
)
async def test_a_desktop_app_is_refused_with_any_other_proof(caller: Caller, challenge: str, more: dict[str, str]):
    back = await caller.authorize(redirect_uri=DESKTOP_REDIRECT, code_challenge=challenge, code_challenge_method="S256")
    answer = (await caller.exchange(back["code"], DESKTOP_REDIRECT, **more)).json()
    assert answer["error"] == "invalid_request"
    assert answer["error_description"] == "Code verifier or code challenge is invalid."


@pytest.mark.parametrize("challenge", [HEX_CHALLENGE, BASE64URL_CHALLENGE])
async def test_a_web_app_may_prove_itself_in_either_spelling(caller: Caller, challenge: str):
    back = await caller.authorize(code_challenge=challenge, code_challenge_method="S256")
    assert "access_token" in (await caller.exchange(back["code"], code_verifier=VERIFIER)).json()


async def test_a_web_app_with_a_wrong_verifier_is_refused_unless_pkce_is_ignored(caller: Caller):
    wrong = VERIFIER[:-1] + "A"
    back = await caller.authorize(code_challenge=HEX_CHALLENGE, code_challenge_method="S256")
    assert (await caller.exchange(back["code"], code_verifier=wrong)).json()["error"] == "invalid_request"
    await caller.control("settings", {"web_pkce": "ignore"})
    back = await caller.authorize(code_challenge=HEX_CHALLENGE, code_challenge_method="S256")
    assert "access_token" in (await caller.exchange(back["code"], code_verifier=wrong)).json()
