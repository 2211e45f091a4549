"""The edge of a web process: what a caller can make it hold, and for how long."""

import asyncio
import contextlib
import select
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.ops.migrate import upgrade
from tests.conftest import make_settings
from tests.functional.stack import until
from tests.support.web_caller import WebProcess, answer_of

MEGABYTE = 1024 * 1024
QUICK = b"GET /quick HTTP/1.1\r\nHost: news.example\r\n"


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebProcess]:
    """A process that the tests of this file share: whatever it was sent before, it goes on."""
    process = new_process(tmp_path_factory.mktemp("web"))
    process.start(SLOWEST_READ_SECONDS="2")
    yield process
    process.stop()


@pytest.fixture
def own_web(tmp_path: Path) -> Iterator[WebProcess]:
    """A process with limits of its own, not started yet."""
    process = new_process(tmp_path)
    yield process
    process.stop()


def new_process(folder: Path) -> WebProcess:
    asyncio.run(upgrade(make_settings(folder, f"sqlite+aiosqlite:///{folder / 'newsreel.db'}", "")))
    return WebProcess(folder)


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


def ask(web: WebProcess, request: bytes) -> bytes:
    """Send all of it, and read until the process closes."""
    with web.connect() as connection:
        connection.sendall(request)
        return answer_of(connection)


def resident(web: WebProcess) -> int:
    """How many bytes of memory the process has."""
    lines = Path(f"/proc/{web.pid}/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def flood(connection: socket.socket, piece: bytes, *, most: int) -> int:
    """Send a piece again and again until nobody takes it any more; tell how many bytes were taken."""
    sent = 0
    connection.settimeout(3)
    with contextlib.suppress(OSError):
        while sent < most:
            sent += connection.send(piece)
    return sent


# A header


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (b"X-Long: " + b"x" * 60_000 + b"\r\n", 200),
        (b"X-Line: x\r\n" * 98, 200),
        (b"X-Long: " + b"x" * 70_000 + b"\r\n", 431),
        (b"X-Long: " + b"x" * 200_000 + b"\r\n", 431),
        (b"X-Line: " + b"x" * 1000 + b"\r\n", 200),
        ((b"X-Line: " + b"x" * 1000 + b"\r\n") * 80, 431),
        (b"X-Line: x\r\n" * 101, 431),
        (b"X-Line: x\r\n" * 20_000, 431),
        (b"X" * 100_000 + b": x\r\n", 431),
        (b":\r\n" * 30_000, 400),
    ],
    ids=["60 KB", "99 lines", "70 KB", "200 KB", "1 KB", "80 KB in 80", "102 lines", "20,000 lines", "name", "none"],
)  # fmt: skip
def test_a_header_has_a_size_and_a_number_of_lines(web, header, status):
    answer = ask(web, QUICK + header + b"Connection: close\r\n\r\n")
    assert status_of(answer) == status
    if status >= 400:
        assert b"application/problem+json" in answer
    assert web.ask("/healthz")[0] == 200


def test_an_address_has_a_size(web):
    answer = ask(web, b"GET /" + b"x" * 200_000 + b" HTTP/1.1\r\nHost: news.example\r\nConnection: close\r\n\r\n")
    assert status_of(answer) == 414


ENDLESS = {
    "empty lines": (b"", b"\r\n" * 8192),
    "a method": (b"", b"G" * 16384),
    "an address": (b"GET /", b"x" * 16384),
    "a query": (b"GET /?", b"x" * 16384),
    "a name": (QUICK, b"x" * 16384),
    "a value": (QUICK + b"X: ", b"x" * 16384),
    "spaces before a value": (QUICK + b"X:", b" " * 16384),
    "lines": (QUICK, b"X: y\r\n" * 2730),
    "HTTP/1.0": (b"GET /quick HTTP/1.0\r\nX: ", b"x" * 16384),
    "an upgrade": (QUICK + b"Connection: upgrade\r\nUpgrade: websocket\r\n\r\n", b"x" * 16384),
    "requests without an end": (b"", QUICK.replace(b"/quick", b"/slow/5") + b"\r\n"),
    "requests that nobody reads the answers of": (b"", QUICK.replace(b"/quick", b"/large") + b"\r\n"),
    "a trailer": (b"POST /take HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX: ", b"x" * 16384),
    "trailers": (b"POST /take HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n", b"X: y\r\n" * 2730),
    "a chunk's extension": (b"POST /take HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"x" * 16384),
    "a chunk's size": (b"POST /take HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"0" * 16384),
    "a body": (b"POST /take HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", b"x" * 16384),
    "chunks": (b"POST /take HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b"x" * 4096 + b"\r\n"),
    "a body nobody reads": (b"POST /unread HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", b"x" * 16384),
}  # fmt: skip


@pytest.mark.parametrize("kind", ENDLESS)
def test_no_stage_of_a_connection_takes_memory_without_end(web, kind):
    web.ask("/quick")
    before, (start, piece) = resident(web), ENDLESS[kind]
    with web.connect() as connection:
        connection.sendall(start)
        sent = flood(connection, piece, most=48 * MEGABYTE)
        assert resident(web) - before < 24 * MEGABYTE, (kind, sent)
        assert web.ask("/healthz")[0] == 200


def test_a_trailer_is_no_header(web):
    answer = ask(
        web,
        b"POST /headers HTTP/1.1\r\nHost: news.example\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"1\r\nx\r\n0\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n",
    )
    assert status_of(answer) == 201
    assert b"x-forwarded-for" not in answer
    assert answer.endswith(b'"bytes":1}')


def test_an_upgrade_is_answered_like_any_request_and_the_next_one_too(web):
    upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"
    answer = ask(web, QUICK + upgrade + QUICK + b"Connection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200 OK") == 2


def test_a_body_behind_an_upgrade_is_never_taken_for_a_request(web):
    hidden = QUICK + b"\r\n"
    answer = ask(
        web,
        b"POST /take HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
        + f"Content-Length: {len(hidden)}\r\n\r\n".encode()
        + hidden,
    )
    assert status_of(answer) == 501
    assert answer.count(b"HTTP/1.1") == 1


def test_what_comes_before_a_broken_request_is_answered(web):
    answer = ask(
        web, QUICK.replace(b"/quick", b"/slow/0.5") + b"\r\n" + QUICK + b"\r\n" + b"this is no request\r\n\r\n"
    )
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert b"HTTP/1.1 400" not in answer


def test_a_few_requests_in_a_row_are_answered_in_order(web):
    paths = [b"/slow/0.3", *[b"/quick"] * 9]
    request = b"".join(QUICK.replace(b"/quick", path) + b"\r\n" for path in paths)
    answer = ask(web, request + QUICK + b"Connection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200 OK") == 11
    assert answer.index(b"slow") < answer.index(b"quick")


# Time


def test_a_header_that_does_not_arrive_is_answered_408(web):
    connections = [web.connect() for _ in range(4)]
    for connection, start in zip(connections, [b"GET", QUICK, b"\r\n", b"GET /quick HTTP/1.0\r\n"], strict=True):
        connection.sendall(start)
    assert select.select(connections, [], [], 2) == ([], [], [])
    assert [status_of(answer_of(connection)) for connection in connections] == [408] * 4


def test_a_header_that_drips_is_no_excuse(web):
    connection = web.connect()
    answer = b""
    connection.settimeout(0.2)
    connection.sendall(QUICK + b"X: ")
    while not answer:
        connection.sendall(b"x")
        with contextlib.suppress(TimeoutError):
            answer = connection.recv(1000)
    assert status_of(answer) == 408


def test_who_reads_nothing_of_a_large_answer_is_cut_off(web):
    connection = web.connect()
    connection.sendall(QUICK.replace(b"/quick", b"/large") + b"\r\n")
    until(lambda: connections_of(web) == 0, what="the end of the connection")


def connections_of(web: WebProcess) -> int:
    """How many connections the process holds."""
    lines = Path(f"/proc/{web.pid}/net/tcp").read_text().splitlines()[1:]
    port = f"{web.port:04X}"
    return sum(line.split()[1].endswith(f":{port}") and line.split()[3] == "01" for line in lines)


# Many


def open_many(web: WebProcess, count: int, start: bytes) -> list[socket.socket]:
    connections = []
    for _ in range(count):
        connection = web.connect()
        if start:
            with contextlib.suppress(OSError):
                connection.sendall(start)
        connections.append(connection)
    return connections


@pytest.mark.parametrize(
    ("count", "start"),
    [(2000, b""), (2000, QUICK), (9000, QUICK), (2000, QUICK + b"\r\n")],
    ids=["nothing", "half a header", "9,000 halves of headers", "a whole request"],
)
def test_health_answers_while_many_connections_are_held_open(web, count, start):
    before = resident(web)
    held = open_many(web, count, start)
    assert web.ask("/healthz")[0] == 200
    assert connections_of(web) <= 502
    assert resident(web) - before < 60 * MEGABYTE
    for connection in held:
        connection.close()


def test_health_answers_although_few_files_may_be_open(own_web):
    own_web.start(before=("prlimit", "--nofile=512:512"))
    held = open_many(own_web, 1500, QUICK)
    assert own_web.ask("/healthz")[0] == 200
    assert connections_of(own_web) <= 160
    for connection in held:
        connection.close()


def test_health_answers_while_one_client_has_as_many_requests_under_way_as_it_may(own_web):
    own_web.start(NEWSREEL_MAX_CONNECTIONS_PER_CLIENT="20")
    slow = open_many(own_web, 20, QUICK.replace(b"/quick", b"/slow/5") + b"\r\n")
    until(lambda: own_web.ask("/quick")[0] == 429, what="the refusal")
    assert own_web.ask("/healthz")[0] == 200
    for connection in slow:
        connection.settimeout(30)
        assert status_of(connection.recv(1000)) == 200
        connection.close()
    until(lambda: own_web.ask("/quick")[0] == 200, what="the end of the refusal")


def test_behind_a_trusted_proxy_each_client_has_its_own_bound(own_web):
    own_web.start(NEWSREEL_MAX_CONNECTIONS_PER_CLIENT="8", NEWSREEL_TRUSTED_PROXIES="127.0.0.1")
    slow = QUICK.replace(b"/quick", b"/slow/5") + b"X-Forwarded-For: 192.0.2.1\r\n\r\n"
    held = open_many(own_web, 8, slow)
    of_one, of_another = (
        QUICK + f"X-Forwarded-For: {client}\r\nConnection: close\r\n\r\n".encode()
        for client in ("192.0.2.1", "192.0.2.2")
    )
    until(lambda: status_of(ask(own_web, of_one)) == 429, what="the refusal")
    assert status_of(ask(own_web, of_another)) == 200
    for connection in held:
        connection.close()


def where(web: WebProcess, *forwarded: str) -> str:
    lines = "".join(f"X-Forwarded-For: {line}\r\n" for line in forwarded)
    answer = ask(web, f"GET /where HTTP/1.1\r\nHost: x\r\n{lines}Connection: close\r\n\r\n".encode())
    return answer.rpartition(b"\r\n\r\n")[2].decode()


def test_the_client_is_the_last_address_that_none_of_our_proxies_has(own_web):
    own_web.start(NEWSREEL_TRUSTED_PROXIES="127.0.0.1/8,192.168.0.0/16,*")
    assert where(own_web) == "127.0.0.1"
    assert where(own_web, "198.51.100.1") == "198.51.100.1"
    assert where(own_web, "1.2.3.4, 198.51.100.1") == "198.51.100.1"
    assert where(own_web, "1.2.3.4", "198.51.100.1:4711, 192.168.3.3") == "198.51.100.1"
    assert where(own_web, "192.168.1.1, 192.168.1.2") == "192.168.1.1"
    assert where(own_web, "[2001:db8::5]") == "2001:db8::5"
    assert len(where(own_web, "x" * 500)) == 64


@pytest.mark.parametrize("proxies", ["", "*", "10.0.0.1"])
def test_nobody_elses_word_about_the_client_is_believed(own_web, proxies):
    own_web.start(NEWSREEL_TRUSTED_PROXIES=proxies)
    assert where(own_web, "198.51.100.1") == "127.0.0.1"


def test_an_idle_connection_gives_way_and_a_request_under_way_does_not(own_web):
    own_web.start(NEWSREEL_MAX_CONNECTIONS="40", NEWSREEL_MAX_CONNECTIONS_PER_CLIENT="40")
    busy = open_many(own_web, 10, QUICK.replace(b"/quick", b"/slow/4") + b"\r\n")
    idle = open_many(own_web, 30, b"")
    until(lambda: connections_of(own_web) == 40, what="all of them")
    newcomers = open_many(own_web, 30, b"")
    for connection in idle:
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(10) == b""
    for connection in busy:
        assert status_of(connection.recv(1000)) == 200
    for connection in newcomers:
        connection.sendall(QUICK + b"Connection: close\r\n\r\n")
        assert status_of(answer_of(connection)) == 200
