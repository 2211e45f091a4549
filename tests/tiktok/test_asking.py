"""How calls of TikTok's API are counted: by endpoint and code, of which there are only so many."""

import httpx
import pytest

from app.kit import metrics
from app.kit.http.client import Answer, build_client
from app.tiktok.asking import ask, code_of, endpoint_of

BASE = "https://open.tiktokapis.example"


@pytest.fixture(autouse=True)
def _nothing_counted_yet() -> None:
    metrics.take()


def answer(body: str, status: int = 200) -> Answer:
    return Answer(status, httpx.Headers(), body.encode())


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (answer('{"data": {}, "error": {"code": "ok", "message": "", "log_id": "1"}}'), "ok"),
        (answer('{"data": {}, "error": {"code": "rate_limit_exceeded"}}', 429), "rate_limit_exceeded"),
        (answer('{"error": "invalid_grant", "error_description": "spent"}', 400), "invalid_grant"),
        (answer('{"data": {}, "error": {"code": "a_code_of_next_year"}}', 400), "other"),
        (answer('{"access_token": "act.example", "expires_in": 86400}'), "ok"),
        (answer(r'{"data": {"title": "\"code\": \"invalid_param\""}, "error": {"code": "ok"}}'), "ok"),
        (answer(""), "ok"),
        (answer("<html>", 200), "unreadable"),
        (answer("<html>", 502), "http_5xx"),
        (answer("", 403), "http_4xx"),
    ],
)
def test_an_answer_is_counted_in_the_catalogues_words(said, code):
    assert code_of(said) == code


@pytest.mark.parametrize(
    ("method", "path", "endpoint"),
    [
        ("POST", "/v2/post/publish/status/fetch/", "status_fetch"),
        ("POST", "/proxy/v2/post/publish/content/init/", "photo_init"),
        ("POST", "/v2/oauth/token/?secret=1", "token"),
        ("PUT", "/upload/a-secret-address", "upload"),
        ("GET", "/v3/anything", "other"),
    ],
)
def test_an_endpoint_is_counted_under_its_name_and_no_address_is(method, path, endpoint):
    assert endpoint_of(httpx.Request(method, BASE + path)) == endpoint


async def test_a_call_that_reaches_nobody_is_counted_too():
    async with build_client() as http:
        request = http.build_request("POST", "http://127.0.0.1:1/v2/post/publish/status/fetch/")
        with pytest.raises(httpx.RequestError):
            await ask(http, request, deadline=5)
    taken = metrics.take()
    assert taken["newsreel_tiktok_calls_total", ("status_fetch", "unreachable")] == 1
    assert sum(amount for (name, _), amount in taken.items() if name == "newsreel_tiktok_call_seconds_bucket") == 1
