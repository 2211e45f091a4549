"""What becomes of a post for everything that can happen to its init: refused, held back, never sent, nobody knows."""

import gzip
import json
from datetime import timedelta

import pytest

from app.accounts.models import AccountState, PublishMode
from app.accounts.tokens import access
from app.accounts.tokens.clients import creator_client
from app.kit.clock import utcnow
from app.posts.attempt_outcomes import UNCONFIRMED_DETAIL
from app.posts.models import AttemptOutcome, PostState
from app.posts.sweeps import release_due_posts
from tests.accounts.support import at_tiktok
from tests.tiktok import scripted as wires
from tests.tiktok.scripted import answers_always, http_answer, scripted, unused_port


def envelope(code: str, **data: object) -> bytes:
    return json.dumps({"data": data, "error": {"code": code, "message": "Why.", "log_id": "L1"}}).encode()


def html(status: str) -> bytes:
    return http_answer(status, b"<html>Bad day</html>", kind="text/html")


async def sends_a_bomb(wire: wires.Wire) -> None:
    packed = gzip.compress(b" " * 50_000_000)
    await answers_always(http_answer("200 OK", packed, headers={"Content-Encoding": "gzip"}))(wire)


REFUSED = [
    ("spam_risk_too_many_posts", PostState.scheduled, "daily_cap"),
    ("reached_active_user_cap", PostState.scheduled, "reached_active_user_cap"),
    ("rate_limit_exceeded", PostState.retryable, "rate_limit_exceeded"),
    ("spam_risk_user_banned_from_posting", PostState.failed, "spam_risk_user_banned_from_posting"),
    ("unaudited_client_can_only_post_to_private_accounts", PostState.failed, None),
    ("url_ownership_unverified", PostState.scheduled, "url_ownership_unverified"),
    ("privacy_level_option_mismatch", PostState.scheduled, "privacy_level_mismatch"),
    ("scope_not_authorized", PostState.scheduled, "account_reconnect"),
    ("invalid_param", PostState.failed, "invalid_param"),
    ("a_code_of_tomorrow", PostState.failed, "a_code_of_tomorrow"),
]


@pytest.mark.parametrize(("code", "state", "reason"), REFUSED)
async def test_a_refusal_is_settled_by_its_code(sqlite_newsroom, code, state, reason):
    account = await sqlite_newsroom.connect()
    sqlite_newsroom.tiktok.fail(endpoint="content_init", code=code, message="TikTok's own words.")
    post = await sqlite_newsroom.publish((await sqlite_newsroom.make_ready(account)).id)
    assert (post.state, post.state_reason) == (state, reason or code)
    assert post.state_detail
    (attempt,) = await sqlite_newsroom.attempts(post.id)
    assert (attempt.outcome, attempt.error_code) == (AttemptOutcome.refused, code)
    assert attempt.message == "TikTok's own words."
    assert (sqlite_newsroom.inits, sqlite_newsroom.there) == (1, [])
    if state is PostState.failed:
        assert post.fail_reason == code
        assert "TikTok's own words." in (post.fail_help or "")


async def test_a_missing_permission_asks_the_creator_to_connect_again(newsroom):
    account = await newsroom.connect()
    newsroom.tiktok.fail(endpoint="content_init", code="scope_not_authorized")
    await newsroom.publish((await newsroom.make_ready(account)).id)
    assert (await newsroom.account(account.id)).state is AccountState.reconnect


async def test_the_daily_cap_holds_back_the_accounts_other_posts(newsroom):
    account = await newsroom.connect()
    first, second = [await newsroom.make_ready(account, path=f"ab/{n}.jpg") for n in range(2)]
    newsroom.tiktok.fail(endpoint="content_init", code="spam_risk_too_many_posts")
    await newsroom.publish(first.id)
    post = await newsroom.publish(second.id)
    assert (post.state, post.state_reason) == (PostState.scheduled, "daily_cap")
    assert newsroom.inits == 1
    await newsroom.let_pass(hours=25)
    await newsroom.sweep()
    assert (await newsroom.post(second.id)).state is PostState.publishing


async def test_an_invalid_token_is_refreshed_once_and_the_next_attempt_is_published(newsroom):
    account = await newsroom.connect()
    newsroom.tiktok.fail(endpoint="content_init", code="access_token_invalid")
    post = await newsroom.publish((await newsroom.make_ready(account)).id)
    assert (post.state, newsroom.tiktok.refreshes) == (PostState.retryable, 1)
    await newsroom.let_pass(seconds=11)
    await newsroom.sweep()
    assert (await newsroom.finish(post.id)).state is PostState.published
    assert (newsroom.inits, newsroom.tiktok.refreshes, len(newsroom.there)) == (2, 1, 1)


UNKNOWN_AT_EMULATOR = [
    ({"cut": True, "phase": "before"}, 0, None),
    ({"cut": True, "phase": "after"}, 1, None),
    ({"raw": "<html>Bad gateway</html>"}, 0, "http_502"),
    ({"raw": "<html>Bad gateway</html>", "phase": "after"}, 1, "http_502"),
    ({"truncate": 20}, 1, None),
    ({"raw": "not json", "http_status": 200, "phase": "after", "content_type": "application/json"}, 1, "unreadable"),
    ({"code": "internal_error"}, 0, "http_500"),
    ({"code": "internal_error", "phase": "after"}, 1, "http_500"),
    ({"gzip_bomb": 50, "phase": "after"}, 1, None),
]


@pytest.mark.parametrize(("fault", "there", "reason"), UNKNOWN_AT_EMULATOR)
async def test_a_lost_answer_is_one_init_for_ever(newsroom, fault, there, reason):
    account = await newsroom.connect()
    newsroom.tiktok.fail(endpoint="content_init", **fault)
    post = await newsroom.publish((await newsroom.make_ready(account)).id)
    assert (post.state, post.state_detail) == (PostState.unconfirmed, UNCONFIRMED_DETAIL)
    assert reason in {None, post.state_reason}
    (attempt,) = await newsroom.attempts(post.id)
    assert attempt.outcome is AttemptOutcome.unknown
    for hours in (0.1, 2, 48):
        await newsroom.let_pass(hours=hours)
        await newsroom.sweep()
    assert (newsroom.inits, len(newsroom.there)) == (1, there)
    assert (await newsroom.post(post.id)).state is PostState.unconfirmed


@pytest.mark.parametrize("phase", ["before", "after"])
async def test_silence_past_the_deadline_is_one_init_for_ever(sqlite_newsroom, monkeypatch, phase):
    def make_impatient(app, _kind, _open_id):
        client = creator_client(app)
        client.once_deadline = 0.5
        return client

    monkeypatch.setattr(access, "bearer_client", make_impatient)
    account = await sqlite_newsroom.connect()
    sqlite_newsroom.tiktok.fail(endpoint="content_init", hang=1.0, phase=phase)
    post = await sqlite_newsroom.publish((await sqlite_newsroom.make_ready(account)).id)
    assert (post.state, post.state_reason) == (PostState.unconfirmed, "timeout")
    await sqlite_newsroom.let_pass(minutes=5)
    await sqlite_newsroom.sweep()
    assert sqlite_newsroom.inits == 1


# A draft needs no creator_info, so that init is the only call that these servers get.
UNKNOWN_ON_THE_WIRE = {
    "reset before the body": wires.resets_before_body,
    "reset after the body": wires.resets_after_body,
    "hung up": wires.hangs_up_after_body,
    "body cut": wires.cuts_body,
    "chunk cut": wires.cuts_chunked_body,
    "reset in the body": wires.resets_in_body,
    "no HTTP": wires.speaks_no_http,
    "empty object": answers_always(http_answer("200 OK", b"{}")),
    "empty body": answers_always(http_answer("200 OK")),
    "no content": answers_always(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "html": answers_always(html("200 OK")),
    "json as text": answers_always(http_answer("200 OK", envelope("ok", publish_id="p"), kind="text/plain")),
    "no publish_id": answers_always(http_answer("200 OK", envelope("ok"))),
    "contradiction": answers_always(http_answer("200 OK", envelope("invalid_param", publish_id="p"))),
    "refusal called ok": answers_always(http_answer("400 Bad Request", envelope("ok"))),
    "504 of a proxy": answers_always(html("504 Gateway Timeout")),
    "408 of a proxy": answers_always(html("408 Request Timeout")),
    "503 with words": answers_always(http_answer("503 Unavailable", envelope("internal_error"))),
    "gzip bomb": sends_a_bomb,
}


@pytest.mark.parametrize("what", UNKNOWN_ON_THE_WIRE)
async def test_a_broken_answer_is_one_init_for_ever(sqlite_newsroom, what):
    account = await sqlite_newsroom.connect(mode=PublishMode.inbox)
    post = await sqlite_newsroom.make_ready(account, mode="inbox")
    async with scripted(UNKNOWN_ON_THE_WIRE[what]) as server:
        sqlite_newsroom.app = at_tiktok(sqlite_newsroom.app, sqlite_newsroom.tiktok, tiktok_api_base_url=server.url)
        post = await sqlite_newsroom.publish(post.id)
        assert post.state is PostState.unconfirmed, post.state_detail
        for _ in range(2):
            await sqlite_newsroom.let_pass(minutes=5)
            await sqlite_newsroom.sweep()
        assert server.connections == 1
    assert [attempt.outcome for attempt in await sqlite_newsroom.attempts(post.id)] == [AttemptOutcome.unknown]


SETTLED_ON_THE_WIRE = {
    "redirect": (http_answer("302 Found", headers={"Location": "https://tiktok.example/"}), "http_redirect"),
    "307": (http_answer("307 Temporary Redirect", headers={"Location": "https://tiktok.example/"}), "http_redirect"),
    "firewall": (html("403 Forbidden"), "http_refused"),
    "not found": (html("404 Not Found"), "http_refused"),
}


@pytest.mark.parametrize("what", SETTLED_ON_THE_WIRE)
async def test_a_refusal_without_tiktoks_words_fails_and_names_the_cure(sqlite_newsroom, what):
    answer, code = SETTLED_ON_THE_WIRE[what]
    account = await sqlite_newsroom.connect(mode=PublishMode.inbox)
    post = await sqlite_newsroom.make_ready(account, mode="inbox")
    async with scripted(answers_always(answer)) as server:
        sqlite_newsroom.app = at_tiktok(sqlite_newsroom.app, sqlite_newsroom.tiktok, tiktok_api_base_url=server.url)
        post = await sqlite_newsroom.publish(post.id)
        await sqlite_newsroom.sweep()
        assert server.connections == 1
    assert (post.state, post.fail_reason) == (PostState.failed, code)
    assert "TIKTOK_API_BASE_URL" in (post.fail_help or "")


@pytest.mark.parametrize(("headers", "seconds"), [({}, 60), ({"Retry-After": "150"}, 150), ({"Retry-After": "1"}, 60)])
async def test_a_429_sends_no_second_init_before_its_time(newsroom, headers, seconds):
    account = await newsroom.connect(mode=PublishMode.inbox)
    post = await newsroom.make_ready(account, mode="inbox")
    answer = http_answer("429 Too Many Requests", envelope("rate_limit_exceeded"), headers=headers)
    async with scripted(answers_always(answer)) as server:
        newsroom.app = at_tiktok(newsroom.app, newsroom.tiktok, tiktok_api_base_url=server.url)
        sent_at = utcnow()
        post = await newsroom.publish(post.id)
        assert (post.state, post.failures, post.log_id) == (PostState.retryable, 0, "L1")
        wait = timedelta(seconds=seconds)
        assert sent_at + wait - timedelta(seconds=5) < post.next_attempt_at <= utcnow() + wait
        await newsroom.let_pass(seconds=seconds - 5)
        await newsroom.sweep()
        assert server.connections == 1
        await newsroom.let_pass(seconds=6)
        await newsroom.sweep()
        assert server.connections == 2


async def test_a_call_that_never_left_is_tried_again_with_ever_longer_waits(newsroom):
    account = await newsroom.connect(mode=PublishMode.inbox)
    post = await newsroom.make_ready(account, mode="inbox")
    reachable = newsroom.app
    nowhere = f"http://127.0.0.1:{unused_port()}"
    newsroom.app = at_tiktok(newsroom.app, newsroom.tiktok, tiktok_api_base_url=nowhere)
    waits = []
    for _ in range(4):
        post = await newsroom.publish(post.id)
        assert (post.state, post.state_reason) == (PostState.retryable, "not_sent")
        waits.append(round((post.next_attempt_at - utcnow()).total_seconds()))
        await newsroom.let_pass(seconds=waits[-1] + 1)
        await release_due_posts(newsroom.app)
        newsroom.queue.woken.clear()
    assert waits == sorted(set(waits))
    newsroom.app = reachable
    post = await newsroom.publish(post.id)
    assert (post.state, post.failures) == (PostState.publishing, 0)
    outcomes = [attempt.outcome for attempt in await newsroom.attempts(post.id)]
    assert outcomes == [AttemptOutcome.not_sent] * 4 + [AttemptOutcome.accepted]
