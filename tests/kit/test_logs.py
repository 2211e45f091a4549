"""What is logged, and what must never be."""

import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import respx
import structlog

from app.kit import redact as redaction
from app.kit.logs import configure_logging
from app.kit.redact import HIDDEN, hide, redact
from app.web.access_log import AccessLog
from tests.support.logs import logging_restored

CANARY = "canary-3f9c1b7e-do-not-log"


@pytest.fixture(autouse=True)
def _no_secrets_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """What other tests have hidden may well be words of an ordinary text."""
    monkeypatch.setattr(redaction, "live_secrets", redaction.LiveSecrets())


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    with logging_restored():
        yield


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def stream() -> io.StringIO:
    out = io.StringIO()
    configure_logging("json", stream=out)
    return out


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_writes_one_json_object_per_event_with_the_time_in_utc(stream):
    structlog.get_logger("app.posts").info("post_published", post_id="p1", text="Қазақстан")
    (line,) = lines(stream)
    assert line["event"] == "post_published"
    assert line["level"] == "info"
    assert line["logger"] == "app.posts"
    assert line["text"] == "Қазақстан"
    assert line["timestamp"].endswith("Z")


def test_libraries_that_use_the_standard_library_take_the_same_way(stream):
    logging.getLogger("some.library").warning("token=%s for %s", CANARY, "somebody")
    warnings.warn("access_token=" + CANARY, stacklevel=1)
    assert [line["level"] for line in lines(stream)] == ["warning", "warning"]
    assert CANARY not in stream.getvalue()


@pytest.mark.parametrize(
    "name",
    [
        "password", "access_token", "refresh_token", "client_secret", "Authorization", "Set-Cookie", "secret_key",
        "x-internal-key", "code_verifier", "csrf_token", "TikTok-Signature", "client_secret_encrypted",
    ],
)  # fmt: skip
def test_hides_what_stands_under_a_secret_name_however_deep(stream, name):
    structlog.get_logger().info("e", **{name: CANARY}, deep={"list": [{name: {"x": CANARY}}]}, kept="plain")
    (line,) = lines(stream)
    assert CANARY not in stream.getvalue()
    assert line[name] == HIDDEN
    assert line["deep"] == {"list": [{name: HIDDEN}]}
    assert line["kept"] == "plain"


def test_keeps_what_only_sounds_secret(stream):
    structlog.get_logger().info("post_moved", state="published", code="spam_risk", token_version=3, client_key="aw1")
    (line,) = lines(stream)
    assert (line["state"], line["code"], line["token_version"], line["client_key"]) == (
        "published", "spam_risk", 3, "aw1",
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        f"GET https://news.example/api/tiktok/callback?code={CANARY}&state=x",
        f"GET /api/tiktok/callback?x=1&state={CANARY}",
        f"code={CANARY}&state=abc",
        f"grant_type=authorization_code&client_secret={CANARY}",
        f'{{"access_token": "{CANARY}", "expires_in": 1}}',
        f"{{'refresh_token': '{CANARY}'}}",
        f"Authorization: Bearer {CANARY}",
        f"headers: [('cookie', 'newsreel-session={CANARY}')]",
        f"postgresql+asyncpg://newsreel:{CANARY}@db.example/newsreel",
        f"redis://:{CANARY}@cache.example:6379/0",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZG1pbiJ9." + CANARY,
        "whsec_" + CANARY,
        "act." + CANARY,
        "rft." + CANARY + "!5678.e1",
    ],
)
def test_hides_secrets_by_their_place_or_shape_within_a_text(text):
    assert CANARY not in redact(text)
    assert HIDDEN in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "post p1 moved: state=published code=ok",
        "GET /media/abc/1.jpg 200",
        "the token expires at 2026-11-21T10:00:00Z",
        "https://news.example/a?id=1&lang=kk",
        "sqlite+aiosqlite:///var/newsreel.db",
    ],
)
def test_leaves_an_ordinary_text_as_it_is(text):
    assert redact(text) == text


def test_hides_live_values_wherever_they_turn_up(stream):
    secret = "s3cret*value! with/odd+signs"
    hide(secret)
    structlog.get_logger().info(f"said {secret}", a=[secret], b={"k": (secret,)}, url="https://x.example/?q=" + secret)
    structlog.get_logger().info("quoted", url=str(httpx.URL("https://x.example/", params={"q": secret})))
    assert "s3cret" not in stream.getvalue()


@pytest.mark.parametrize("piece", ["code=", "token", "a-", "://", "eyJ", "Cookie ", '" ', "?state=", "'cookie', "])
def test_a_hostile_text_is_redacted_in_linear_time(piece):
    """What takes quadratic time does not come back within the time limit of a test."""
    assert CANARY not in redact(piece * 1_000_000 + f" password={CANARY}")


def test_hides_the_longer_of_two_values_that_begin_alike():
    hide("alike-beginning", "alike-beginning-and-more")
    assert redact("x alike-beginning-and-more y") == f"x {HIDDEN} y"


def test_a_short_value_is_not_hidden_as_it_would_blot_out_words():
    hide("post")
    assert redact("post published") == "post published"


def test_hides_secrets_in_tracebacks_and_in_what_is_no_plain_data(stream):
    class Grant:
        def __repr__(self) -> str:
            return f"Grant(access_token='{CANARY}')"

    hide(CANARY + "-live")
    try:
        try:
            raise ValueError(f"refresh_token={CANARY}")
        except ValueError as error:
            raise RuntimeError("no " + CANARY + "-live") from error
    except RuntimeError:
        structlog.get_logger().exception("failed", grant=Grant(), body=b"client_secret=" + CANARY.encode())
        logging.getLogger("library").exception("failed too")
    assert CANARY not in stream.getvalue()
    assert "Traceback" in lines(stream)[0]["exception"]
    assert "RuntimeError" in lines(stream)[1]["exception"]


def test_an_uncaught_exception_is_logged_redacted(stream):
    def fail() -> None:
        raise KeyError("access_token=" + CANARY)

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    try:
        raise ValueError("password=" + CANARY)
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    assert [line["event"] for line in lines(stream)] == ["uncaught_exception", "uncaught_exception"]
    assert CANARY not in stream.getvalue()


@respx.mock(using="httpx")
async def test_http_clients_are_silent_about_the_addresses_they_call(respx_mock, stream):
    respx_mock.get("https://api.example/x").respond(200)
    logging.getLogger("httpx").info("this would be shown if the logger were not quiet")
    async with httpx.AsyncClient() as client:
        await client.get("https://api.example/x?access_token=" + CANARY)
    assert lines(stream) == []


def test_a_line_break_in_a_value_cannot_forge_a_line():
    for form in ("json", "console"):
        out = io.StringIO()
        configure_logging(form, stream=out)
        structlog.get_logger().info("login_failed", email="a@b\n2026-01-01 [info] login_succeeded \x1b[2J")
        assert len(out.getvalue().strip().splitlines()) == 1
        assert "\x1b[2J" not in out.getvalue()


def test_auto_writes_for_a_reader_on_a_terminal_and_json_elsewhere():
    terminal, pipe = Terminal(), io.StringIO()
    configure_logging("auto", stream=terminal)
    structlog.get_logger().info("hello", token=CANARY)
    configure_logging("auto", stream=pipe)
    structlog.get_logger().info("hello", token=CANARY)
    assert "hello" in terminal.getvalue()
    assert not terminal.getvalue().startswith("{")
    assert json.loads(pipe.getvalue())["event"] == "hello"
    assert CANARY not in terminal.getvalue() + pipe.getvalue()


def test_a_traceback_on_a_terminal_shows_no_local_variables():
    terminal = Terminal()
    configure_logging("console", stream=terminal)
    local = CANARY
    try:
        raise ValueError(len(local))
    except ValueError:
        structlog.get_logger().exception("failed")
    assert "ValueError" in terminal.getvalue()
    assert CANARY not in terminal.getvalue()


async def call(app: AccessLog, path: str) -> None:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        await client.get(path)


async def answering(scope, receive, send):
    status = {"/broken": 500, "/readyz": 503}.get(scope["path"], 200)
    if scope["path"] == "/raises":
        raise RuntimeError("no")
    structlog.get_logger().info("inside")
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def test_a_request_is_one_line_without_its_query(stream):
    await call(AccessLog(answering), "/api/tiktok/callback?code=" + CANARY)
    inside, request = lines(stream)
    assert (request["event"], request["method"], request["path"], request["status"]) == (
        "request", "GET", "/api/tiktok/callback", 200,
    )  # fmt: skip
    assert request["request_id"] == inside["request_id"]
    assert CANARY not in stream.getvalue()


async def test_a_request_that_raises_is_logged_too(stream):
    await call(AccessLog(answering), "/raises")
    (request,) = lines(stream)
    assert request["status"] is None


async def test_probes_are_logged_only_when_they_fail(stream):
    for path in ("/healthz", "/readyz", "/metrics"):
        await call(AccessLog(answering), path)
    assert [line["path"] for line in lines(stream) if line["event"] == "request"] == ["/readyz"]
