"""Whatever is sent to the emulator, by any way in, it answers without a fault of its own, and can show it later."""

import asyncio
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.emulator import Emulator, create_emulator
from app.emulator.world.records import UrlProperty
from tests.emulator.support import BULLETIN, MEDIA, Page, Site, authorize_path, draft_body, make_image, photo_body
from tests.emulator.videos import video_body

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "8"))
KEY = {"client_key": "emulated-client-key", "client_secret": "emulated-client-secret"}
DEEP = b"[" * 200_000
LONE = "\ud800"
EVIL: tuple[Any, ...] = (
        LONE, "\udc00x", "\x00", "a\r\nb: c", "", "😀" * 100, "Қазақша", "../..", "%00", "http://[", "//[::1",
        "x" * 5_000, "http://" + "a" * 70 + ".localhost/", -1, 0, 2**63, -(2**70), 10**400, 1.5, 1e308, True,
        None, [], {}, [[]], [LONE], {"a": LONE}, {LONE: 1}, [1e308], ["x"] * 40)  # fmt: skip
RAW = (DEEP, b'{"a":' * 100_000, b'"\\ud800"', b'{"title":"\\ud800"}', b'"\xed\xa0\x80"', b"\xff\xfe", b"NaN", b"1e999",
       b"1" * 5_000, b"\xef\xbb\xbf{}", b"", b"null", b"[]", b"{}" * 2, b"a=%ED%A0%80&decision=allow", b"%", b"=&=&;",
       b"[" * 900 + b"]" * 900, b'{"pace":' + b"[" * 40 + b"]" * 40 + b"}", "{}".encode("utf-16"))  # fmt: skip
WATCHED = ("/_emulator/", "/_emulator/log", "/_emulator/posts", "/_emulator/webhooks", "/_emulator/settings",
           "/_emulator/accounts", "/_emulator/properties", "/_emulator/next-errors", "/_emulator/clock",
           "/_emulator/counts")  # fmt: skip
BODIES: dict[str, list[Any]] = {
    "/v2/post/publish/content/init/": [photo_body(), draft_body()],
    "/v2/post/publish/video/init/": [video_body()],
    "/v2/post/publish/inbox/video/init/": [{"source_info": video_body()["source_info"]}],
    "/v2/post/publish/status/fetch/": [{"publish_id": "p"}],
    "/v2/post/publish/cancel/": [{"publish_id": "p"}],
    "/v2/video/list/": [{"cursor": 1, "max_count": 3}],
    "/v2/video/query/": [{"filters": {"video_ids": ["7"]}}],
    "/_emulator/reset": [{"keep": ["accounts", "tokens", "properties"]}],
    "/_emulator/settings": [{"webhook_url": None, "webhook_retry_seconds": [1], "redirect_uris": ["https://a.b"],
                             "oauth_error_status": 400, "webhook_duplicates": 0, "app_scopes": ["video.list"],
                             "share_base": "x", "access_ttl": 7200, "pull_timeout": 3600}],
    "/_emulator/accounts": [{"username": BULLETIN, "display_name": "n", "privacy_level_options": ["a"],
                             "bio_description": "b"}, {"open_id": "o", "daily_cap": 3}],
    "/_emulator/accounts/{open_id:str}/disconnect": [{"reason": 1}],
    "/_emulator/tokens": [{"open_id": BULLETIN, "scopes": ["video.list"]}],
    "/_emulator/expire-tokens": [{"open_id": "x", "access": False}],
    "/_emulator/next-errors": [{"endpoint": "token", "code": "c", "message": "m"}, {"endpoint": "*", "redirect": "x"}],
    "/_emulator/progression": [{"pace": {"seconds": 1}, "fail_reason": "x", "for": "next", "open_id": BULLETIN}],
    "/_emulator/clock": [{"advance_seconds": 1, "advance_hours": 0}],
    "/_emulator/properties": [{"kind": "prefix", "value": "http://localhost/", "verified": True},
                              {"kind": "domain", "value": "a.b"}],
    "/_emulator/posts/{publish_id:str}/stats": [{"like_count": 1}],
    "/_emulator/webhooks/send": [{"event": "e", "open_id": "o", "content": {"a": "b"}, "signature": "wrong"}],
    "/_emulator/webhooks/drop": [{"count": 0}],
    "/_emulator/webhooks/release": [{"order": "fifo"}],
}  # fmt: skip
FORMS = (
    {**KEY, "grant_type": "authorization_code", "code": "c", "redirect_uri": "r", "code_verifier": "v"},
    {**KEY, "grant_type": "refresh_token", "refresh_token": "t"},
    {**KEY, "token": "t"},
    {"decision": "allow", "open_id": BULLETIN, "scopes": "video.list"},
    {"decision": "deny"},
)
QUERIES = (
    authorize_path().partition("?")[2].encode(),
    authorize_path(code_challenge="x" * 64, code_challenge_method="S256").partition("?")[2].encode(),
    b"fields=id,title,open_id&limit=99999999999999999999&open_id=%ED%A0%80&endpoint=%00",
    b"upload_id=1&upload_token=%FF",
    b"&&=;%zz",
    b"",
)
TYPES = (b"application/json", b"application/x-www-form-urlencoded", b"text/plain; charset=nonsense", b"\xff", b"")
COOKIE = b"tiktok_emulator_user=daily.bulletin"
evil_text = st.one_of(st.sampled_from([e for e in EVIL if isinstance(e, str)]), st.text(max_size=20))


@dataclass(frozen=True)
class Sent:
    method: str
    path: str
    query: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Ground:
    """An emulator with an account that is logged in, called below any HTTP client that would put requests right."""

    def __init__(self) -> None:
        site = Site()
        site.pages["/photos/1.jpg"] = Page(make_image())
        self.emulator: Emulator = create_emulator(transport=httpx.ASGITransport(app=site))
        self.world = self.emulator.state.world

    def make_ready(self) -> None:
        """Undo what would be an error on order, or would make calls wait."""
        self.world.faults.waiting.clear()
        self.world.settings.oauth_error_status = 400
        self.world.settings.limits_enabled = self.world.settings.caps_enabled = False
        self.world.properties.setdefault("1", UrlProperty("1", "prefix", MEDIA, "x" * 32, verified=True))
        if self.world.find_account(BULLETIN) is None:
            self.world.reset()

    def token(self) -> bytes:
        account = self.world.find_account(BULLETIN)
        scopes = ("user.info.basic", "video.list", "video.publish", "video.upload")
        return f"Bearer {self.world.issue_tokens(account.open_id, scopes).access_token}".encode()

    async def ask(self, sent: Sent) -> int:
        unread = [{"type": "http.request", "body": sent.body, "more_body": False}]
        answer: list[Any] = []

        async def receive() -> Any:
            return unread.pop() if unread else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                answer.append(message)

        scope: Any = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": sent.method, "scheme": "http",
            "path": sent.path, "raw_path": sent.path.encode("utf-8", "surrogatepass"), "query_string": sent.query,
            "root_path": "", "headers": sent.headers, "client": ("127.0.0.1", 1), "server": ("emulator.test", 80),
        }  # fmt: skip
        await self.emulator(scope, receive, send)
        for name, value in answer[0]["headers"]:
            assert not set(name + value) & set(b"\r\n\0"), "a header that another one could be smuggled in by"
        return int(answer[0]["status"])


ROUTES = [
    *sorted(
        (method, route.path_format)
        for route in create_emulator().routes
        for method in sorted(route.methods - {"OPTIONS"})
    ),
    *(("PUT", "/upload/"), ("BREW", "/v2/user/info/"), ("BREW", "/_emulator/")),
]


def put_in(draw: Any, value: Any) -> Any:
    """Put something evil in the place of one part, or beside the parts."""
    evil = draw(st.one_of(st.sampled_from(EVIL), st.text(max_size=10)))
    if isinstance(value, dict) and value:
        if draw(st.integers(0, 9)) == 0:
            return {**value, draw(evil_text): evil}
        name = draw(st.sampled_from(sorted(value)))
        return {**value, name: put_in(draw, value[name])}
    if isinstance(value, list) and value and draw(st.booleans()):
        return [put_in(draw, value[0]), *value[1:]]
    return evil


def draw_body(draw: Any, structured: list[Any]) -> bytes:
    match draw(st.integers(0, 4)):
        case 0:
            return json.dumps(draw(st.sampled_from(structured))).encode()
        case 1:
            return json.dumps(put_in(draw, draw(st.sampled_from(structured)))).encode()
        case 2:
            return bytes(draw(st.sampled_from(RAW)))
        case 3:
            return bytes(draw(st.binary(max_size=50)))
        case _:
            return _encode_form(put_in(draw, draw(st.sampled_from(FORMS))))


@st.composite
def requests(draw: Any, method: str, path: str) -> Sent:
    for name in ("open_id", "publish_id", "property_id", "handle", "post_id", "action", "name", "index"):
        for kind in ("str", "int"):
            path = path.replace(f"{{{name}:{kind}}}", draw(st.one_of(st.sampled_from(["7", BULLETIN]), evil_text)))
    structured = BODIES.get(path if path in BODIES else next((p for p in BODIES if _fits(p, path)), ""), [{}])
    body = draw_body(draw, structured)
    headers = [
        (b"content-type", draw(st.one_of(st.sampled_from(TYPES), st.binary(max_size=10)))),
        (b"host", draw(st.sampled_from([b"emulator.test", b"[", b"\xff", b"a b:c", b"x:99999999", b""]))),
        (b"cookie", draw(st.sampled_from([COOKIE, b"\xff=;;=", b"tiktok_emulator_user=%"]))),
        (b"range", draw(st.sampled_from([b"bytes=0-", b"bytes=9-1", b"\xff"]))),
        (b"content-length", str(len(body)).encode()),
        (b"content-range", draw(st.sampled_from([b"bytes 0-1/2", b"bytes 9-1/0", b"\xff"]))),
    ]  # fmt: skip
    if draw(st.integers(0, 3)) == 0:
        headers.append((b"authorization", draw(st.sampled_from([b"Bearer \xff", b"", b"Bearer", b"\x00"]))))
    query = draw(st.one_of(st.sampled_from(QUERIES), st.binary(max_size=30)))
    return Sent(method, path, query, headers, body)


def _fits(pattern: str, path: str) -> bool:
    parts, given_parts = pattern.split("/"), path.split("/")
    return len(parts) == len(given_parts) and all(
        p[:1] == "{" or p == g for p, g in zip(parts, given_parts, strict=True)
    )


def _encode_form(form: Any) -> bytes:
    if not isinstance(form, dict):
        return repr(form).encode("utf-8", "surrogatepass")
    return "&".join(f"{name}={value}" for name, value in form.items()).encode("utf-8", "surrogatepass")


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def ground() -> Ground:
    return Ground()


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_nothing_that_is_sent_breaks_the_emulator(ground: Ground, runner: asyncio.Runner, caplog, method, path):
    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize="FUZZ_EXAMPLES" not in os.environ, database=None,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate, Phase.shrink],
    )  # fmt: skip
    @given(requests(method, path))
    def send(sent: Sent) -> None:
        ground.make_ready()
        headers = sent.headers
        if b"authorization" not in dict(headers):
            headers = [*headers, (b"authorization", ground.token())]
        sent = Sent(sent.method, sent.path, sent.query, headers, sent.body)
        assert runner.run(ground.ask(sent)) < 500
        ground.world.faults.waiting.clear()
        # What cannot be shown would show it at once.
        assert runner.run(ground.ask(Sent("GET", "/_emulator/log", b"limit=1", [], b""))) == 200

    send()
    for watched in WATCHED:
        assert runner.run(ground.ask(Sent("GET", watched, b"limit=60", [], b""))) == 200
    assert [record for record in caplog.records if record.levelname in {"ERROR", "CRITICAL"}] == []
