"""The verdict on one init call, row by row, over real sockets: a doubt stays a doubt, and nothing is sent twice."""

import asyncio
import json
import zlib
from typing import Any

import pytest

from app.kit.http.client import build_client
from app.tiktok.advice import Action, Until
from app.tiktok.client import TikTokClient
from app.tiktok.init import InitAccepted, InitNotSent, InitOutcome, InitOutcomeUnknown, InitRefused
from app.tiktok.posting import PhotoPost, VideoPost
from tests.tiktok import scripted as do
from tests.tiktok.scripted import Behaviour, ScriptedServer, answers, http_answer, scripted, unused_port

PHOTO = PhotoPost(photo_images=("https://media.example.test/m/1.jpg",), privacy_level="SELF_ONLY", title="Жаңалық 🔥")
LOG_ID = "20261101120000010203040506070809"


def envelope(code: str = "ok", data: Any = None, message: str = "", log_key: str = "log_id") -> bytes:
    return json.dumps({"data": data or {}, "error": {"code": code, "message": message, log_key: LOG_ID}}).encode()


ACCEPTED = http_answer("200 OK", envelope(data={"publish_id": "p_pub_url~v2.123456789"}))


async def init_at(base_url: str, *, deadline: float = 3.0) -> InitOutcome:
    async with build_client() as http:
        client = TikTokClient(
            http, client_key="fake-key", client_secret="fake-secret", api_base_url=base_url, once_deadline=deadline
        )
        return await client.init_photo_post("act.fake-token", PHOTO)


async def init_with(behaviour: Behaviour, *, deadline: float = 3.0) -> tuple[InitOutcome, ScriptedServer]:
    async with scripted(behaviour) as server:
        outcome = await init_at(server.url, deadline=deadline)
        await asyncio.sleep(0.05)
    assert server.connections == 1
    return outcome, server


async def test_an_ok_with_a_publish_id_is_accepted():
    outcome, server = await init_with(answers(ACCEPTED))
    assert outcome == InitAccepted("p_pub_url~v2.123456789", LOG_ID)
    [request] = server.received
    assert request.line == "POST /v2/post/publish/content/init/ HTTP/1.1"
    assert request.header("Authorization") == "Bearer act.fake-token"
    assert request.header("Content-Type") == "application/json; charset=UTF-8"
    assert request.header("Connection") == "close"
    assert json.loads(request.body)["post_info"]["title"] == "Жаңалық 🔥"


async def test_a_numeric_publish_id_keeps_all_its_digits():
    outcome, _ = await init_with(answers(http_answer("200 OK", envelope(data={"publish_id": 7602997517160123667}))))
    assert outcome == InitAccepted("7602997517160123667", LOG_ID)


async def test_the_log_id_is_read_in_its_other_spelling():
    body = envelope(data={"publish_id": "p1"}, log_key="logid")
    outcome, _ = await init_with(answers(http_answer("200 OK", body)))
    assert outcome == InitAccepted("p1", LOG_ID)


async def test_a_refused_connection_was_not_sent():
    outcome = await init_at(f"http://127.0.0.1:{unused_port()}")
    assert outcome == InitNotSent("connection_refused")
    assert isinstance(outcome, InitNotSent)
    assert outcome.cause == "ConnectionRefused"


async def test_an_unknown_host_was_not_sent():
    assert isinstance(await init_at("http://no-such-host.invalid", deadline=20), InitNotSent)


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (do.hangs_up_at_once, "connection_failed"),
        (do.resets_at_once, "connection_failed"),
        (do.answers_tls_in_plain_text, "tls_error"),
    ],
)
async def test_a_failed_tls_handshake_was_not_sent(behaviour: Behaviour, reason: str):
    async with scripted(behaviour) as server:
        outcome = await init_at(server.tls_url)
    assert outcome == InitNotSent(reason)
    assert server.received == []


async def test_a_tls_handshake_that_never_ends_was_not_sent():
    async with scripted(do.accepts_and_waits) as server:
        outcome = await init_at(server.tls_url, deadline=0.9)
    assert outcome == InitNotSent("connection_timeout")


@pytest.mark.parametrize(
    "behaviour",
    [
        do.resets_at_once,
        do.hangs_up_at_once,
        do.resets_before_body,
        do.resets_after_body,
        do.hangs_up_after_body,
        do.cuts_body,
        do.cuts_chunked_body,
        do.resets_in_body,
        do.speaks_no_http,
        do.sends_endless_body,
        do.sends_endless_header,
    ],
)
async def test_a_broken_connection_leaves_the_outcome_unknown(behaviour: Behaviour):
    outcome, server = await init_with(behaviour)
    assert isinstance(outcome, InitOutcomeUnknown)
    assert outcome.publish_id is None
    assert len(server.received) <= 1


@pytest.mark.parametrize("behaviour", [do.says_nothing, do.drips_head, do.drips_body])
async def test_an_answer_that_does_not_come_in_time_leaves_the_outcome_unknown(behaviour: Behaviour):
    outcome, server = await init_with(behaviour, deadline=0.4)
    assert isinstance(outcome, InitOutcomeUnknown)
    assert outcome.reason == "timeout"
    assert len(server.received) == 1


def bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return packer.compress(b" " * 50_000_000) + packer.flush()


HTML = b"<html><body>Bad gateway</body></html>"


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (http_answer("200 OK", HTML, kind="text/html"), "unreadable"),
        (http_answer("200 OK", b"{}"), "unreadable"),
        (http_answer("200 OK", b"[]"), "unreadable"),
        (http_answer("200 OK", b"null"), "unreadable"),
        (http_answer("200 OK", b"{" * 100_000), "unreadable"),
        (http_answer("200 OK", b'{"a":' * 100_000), "unreadable"),
        (http_answer("200 OK", b'{"data": {"publish_id": "p1"}}'), "unreadable"),
        (http_answer("200 OK", b'{"data": {"publish_id": "p1"}, "error": {"code": ""}}'), "unreadable"),
        (http_answer("200 OK", b'{"data": {"publish_id": "p1"}, "error": "ok"}'), "unreadable"),
        (http_answer("200 OK", b'{"data": {"publish_id": "p1"}, "error": {"code": "o'), "unreadable"),
        (http_answer("200 OK", b"\xff\xfe\x00\x00"), "unreadable"),
        (http_answer("200 OK"), "empty"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "empty"),
        (http_answer("200 OK", envelope()), "no_publish_id"),
        (http_answer("200 OK", envelope(data={"publish_id": ""})), "no_publish_id"),
        (http_answer("200 OK", envelope(data={"publish_id": None})), "no_publish_id"),
        (http_answer("200 OK", envelope(data={"publish_id": {"a": 1}})), "no_publish_id"),
        (http_answer("200 OK", envelope(data={"publish_id": "p" * 300})), "no_publish_id"),
        (http_answer("200 OK", envelope("internal_error")), "internal_error"),
        (http_answer("400 Bad Request", envelope("internal_error")), "internal_error"),
        (http_answer("400 Bad Request", envelope("ok")), "contradictory"),
        (http_answer("408 Request Timeout", HTML, kind="text/html"), "http_408"),
        (http_answer("500 Internal Server Error", envelope("internal_error")), "http_500"),
        (http_answer("500 Internal Server Error", envelope("access_token_invalid")), "http_500"),
        (http_answer("502 Bad Gateway", HTML, kind="text/html"), "http_502"),
        (http_answer("503 Service Unavailable", headers={"Retry-After": "5"}), "http_503"),
        (http_answer("504 Gateway Timeout"), "http_504"),
        (http_answer("200 OK", bomb(), headers={"Content-Encoding": "gzip"}), "answer_too_large"),
        (http_answer("200 OK", b"x", headers={"Content-Encoding": "br"}), "answer_unreadable"),
    ],
)
async def test_an_answer_that_settles_nothing_leaves_the_outcome_unknown(reply: bytes, reason: str):
    outcome, server = await init_with(answers(reply))
    assert isinstance(outcome, InitOutcomeUnknown)
    assert outcome.reason == reason
    assert outcome.publish_id is None
    assert len(server.received) == 1


async def test_an_unknown_outcome_keeps_status_and_log_id_for_support():
    outcome, _ = await init_with(answers(http_answer("500 Internal Server Error", envelope("internal_error"))))
    assert outcome == InitOutcomeUnknown("http_500", 500, LOG_ID)


@pytest.mark.parametrize(
    "reply",
    [
        http_answer("200 OK", envelope(data={"publish_id": "p1"}), kind="text/html"),
        http_answer("200 OK", envelope("spam_risk", data={"publish_id": "p1"})),
        http_answer("502 Bad Gateway", envelope(data={"publish_id": "p1"})),
    ],
)
async def test_a_contradictory_answer_is_unknown_but_its_publish_id_is_kept_as_a_hint(reply: bytes):
    outcome, _ = await init_with(answers(reply))
    assert isinstance(outcome, InitOutcomeUnknown)
    assert outcome.publish_id == "p1"


@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent"])
async def test_a_redirect_is_refused_and_not_followed(status: str):
    async with scripted(answers(ACCEPTED)) as elsewhere:
        outcome, _ = await init_with(answers(http_answer(status, headers={"Location": elsewhere.url})))
    assert isinstance(outcome, InitRefused)
    assert outcome.code == "http_redirect"
    assert outcome.advice.action is Action.configure
    assert elsewhere.connections == 0


@pytest.mark.parametrize(
    ("status", "code", "action"),
    [
        ("400 Bad Request", "invalid_param", Action.person),
        ("400 Bad Request", "invalid_params", Action.person),
        ("400 Bad Request", "app_version_check_failed", Action.person),
        ("400 Bad Request", "scope_permission_missed", Action.reauthorize),
        ("401 Unauthorized", "access_token_invalid", Action.refresh_token),
        ("401 Unauthorized", "scope_not_authorized", Action.reauthorize),
        ("403 Forbidden", "spam_risk_user_banned_from_posting", Action.never),
        ("403 Forbidden", "unaudited_client_can_only_post_to_private_accounts", Action.configure),
        ("403 Forbidden", "url_ownership_unverified", Action.configure),
        ("403 Forbidden", "privacy_level_option_mismatch", Action.person),
        ("200 OK", "spam_risk_user_banned_from_posting", Action.never),
        ("403 Forbidden", "a_code_of_next_year", Action.person),
    ],
)
async def test_a_refusal_in_tiktoks_words_is_refused(status: str, code: str, action: Action):
    reply = http_answer(status, envelope(code, message="The privacy level is missing."))
    outcome, server = await init_with(answers(reply))
    assert isinstance(outcome, InitRefused)
    assert (outcome.code, outcome.advice.action, outcome.log_id) == (code, action, LOG_ID)
    assert outcome.detail == "The privacy level is missing."
    assert outcome.http_status == int(status[:3])
    assert outcome.retry_after is None
    assert len(server.received) == 1


@pytest.mark.parametrize(
    ("code", "until"),
    [
        ("spam_risk_too_many_posts", Until.daily_cap),
        ("spam_risk_too_many_pending_share", Until.drafts),
        ("reached_active_user_cap", Until.active_users),
    ],
)
@pytest.mark.parametrize("status", ["403 Forbidden", "200 OK"])
async def test_a_cap_is_refused_with_what_to_wait_for(code: str, until: Until, status: str):
    outcome, _ = await init_with(answers(http_answer(status, envelope(code))))
    assert isinstance(outcome, InitRefused)
    assert (outcome.advice.action, outcome.advice.until, outcome.retry_after) == (Action.wait, until, 86400)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [({}, 60), ({"Retry-After": "120"}, 120), ({"Retry-After": "5"}, 60), ({"Retry-After": "soon"}, 60)],
)
@pytest.mark.parametrize(
    "body", [envelope("rate_limit_exceeded"), HTML, b"", envelope("ok"), envelope("invalid_param")]
)
async def test_a_429_is_refused_and_waits_at_least_a_minute(headers: dict[str, str], wait: float, body: bytes):
    outcome, server = await init_with(answers(http_answer("429 Too Many Requests", body, headers=headers)))
    assert isinstance(outcome, InitRefused)
    assert (outcome.code, outcome.advice.action) == ("rate_limit_exceeded", Action.wait)
    assert outcome.retry_after == wait
    assert len(server.received) == 1


async def test_a_429_that_names_the_daily_cap_waits_for_that():
    outcome, _ = await init_with(answers(http_answer("429 Too Many Requests", envelope("spam_risk_too_many_posts"))))
    assert isinstance(outcome, InitRefused)
    assert (outcome.code, outcome.retry_after) == ("spam_risk_too_many_posts", 86400)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("400 Bad Request", "http_refused"),
        ("401 Unauthorized", "access_token_invalid"),
        ("403 Forbidden", "http_refused"),
        ("404 Not Found", "http_refused"),
        ("413 Payload Too Large", "http_refused"),
    ],
)
async def test_a_refusal_without_words_is_refused(status: str, code: str):
    outcome, _ = await init_with(answers(http_answer(status, HTML, kind="text/html")))
    assert isinstance(outcome, InitRefused)
    assert outcome.code == code


@pytest.mark.parametrize("token", ["", "act.with space", "act.жалған", "act.fake\r\nX-Injected: 1"])
async def test_a_token_that_cannot_be_sent_is_refused_without_a_call(token: str):
    async with scripted(answers(ACCEPTED)) as server, build_client() as http:
        client = TikTokClient(http, client_key="fake-key", client_secret="fake-secret", api_base_url=server.url)
        outcome = await client.init_photo_post(token, PHOTO)
    assert isinstance(outcome, InitRefused)
    assert outcome.advice.action is Action.refresh_token
    assert server.connections == 0


async def test_an_init_is_not_sent_over_a_connection_that_was_used_before():
    status = http_answer("200 OK", envelope(data={"status": "PROCESSING_DOWNLOAD"}))
    async with scripted(answers(status, ACCEPTED)) as server, build_client() as http:
        client = TikTokClient(http, client_key="fake-key", client_secret="fake-secret", api_base_url=server.url)
        await client.fetch_publish_status("act.fake-token", "p1")
        await client.init_photo_post("act.fake-token", PHOTO)
    assert server.connections == 2


async def test_a_video_is_judged_by_the_same_rules():
    post = VideoPost(video_url="https://media.example.test/v.mp4", post_mode="MEDIA_UPLOAD")
    async with scripted(do.hangs_up_after_body) as server, build_client() as http:
        client = TikTokClient(http, client_key="fake-key", client_secret="fake-secret", api_base_url=server.url)
        outcome = await client.init_video_post("act.fake-token", post)
    assert outcome == InitOutcomeUnknown("connection_lost")
    assert [request.line for request in server.received] == ["POST /v2/post/publish/inbox/video/init/ HTTP/1.1"]
