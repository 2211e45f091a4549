"""The outgoing client, against real sockets: what its errors say, and what it refuses to swallow."""

import asyncio
import gzip
import tracemalloc
import zlib
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest

from app.kit.http.client import FRESH_CONNECTION, build_client, fetch_answer, retry_after_seconds
from app.kit.http.failures import AnswerTooLarge, AnswerUnreadable, DeadlineExceeded, failure_code, surely_unsent
from tests.tiktok import scripted as do
from tests.tiktok.scripted import Behaviour, Wire, answers, answers_always, http_answer, scripted, unused_port

HASTY = httpx.Timeout(2.0, connect=0.4, pool=0.4)


async def failure_of(url: str, *, fresh: bool = True, deadline: float = 2.0) -> httpx.RequestError:
    async with build_client(timeout=HASTY) as client:
        extensions = dict(FRESH_CONNECTION) if fresh else None
        request = client.build_request("POST", url, content=b'{"a":1}', extensions=extensions)
        with pytest.raises(httpx.RequestError) as caught:
            await fetch_answer(client, request, deadline=deadline)
    return caught.value


async def test_a_refused_connection_is_surely_unsent():
    error = await failure_of(f"http://127.0.0.1:{unused_port()}/")
    assert isinstance(error, httpx.ConnectError)
    assert surely_unsent(error)
    assert failure_code(error) == "connection_refused"


async def test_a_name_that_does_not_resolve_is_surely_unsent():
    error = await failure_of("http://no-such-host.invalid/", deadline=20)
    assert isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout))
    assert surely_unsent(error)
    assert failure_code(error) in {"host_unknown", "connection_timeout"}


async def test_an_address_that_is_no_http_is_surely_unsent():
    error = await failure_of("gopher://127.0.0.1/")
    assert surely_unsent(error)
    assert failure_code(error) == "address_unusable"


async def test_an_untrusted_certificate_is_surely_unsent(tls):
    async with scripted(do.says_nothing, tls=tls.server) as server:
        error = await failure_of(server.tls_url)
    assert isinstance(error, httpx.ConnectError)
    assert surely_unsent(error)
    assert failure_code(error) == "tls_error"
    assert server.received == []


@pytest.mark.parametrize("behaviour", [do.hangs_up_at_once, do.resets_at_once])
async def test_a_connection_that_breaks_in_the_tls_handshake_is_surely_unsent(behaviour):
    async with scripted(behaviour) as server:
        error = await failure_of(server.tls_url)
    assert isinstance(error, httpx.ConnectError)
    assert surely_unsent(error)
    assert failure_code(error) == "connection_failed"


async def test_a_tls_handshake_that_never_ends_is_surely_unsent():
    async with scripted(do.accepts_and_waits) as server:
        error = await failure_of(server.tls_url)
    assert isinstance(error, httpx.ConnectTimeout)
    assert surely_unsent(error)
    assert failure_code(error) == "connection_timeout"


async def test_a_trusted_certificate_is_accepted(tls):
    async with (
        scripted(answers(http_answer("200 OK", b"{}")), tls=tls.server) as server,
        build_client(ssl_context=tls.trusting_client) as client,
    ):
        answer = await fetch_answer(client, client.build_request("GET", server.tls_url), deadline=5)
    assert answer.status == 200


async def test_waiting_in_vain_for_a_free_connection_is_surely_unsent():
    async with scripted(do.says_nothing) as server, build_client(max_connections=1, timeout=HASTY) as client:
        first = asyncio.create_task(
            fetch_answer(client, client.build_request("POST", server.url, content=b"1"), deadline=5)
        )
        await server.arrived.wait()
        with pytest.raises(httpx.TimeoutException) as caught:
            await fetch_answer(client, client.build_request("POST", server.url, content=b"2"), deadline=5)
        first.cancel()
    assert surely_unsent(caught.value)
    assert server.connections == 1


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        (do.resets_at_once, (httpx.ReadError, httpx.RemoteProtocolError)),
        (do.hangs_up_at_once, (httpx.ReadError, httpx.RemoteProtocolError)),
        (do.resets_before_body, (httpx.ReadError, httpx.RemoteProtocolError)),
        (do.resets_after_body, httpx.ReadError),
        (do.hangs_up_after_body, httpx.RemoteProtocolError),
        (do.speaks_no_http, httpx.RemoteProtocolError),
        (do.cuts_body, httpx.RemoteProtocolError),
        (do.cuts_chunked_body, httpx.RemoteProtocolError),
        (do.resets_in_body, (httpx.ReadError, httpx.RemoteProtocolError)),
        (do.sends_endless_header, httpx.RemoteProtocolError),
    ],
)
@pytest.mark.parametrize("fresh", [True, False])
async def test_a_connection_that_breaks_after_it_was_made_may_have_been_sent(behaviour, expected, fresh):
    async with scripted(behaviour) as server:
        error = await failure_of(server.url, fresh=fresh)
    assert isinstance(error, expected)
    assert not surely_unsent(error)
    assert server.connections == 1


async def test_silence_is_a_read_timeout_that_may_have_been_sent():
    async with scripted(do.says_nothing) as server, build_client(timeout=httpx.Timeout(0.3)) as client:
        with pytest.raises(httpx.ReadTimeout) as caught:
            await fetch_answer(client, client.build_request("POST", server.url, content=b"1"), deadline=5)
    assert not surely_unsent(caught.value)


@pytest.mark.parametrize("behaviour", [do.drips_head, do.drips_body, do.says_nothing])
async def test_the_deadline_holds_for_the_whole_call(behaviour: Behaviour):
    async with scripted(behaviour) as server:
        error = await failure_of(server.url, deadline=0.5)
    assert isinstance(error, DeadlineExceeded)
    assert not surely_unsent(error)


async def test_a_cancelled_call_stays_cancelled():
    async with scripted(do.says_nothing) as server, build_client() as client:
        request = client.build_request("POST", server.url, content=b"1")
        call = asyncio.create_task(fetch_answer(client, request, deadline=5))
        await server.arrived.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call


async def test_an_endless_answer_is_cut_off():
    async with scripted(do.sends_endless_body) as server:
        error = await failure_of(server.url)
    assert isinstance(error, AnswerTooLarge)


def packed_bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    block = b"\0" * 1_000_000
    return b"".join(packer.compress(block) for _ in range(300)) + packer.flush()


async def test_a_gzip_bomb_is_refused_without_being_unpacked():
    bomb = packed_bomb()
    assert len(bomb) < 400_000
    async with scripted(answers(http_answer("200 OK", bomb, headers={"Content-Encoding": "gzip"}))) as server:
        tracemalloc.start()
        try:
            error = await failure_of(server.url)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert isinstance(error, AnswerTooLarge)
    assert peak < 20_000_000


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
async def test_a_packed_answer_is_unpacked(encoding: str, pack: Callable[[bytes], bytes]):
    reply = http_answer("200 OK", pack(b'{"a": 1}'), headers={"Content-Encoding": encoding})
    async with scripted(answers(reply)) as server, build_client() as client:
        answer = await fetch_answer(client, client.build_request("GET", server.url), deadline=5)
    assert answer.body == b'{"a": 1}'


@pytest.mark.parametrize(
    ("encoding", "body"), [("br", b"\x8b\x01"), ("gzip", b"no gzip"), ("gzip", gzip.compress(b"x" * 100, mtime=0)[:-9])]
)
async def test_an_answer_that_cannot_be_unpacked_is_an_error(encoding: str, body: bytes):
    async with scripted(answers(http_answer("200 OK", body, headers={"Content-Encoding": encoding}))) as server:
        error = await failure_of(server.url)
    assert isinstance(error, AnswerUnreadable)
    assert not surely_unsent(error)


async def test_a_redirect_is_an_answer_and_is_not_followed():
    async with scripted(answers_always(http_answer("302 Found", headers={"Location": "/elsewhere"}))) as server:
        async with build_client() as client:
            answer = await fetch_answer(client, client.build_request("POST", server.url, content=b"1"), deadline=5)
        assert answer.status == 302
        assert len(server.received) == 1


async def test_cookies_are_not_kept():
    reply = http_answer("200 OK", headers={"Set-Cookie": "session=of-one-account; Path=/"})
    async with scripted(answers_always(reply)) as server, build_client() as client:
        for _ in range(2):
            await fetch_answer(client, client.build_request("GET", server.url), deadline=5)
    assert [request.header("Cookie") for request in server.received] == [None, None]


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{unused_port()}")
    async with scripted(answers(http_answer("200 OK"))) as server, build_client() as client:
        answer = await fetch_answer(client, client.build_request("GET", server.url), deadline=5)
    assert answer.status == 200


async def test_connections_are_kept_alive_unless_a_fresh_one_is_asked_for():
    async with scripted(answers_always(http_answer("200 OK"))) as server, build_client() as client:
        for _ in range(3):
            await fetch_answer(client, client.build_request("POST", server.url, content=b"1"), deadline=5)
        assert server.connections == 1
        for _ in range(3):
            request = client.build_request("POST", server.url, content=b"1", extensions=dict(FRESH_CONNECTION))
            await fetch_answer(client, request, deadline=5)
        assert server.connections == 4
    assert [request.header("Connection") for request in server.received[3:]] == ["close"] * 3


async def answers_once_then_resets(wire: Wire) -> None:
    await wire.receive()
    await wire.send(http_answer("200 OK"))
    await wire.receive_head()
    wire.reset()


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_what_is_sent_over_a_kept_connection_that_is_cut_is_not_sent_anew(method):
    """aiohttp would: past every limit of calls, and without a word."""
    async with scripted(answers_once_then_resets) as server, build_client() as client:
        await fetch_answer(client, client.build_request(method, server.url), deadline=5)
        with pytest.raises(httpx.RequestError) as caught:
            await fetch_answer(client, client.build_request(method, server.url), deadline=5)
    assert not surely_unsent(caught.value)
    assert str(caught.value.request.url) == server.url
    assert server.connections == 1


async def test_a_fresh_connection_escapes_a_keep_alive_that_the_server_has_closed():
    async with scripted(answers_once_then_resets) as server, build_client() as client:
        await fetch_answer(client, client.build_request("POST", server.url, content=b"1"), deadline=5)
        request = client.build_request("POST", server.url, content=b"2", extensions=dict(FRESH_CONNECTION))
        answer = await fetch_answer(client, request, deadline=5)
        assert answer.status == 200
        with pytest.raises(httpx.RequestError) as caught:
            await fetch_answer(client, client.build_request("POST", server.url, content=b"3"), deadline=5)
    assert not surely_unsent(caught.value)
    assert [request.body for request in server.received] == [b"1", b"2"]


async def test_no_more_connections_are_open_than_allowed():
    most = 0
    now = 0

    async def answers_slowly(wire: Wire) -> None:
        nonlocal most, now
        while True:
            await wire.receive()
            now += 1
            most = max(most, now)
            await asyncio.sleep(0.02)
            now -= 1
            await wire.send(http_answer("200 OK"))

    async with scripted(answers_slowly) as server, build_client(max_connections=3) as client:
        request = client.build_request
        await asyncio.gather(*(fetch_answer(client, request("GET", server.url), deadline=5) for _ in range(12)))
    assert most == 3
    assert server.connections == 3


async def test_errors_name_no_header_of_the_request():
    async with scripted(do.speaks_no_http) as server, build_client() as client:
        headers = {"Authorization": "Bearer act.fake-and-secret"}
        with pytest.raises(httpx.RequestError) as caught:
            await fetch_answer(client, client.build_request("POST", server.url, headers=headers), deadline=5)
    assert "fake-and-secret" not in f"{caught.value} {caught.value!r}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("99999999999999999999", 86400.0),
        ("Sun, 01 Nov 2026 12:01:30 GMT", 90.0),
        ("Sun, 01 Nov 2026 11:00:00 GMT", 0.0),
        ("Fri, 01 Jan 9999 00:00:00 GMT", 86400.0),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("١٢", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(value: str, expected: float | None):
    headers = httpx.Headers([(b"Retry-After", value.encode())])
    now = datetime(2026, 11, 1, 12, 0, 0, tzinfo=UTC)
    assert retry_after_seconds(headers, now=lambda: now) == expected
