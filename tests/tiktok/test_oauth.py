"""Login Kit: the consent page's address, and tokens for a code, for a refresh token, or gone."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import respx

from app.errors import PermanentError, TransientError
from app.kit.http.client import build_client
from app.tiktok.advice import Action
from app.tiktok.client import TikTokClient
from app.tiktok.errors import (
    InvalidClient,
    InvalidGrant,
    OAuthRefused,
    ReconnectNeeded,
    TikTokRateLimited,
    TikTokUnavailable,
)
from app.tiktok.models import TokenGrant
from tests.tiktok import scripted as do
from tests.tiktok.scripted import Behaviour, answers, http_answer, scripted, unused_port

GRANT: dict[str, Any] = {
    "open_id": "fake-open-id-0001",
    "scope": "user.info.basic,video.publish,video.list",
    "access_token": "act.fake-access",
    "expires_in": 7200,
    "refresh_token": "rft.fake-refresh-2",
    "refresh_expires_in": 15552000,
    "token_type": "Bearer",
}


def form_of(route: respx.Route) -> dict[str, list[str]]:
    return parse_qs(route.calls.last.request.content.decode(), keep_blank_values=True)


async def test_the_consent_page_gets_client_key_comma_separated_scopes_and_the_challenge(client: TikTokClient):
    url = client.authorize_url(
        redirect_uri="https://news.example.test/api/tiktok/callback",
        state="st-1",
        scopes=["user.info.basic", "video.publish"],
        code_challenge="challenge-1",
    )
    parts = urlsplit(url)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "https://www.tiktok.com/v2/auth/authorize/"
    assert parse_qs(parts.query) == {
        "client_key": ["fake-key"],
        "response_type": ["code"],
        "scope": ["user.info.basic,video.publish"],
        "redirect_uri": ["https://news.example.test/api/tiktok/callback"],
        "state": ["st-1"],
        "code_challenge": ["challenge-1"],
        "code_challenge_method": ["S256"],
    }
    assert "fake-secret" not in url


async def test_the_consent_page_gets_no_challenge_when_pkce_is_off(client: TikTokClient):
    url = client.authorize_url(redirect_uri="https://a.test/c", state="s", scopes=["user.info.basic"])
    assert "code_challenge" not in url


@pytest.mark.parametrize(("value", "expected"), [(True, "1"), (False, "0")])
async def test_the_consent_page_can_be_forced(client: TikTokClient, value: bool, expected: str):
    url = client.authorize_url(redirect_uri="https://a.test/c", state="s", scopes=["a"], disable_auto_auth=value)
    assert parse_qs(urlsplit(url).query)["disable_auto_auth"] == [expected]


async def test_a_configured_consent_page_keeps_its_own_query():
    async with build_client() as http:
        client = TikTokClient(
            http, client_key="k", client_secret="s", authorize_url="http://127.0.0.1:8090/auth/?lang=kk"
        )
        url = client.authorize_url(redirect_uri="http://127.0.0.1:8000/c", state="s", scopes=["a"])
    assert parse_qs(urlsplit(url).query)["lang"] == ["kk"]


async def test_a_code_is_exchanged_for_tokens(client: TikTokClient, tiktok: respx.MockRouter):
    route = tiktok.post("/v2/oauth/token/").respond(200, json=GRANT)
    grant = await client.exchange_code(
        "code*with!odd signs", redirect_uri="https://news.example.test/c", code_verifier="verifier-1"
    )
    assert grant == TokenGrant(
        open_id="fake-open-id-0001",
        scopes=("user.info.basic", "video.publish", "video.list"),
        access_token="act.fake-access",
        expires_in=7200,
        refresh_token="rft.fake-refresh-2",
        refresh_expires_in=15552000,
    )
    request = route.calls.last.request
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert request.headers["Cache-Control"] == "no-cache"
    assert form_of(route) == {
        "client_key": ["fake-key"],
        "client_secret": ["fake-secret"],
        "grant_type": ["authorization_code"],
        "code": ["code*with!odd signs"],
        "redirect_uri": ["https://news.example.test/c"],
        "code_verifier": ["verifier-1"],
    }


async def test_no_verifier_is_sent_when_pkce_is_off(client: TikTokClient, tiktok: respx.MockRouter):
    route = tiktok.post("/v2/oauth/token/").respond(200, json=GRANT)
    await client.exchange_code("code", redirect_uri="https://news.example.test/c")
    assert "code_verifier" not in form_of(route)


async def test_a_grant_without_open_id_is_no_login(client: TikTokClient, tiktok: respx.MockRouter):
    tiktok.post("/v2/oauth/token/").respond(200, json={**GRANT, "open_id": None})
    with pytest.raises(OAuthRefused):
        await client.exchange_code("code", redirect_uri="https://news.example.test/c")


async def test_a_refresh_returns_the_rotated_pair(client: TikTokClient, tiktok: respx.MockRouter):
    route = tiktok.post("/v2/oauth/token/").respond(200, json=GRANT)
    grant = await client.refresh_token("rft.fake-refresh-1")
    assert grant.refresh_token == "rft.fake-refresh-2"
    assert form_of(route)["grant_type"] == ["refresh_token"]
    assert form_of(route)["refresh_token"] == ["rft.fake-refresh-1"]


@pytest.mark.parametrize("missing", [None, ""])
async def test_a_refresh_that_names_no_new_refresh_token_keeps_the_old_one(
    client: TikTokClient, tiktok: respx.MockRouter, missing: str | None
):
    tiktok.post("/v2/oauth/token/").respond(200, json={**GRANT, "refresh_token": missing})
    assert (await client.refresh_token("rft.fake-refresh-1")).refresh_token == "rft.fake-refresh-1"


@pytest.mark.parametrize("status", [200, 201, 400, 500])
async def test_a_token_is_a_success_whatever_the_status(client: TikTokClient, tiktok: respx.MockRouter, status: int):
    tiktok.post("/v2/oauth/token/").respond(status, json=GRANT)
    assert (await client.refresh_token("rft.fake")).access_token == "act.fake-access"


@pytest.mark.parametrize(
    ("changes", "expires_in", "refresh_expires_in"),
    [
        ({"expires_in": 86400, "refresh_expires_in": 31536000}, 86400, 31536000),
        ({"expires_in": "7200", "refresh_expires_in": "15552000"}, 7200, 15552000),
        ({"expires_in": None, "refresh_expires_in": "soon"}, 7200, 15552000),
        ({"expires_in": -1, "refresh_expires_in": 10**30}, 0, 15552000),
        ({"expires_in": 10**15, "refresh_expires_in": 5}, 315360000, 5),
    ],
)
async def test_lifetimes_are_tiktoks_and_odd_ones_lose_no_token(
    client: TikTokClient,
    tiktok: respx.MockRouter,
    changes: dict[str, Any],
    expires_in: int,
    refresh_expires_in: int,
):
    tiktok.post("/v2/oauth/token/").respond(200, json={**GRANT, **changes})
    grant = await client.refresh_token("rft.fake")
    assert (grant.expires_in, grant.refresh_expires_in) == (expires_in, refresh_expires_in)


@pytest.mark.parametrize("scope", [None, 5, ["video.list", 7], ""])
async def test_odd_scopes_lose_no_token(client: TikTokClient, tiktok: respx.MockRouter, scope: object):
    tiktok.post("/v2/oauth/token/").respond(200, json={**GRANT, "scope": scope})
    assert (await client.refresh_token("rft.fake")).refresh_token == "rft.fake-refresh-2"


@pytest.mark.parametrize("status", [200, 400, 401])
@pytest.mark.parametrize(
    ("error", "kind", "action"),
    [
        ("invalid_grant", InvalidGrant, Action.reauthorize),
        ("access_denied", ReconnectNeeded, Action.reauthorize),
        ("unauthorized_client", ReconnectNeeded, Action.reauthorize),
        ("invalid_client", InvalidClient, Action.configure),
        ("invalid_request", OAuthRefused, Action.configure),
        ("invalid_scope", OAuthRefused, Action.configure),
        ("unsupported_grant_type", OAuthRefused, Action.configure),
        ("unsupported_response_type", OAuthRefused, Action.configure),
        ("a_new_error", OAuthRefused, Action.person),
    ],
)
async def test_a_refusal_has_a_type_of_its_own_whatever_the_status(
    client: TikTokClient,
    tiktok: respx.MockRouter,
    status: int,
    error: str,
    kind: type[OAuthRefused],
    action: Action,
):
    body = {"error": error, "error_description": "The request parameters are malformed.", "log_id": "log-1"}
    tiktok.post("/v2/oauth/token/").respond(status, json=body)
    with pytest.raises(PermanentError) as caught:
        await client.refresh_token("rft.fake")
    assert type(caught.value) is kind
    assert caught.value.advice.action is action
    assert (caught.value.vendor_code, caught.value.log_id) == (error, "log-1")
    assert caught.value.detail == "The request parameters are malformed."


async def test_a_refusal_in_the_other_calls_envelope_is_understood(client: TikTokClient, tiktok: respx.MockRouter):
    body = {"data": {}, "error": {"code": "invalid_grant", "message": "expired", "logid": "log-2"}}
    tiktok.post("/v2/oauth/token/").respond(200, json=body)
    with pytest.raises(InvalidGrant) as caught:
        await client.refresh_token("rft.fake")
    assert (caught.value.detail, caught.value.log_id) == ("expired", "log-2")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b'{"error": "server_error"}'),
        (400, b'{"error": "temporarily_unavailable"}'),
        (500, b'{"error": "invalid_grant"}'),
        (502, b"<html>Bad gateway</html>"),
        (503, b""),
        (408, b""),
        (200, b""),
        (200, b"{}"),
        (200, b"[]"),
        (200, b'{"access_token": ""}'),
        (200, b'{"access_token": {"a": 1}}'),
        (200, b"<html>"),
        (200, b'{"error": "", "log_id": 5}'),
    ],
)
async def test_an_answer_that_settles_nothing_is_a_passing_failure_and_no_lost_grant(
    client: TikTokClient, tiktok: respx.MockRouter, status: int, body: bytes
):
    tiktok.post("/v2/oauth/token/").respond(status, content=body)
    with pytest.raises(TikTokUnavailable) as caught:
        await client.refresh_token("rft.fake")
    assert not caught.value.is_unsent


@pytest.mark.parametrize(("status", "body"), [(429, b""), (200, b'{"error": {"code": "rate_limit_exceeded"}}')])
async def test_too_many_calls_are_a_passing_failure(
    client: TikTokClient, tiktok: respx.MockRouter, status: int, body: bytes
):
    tiktok.post("/v2/oauth/token/").respond(status, content=body)
    with pytest.raises(TikTokRateLimited) as caught:
        await client.refresh_token("rft.fake")
    assert caught.value.retry_after == 60


@pytest.mark.parametrize(("status", "code"), [(302, "http_redirect"), (403, "http_refused"), (404, "http_refused")])
async def test_a_refusal_without_words_is_not_a_lost_grant(
    client: TikTokClient, tiktok: respx.MockRouter, status: int, code: str
):
    tiktok.post("/v2/oauth/token/").respond(status, text="<html></html>", headers={"Location": "https://evil.test/"})
    with pytest.raises(OAuthRefused) as caught:
        await client.refresh_token("rft.fake")
    assert not isinstance(caught.value, ReconnectNeeded)
    assert caught.value.vendor_code == code


@pytest.mark.parametrize("behaviour", [do.hangs_up_after_body, do.resets_after_body, do.cuts_body, do.says_nothing])
async def test_a_refresh_whose_answer_is_lost_says_that_it_may_have_been_sent(behaviour: Behaviour):
    async with scripted(behaviour) as server, build_client() as http:
        client = TikTokClient(http, client_key="k", client_secret="s", api_base_url=server.url, once_deadline=0.4)
        with pytest.raises(TransientError) as caught:
            await client.refresh_token("rft.fake")
    assert isinstance(caught.value, TikTokUnavailable)
    assert not caught.value.is_unsent
    assert server.connections == 1


async def test_a_refresh_that_never_left_says_so():
    async with build_client() as http:
        base = f"http://127.0.0.1:{unused_port()}"
        client = TikTokClient(http, client_key="k", client_secret="s", api_base_url=base)
        with pytest.raises(TikTokUnavailable) as caught:
            await client.refresh_token("rft.fake")
    assert caught.value.is_unsent


async def test_a_refresh_has_a_connection_of_its_own():
    reply = http_answer("200 OK", json.dumps(GRANT).encode())
    async with scripted(answers(reply, reply)) as server, build_client() as http:
        client = TikTokClient(http, client_key="k", client_secret="s", api_base_url=server.url)
        await client.refresh_token("rft.fake-1")
        await client.refresh_token("rft.fake-2")
    assert server.connections == 2


@pytest.mark.parametrize("body", [b"", b"{}", b"ok", b'{"error": {"code": "ok", "message": ""}}'])
async def test_a_revoke_succeeds_with_an_empty_body(client: TikTokClient, tiktok: respx.MockRouter, body: bytes):
    route = tiktok.post("/v2/oauth/revoke/").respond(200, content=body)
    await client.revoke_token("act.fake-access")
    assert form_of(route) == {
        "client_key": ["fake-key"],
        "client_secret": ["fake-secret"],
        "token": ["act.fake-access"],
    }


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, b'{"error": "invalid_client", "error_description": "x", "log_id": "l"}', InvalidClient),
        (400, b'{"error": "invalid_grant"}', InvalidGrant),
        (401, b'{"error": {"code": "access_token_invalid"}}', OAuthRefused),
        (404, b"", OAuthRefused),
        (302, b"", OAuthRefused),
        (500, b"", TikTokUnavailable),
        (429, b"", TikTokRateLimited),
    ],
)
async def test_a_refused_revoke_is_an_error(
    client: TikTokClient, tiktok: respx.MockRouter, status: int, body: bytes, kind: type[Exception]
):
    tiktok.post("/v2/oauth/revoke/").respond(status, content=body)
    with pytest.raises(kind):
        await client.revoke_token("act.fake-access")


async def test_nothing_that_is_printed_or_logged_shows_a_secret(
    tiktok: respx.MockRouter, client: TikTokClient, caplog: pytest.LogCaptureFixture
):
    secrets = ("act.fake-access", "rft.fake-refresh-2", "rft.fake-sent", "fake-secret")
    tiktok.post("/v2/oauth/token/").mock(side_effect=[httpx.Response(200, json=GRANT), httpx.ReadTimeout("late")])
    with caplog.at_level(0):
        grant = await client.refresh_token("rft.fake-sent")
        with pytest.raises(TikTokUnavailable) as caught:
            await client.refresh_token("rft.fake-sent")
    shown = f"{grant} {grant!r} {client!r} {caught.value} {caught.value!r} {caplog.text}"
    assert not [secret for secret in secrets if secret in shown]
