"""Downloads from addresses that strangers wrote: what is refused, and that refusing means not to knock."""

import asyncio
import socket
import tracemalloc
from pathlib import Path

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from app.kit.http.addresses import AllowedOrigins, FetchRefused, check_url, is_public
from app.kit.http.fetch import Fetcher, FetchFailed, FetchLimits
from tests.tiktok.scripted import Wire, answers, answers_always, http_answer, scripted, unused_port

PRIVATE_ADDRESSES = [
    *("127.0.0.1", "127.8.9.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
    *("100.100.100.200", "192.0.0.192", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1"),
    *("224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "168.63.129.16"),
    *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe"),
    *("64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "3fff::1", "5f00::1"),
    *("fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%lo", "fec0::1", "ff02::1", "4000::1", "nonsense", ""),
]
PUBLIC_ADDRESSES = ["8.8.8.8", "1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "2a00:1450::1", "64:ff9b::808:808"]

ODD_URLS = [
    *("http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://2130706433:{port}/", "http://0x7f000001:{port}/"),
    *("http://0x7f.1:{port}/", "http://0177.0.0.1:{port}/", "http://127.1:{port}/", "http://0:{port}/"),
    *("http://0.0.0.0:{port}/", "http://[::1]:{port}/", "http://[::]:{port}/", "http://[::ffff:127.0.0.1]:{port}/"),
    *("http://[::ffff:7f00:1]:{port}/", "http://[fe80::1%25lo]:{port}/", "http://[fe80::1%lo]:{port}/"),
    *("http://8.8.8.8:{port}/", "http://[2606:4700:4700::1111]:{port}/", "http://1.2.3.4.5:{port}/"),
    *("http://news.test@127.0.0.1:{port}/", "http://user:pass@news.test:{port}/", "http://@news.test:{port}/"),
    *(
        "http://127.0.0.1:{port}#@news.test/",
        "http://127.0.0.1:{port}?@news.test/",
        "http://127.0.0.1:{port}\\@news.test/",
    ),
    *("http://news.test:{port}\\@127.0.0.1/", "http://news.test\t:{port}/", "http://news.test:{port}/\r\nHost: a.test"),
    *("http://localhost.:{port}/", "http://news.test.:{port}/", "http://127.0.0.1.:{port}/", "http://.test:{port}/"),
    *(
        "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{port}/",
        "http://127。0。0。1:{port}/",
        "http://①②⑦.⓪.⓪.①:{port}/",
        "http://１２７.0.0.1:{port}/",
    ),
    *("http://xn--:{port}/", "http://news..test:{port}/", "http://-news.test:{port}/", "http://ne ws.test:{port}/"),
    *("http://news%2etest:{port}/", "http://127.0.0.1%00.news.test:{port}/", "http://%31%32%37.0.0.1:{port}/"),
    *("file:///etc/passwd", "file://127.0.0.1:{port}/x", "ftp://news.test/x", "gopher://127.0.0.1:{port}/_x"),
    *("data:image/png;base64,AAAA", "//news.test:{port}/x", "/etc/passwd", "news.test:{port}/x", "http:///x", "", " "),
    *("javascript:alert(1)", "http://news.test:0/", "http://news.test:99999/", "http://news.test:-1/", "http://[::1"),
    "http://news.test:{port}/" + "x" * 5000,
]

HASTY = FetchLimits(max_bytes=1024 * 1024, seconds=2.0, connect_seconds=0.5)


class FakeResolver(AbstractResolver):
    """Knows a few names; answers the n-th question about a name with its n-th answer, and then keeps to the last."""

    def __init__(self, **names: list[list[str]]) -> None:
        self.names = {name.replace("_", "."): answers for name, answers in names.items()}
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        if host not in self.names:
            raise OSError(f"{host} is not known")
        turns = self.names[host]
        addresses = turns[min(self.asked.count(host), len(turns)) - 1]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        """Nothing to close."""


def widened(port: int) -> FetchLimits:
    """Limits under which the listener's port counts as public, so that only the address can be what is refused."""
    return FetchLimits(ports=frozenset({80, 443, port}), seconds=2.0, connect_seconds=0.5)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "file"


@pytest.mark.parametrize("address", PRIVATE_ADDRESSES)
def test_special_addresses_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC_ADDRESSES)
def test_ordinary_addresses_are_public(address):
    assert is_public(address)


@pytest.mark.parametrize("url", ODD_URLS)
async def test_an_odd_address_is_refused_without_a_connection(url, target):
    async with scripted(answers_always(http_answer("200 OK", b"secret"))) as server:
        resolver = FakeResolver(localhost=[["127.0.0.1"]], news_test=[["127.0.0.1"]])
        async with Fetcher(limits=widened(server.port), resolver=resolver) as fetcher:
            with pytest.raises(FetchRefused) as refused:
                await fetcher.fetch(url.format(port=server.port), target)
    assert server.connections == 0
    assert refused.value.message
    assert not target.exists()


@pytest.mark.parametrize("address", [address for address in PRIVATE_ADDRESSES if address not in {"nonsense", ""}])
async def test_a_name_that_leads_to_a_special_address_is_refused_without_a_connection(address, target):
    async with scripted(answers_always(http_answer("200 OK", b"secret"))) as server:
        resolver = FakeResolver(news_test=[[address]], mixed_test=[["93.184.216.34", address]])
        async with Fetcher(limits=widened(server.port), resolver=resolver) as fetcher:
            for name in ("news.test", "mixed.test"):
                with pytest.raises(FetchRefused) as refused:
                    await fetcher.fetch(f"http://{name}:{server.port}/a.jpg", target)
                assert refused.value.code == "address_private"
    assert server.connections == 0


async def test_only_the_address_that_was_checked_is_connected_to_when_a_name_changes_its_mind(target, monkeypatch):
    connected = []

    async def connect(_socket, address):
        connected.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", connect)
    resolver = FakeResolver(news_test=[["93.184.216.34"], ["127.0.0.1"]])
    async with Fetcher(resolver=resolver, limits=HASTY) as fetcher:
        with pytest.raises(FetchFailed):
            await fetcher.fetch("http://news.test/a.jpg", target)
    assert resolver.asked == ["news.test"]
    assert connected == ["93.184.216.34"]
    async with Fetcher(resolver=resolver, limits=HASTY) as fetcher:
        with pytest.raises(FetchRefused):
            await fetcher.fetch("http://news.test/a.jpg", target)
    assert connected == ["93.184.216.34"]


@pytest.mark.parametrize("port", [1, 22, 25, 6379, 8000, 8443])
def test_a_public_name_is_fetched_from_web_ports_only(port):
    with pytest.raises(FetchRefused) as refused:
        check_url(f"http://news.test:{port}/", AllowedOrigins())
    assert refused.value.code == "address_port"


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("https://news.test/a%2Fb%20c?sig=%2B%2f%3D,~&x=%7E#part", "/a%2Fb%20c?sig=%2B%2f%3D,~&x=%7E"),
        ("HTTP://NEWS.test:80", "/"),
        ("  https://news.test/a.jpg\n", "/a.jpg"),
        ("https://новости.test/фото 1.jpg?q=қ", "/%D1%84%D0%BE%D1%82%D0%BE%201.jpg?q=%D2%9B"),
        ("https://xn--80adj0bb9c.xn--p1ai/a.jpg", "/a.jpg"),
        ("https://cdn_1.news.test/a.jpg", "/a.jpg"),
    ],
)
def test_a_usual_address_is_requested_as_it_stands(given, asked):
    assert check_url(given, AllowedOrigins()).raw_path_qs == asked


@pytest.mark.parametrize(
    ("entry", "host", "port", "is_admitted"),
    [
        ("cms.internal", "cms.internal", 8080, True),
        ("cms.internal", "CMS.internal", 80, True),
        ("cms.internal:8080", "cms.internal", 8080, True),
        ("cms.internal:8080", "cms.internal", 8081, False),
        ("cms.internal", "www.cms.internal", 80, False),
        ("127.0.0.1:9000", "127.0.0.1", 9000, True),
        ("127.0.0.1:9000", "localhost", 9000, False),
        ("127.0.0.1", "2130706433", 80, False),
        ("[::1]:9000", "::1", 9000, True),
        ("[0:0::1]", "::1", 9000, True),
        ("[::1]:9000", "::1", 9001, False),
    ],
)
def test_only_what_the_operator_named_is_admitted(entry, host, port, is_admitted):
    assert AllowedOrigins([entry]).admits(host, port) is is_admitted


def test_an_unreadable_entry_admits_nothing_and_is_told():
    allowed = AllowedOrigins(["http://cms.internal:80/", "cms:port", "a:99999", "good.internal"])
    assert allowed.unreadable == ["http://cms.internal:80/", "cms:port", "a:99999"]
    assert allowed.admits("good.internal", 1)
    assert not allowed.admits("cms.internal", 80)


async def test_a_file_of_an_allowed_private_origin_is_downloaded(target):
    body = b"\xff\xd8\xff picture" * 5000
    async with (
        scripted(answers_always(http_answer("200 OK", body, kind="image/jpeg"))) as server,
        Fetcher([f"127.0.0.1:{server.port}"], limits=HASTY) as fetcher,
    ):
        fetched = await fetcher.fetch(f"{server.url}/a.jpg?sig=%2B%2f", target)
    assert (target.read_bytes(), fetched.size) == (body, len(body))
    (received,) = server.received
    assert received.line == "GET /a.jpg?sig=%2B%2f HTTP/1.1"
    assert received.header("Accept-Encoding") == "identity"
    assert received.header("Cookie") is received.header("Authorization") is received.header("Referer") is None


async def test_being_allowed_does_not_excuse_a_password_or_another_scheme(target):
    async with Fetcher(["127.0.0.1"], limits=HASTY) as fetcher:
        for url in ("http://user:pass@127.0.0.1/", "ftp://127.0.0.1/", "file://127.0.0.1/etc/passwd"):
            with pytest.raises(FetchRefused):
                await fetcher.fetch(url, target)


async def test_cookies_are_not_kept_and_proxies_of_the_environment_are_not_used(target, tmp_path, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{unused_port()}")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{unused_port()}")
    reply = http_answer("200 OK", b"x", headers={"Set-Cookie": "a=b; Path=/"})
    async with scripted(answers_always(reply)) as server, Fetcher(["127.0.0.1"], limits=HASTY) as fetcher:
        await fetcher.fetch(f"{server.url}/1", target)
        await fetcher.fetch(f"{server.url}/2", tmp_path / "second")
    assert [received.header("Cookie") for received in server.received] == [None, None]


def redirect(location: str | None, status: str = "302 Found") -> bytes:
    return http_answer(status, headers={"Location": location} if location is not None else {})


@pytest.mark.parametrize(
    "location",
    [
        *("http://localhost:{port}/", "http://0x7f000001:{port}/", "http://[::1]:{port}/", "file:///etc/passwd"),
        *(
            "http://inside.test/",
            "http://169.254.169.254/latest/meta-data/",
            "//10.0.0.1/",
            "http://u:p@127.0.0.1:{port}/",
        ),
        *("gopher://127.0.0.1:{port}/", "http://127.0.0.1:1/", "http://[::1", None, ""),
    ],
)
async def test_a_redirect_to_a_forbidden_place_is_refused_without_a_second_connection(location, target):
    async def behave(wire: Wire) -> None:
        await wire.receive()
        await wire.send(redirect(location and location.format(port=wire.server.port)))

    resolver = FakeResolver(localhost=[["127.0.0.1"]], inside_test=[["127.0.0.1"]])
    async with (
        scripted(behave) as server,
        Fetcher([f"127.0.0.1:{server.port}"], limits=HASTY, resolver=resolver) as fetcher,
    ):
        with pytest.raises(FetchRefused):
            await fetcher.fetch(f"{server.url}/a.jpg", target)
    assert server.connections == 1
    assert not target.exists()


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
async def test_three_redirects_are_followed(status, target):
    replies = [redirect("/b", status), redirect("c?d=%2F", status), redirect("/é", status), http_answer("200 OK", b"x")]
    async with scripted(answers(*replies)) as server, Fetcher(["127.0.0.1"], limits=HASTY) as fetcher:
        await fetcher.fetch(f"{server.url}/a", target)
    lines = [received.line.split()[1] for received in server.received]
    assert lines[:3] == ["/a", "/b", "/c?d=%2F"]
    assert len(lines) == 4


async def test_a_fourth_redirect_is_refused(target):
    async with scripted(answers_always(redirect("/again"))) as server, Fetcher(["127.0.0.1"], limits=HASTY) as fetcher:
        with pytest.raises(FetchRefused) as refused:
            await fetcher.fetch(f"{server.url}/", target)
    assert refused.value.code == "redirects"
    assert len(server.received) == 4


async def test_a_redirect_from_https_to_http_is_refused(target, tls):
    async with (
        scripted(answers_always(http_answer("200 OK", b"x"))) as plain,
        scripted(answers_always(redirect(f"{plain.url}/x")), tls=tls.server) as server,
        Fetcher(["127.0.0.1", "localhost"], limits=HASTY, ssl_context=tls.trusting_client) as fetcher,
    ):
        with pytest.raises(FetchRefused) as refused:
            await fetcher.fetch(f"{server.tls_url}/", target)
    assert refused.value.code == "redirects"
    assert plain.connections == 0


async def test_a_redirect_from_http_to_https_is_followed(target, tls):
    async with (
        scripted(answers_always(http_answer("200 OK", b"x")), tls=tls.server) as secure,
        scripted(answers_always(redirect(f"{secure.tls_url}/x"))) as server,
        Fetcher(["127.0.0.1", "localhost"], limits=HASTY, ssl_context=tls.trusting_client) as fetcher,
    ):
        assert (await fetcher.fetch(f"{server.url}/", target)).url == f"{secure.tls_url}/x"


async def test_a_certificate_that_nobody_vouches_for_is_not_believed(target, tls):
    async with (
        scripted(answers_always(http_answer("200 OK", b"x")), tls=tls.server) as server,
        Fetcher(["localhost"], limits=HASTY) as fetcher,
    ):
        with pytest.raises(FetchFailed) as refused:
            await fetcher.fetch(f"{server.tls_url}/", target)
    assert refused.value.code == "certificate"


async def test_a_file_announced_as_too_large_is_refused_before_it_is_read(target):
    sent = 0

    async def behave(wire: Wire) -> None:
        nonlocal sent
        await wire.receive()
        await wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 300000000\r\n\r\n")
        while sent < 300_000_000:
            await wire.send(b"x" * 65536)
            sent += 65536

    async with scripted(behave) as server, Fetcher(["127.0.0.1"]) as fetcher:
        with pytest.raises(FetchRefused) as refused:
            await fetcher.fetch(f"{server.url}/", target)
    assert refused.value.code == "too_large"
    assert sent < 20_000_000
    assert not target.exists()


@pytest.mark.parametrize("size", [21 * 1024 * 1024, 300 * 1024 * 1024])
async def test_an_unannounced_large_file_is_cut_at_the_limit_and_not_held_in_memory(size, target):
    async def behave(wire: Wire) -> None:
        await wire.receive()
        await wire.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(size // 65536):
            await wire.send(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        await wire.send(b"0\r\n\r\n")

    tracemalloc.start()
    async with scripted(behave) as server, Fetcher(["127.0.0.1"]) as fetcher:
        with pytest.raises(FetchRefused) as refused:
            await fetcher.fetch(f"{server.url}/", target)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert refused.value.code == "too_large"
    assert peak < 20_000_000
    assert not target.exists()


async def test_a_file_just_within_the_limit_is_taken(target):
    body = b"x" * HASTY.max_bytes
    async with (
        scripted(answers_always(http_answer("200 OK", body))) as server,
        Fetcher(["127.0.0.1"], limits=HASTY) as fetcher,
    ):
        assert (await fetcher.fetch(f"{server.url}/", target)).size == HASTY.max_bytes


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "zstd", "GZIP", "identity, gzip", "aws-chunked,gzip"])
async def test_a_packed_answer_is_refused(encoding, target):
    reply = http_answer("200 OK", b"\x1f\x8b" + b"x" * 100, headers={"Content-Encoding": encoding})
    async with scripted(answers_always(reply)) as server, Fetcher(["127.0.0.1"], limits=HASTY) as fetcher:
        with pytest.raises(FetchRefused) as refused:
            await fetcher.fetch(f"{server.url}/", target)
    assert refused.value.code == "packed"


@pytest.mark.parametrize("named", ["aws-chunked", "utf-8", "none", "identity", "", "UTF-8, aws-chunked"])
async def test_what_only_sounds_like_packing_is_taken_as_it_is(named, target):
    reply = http_answer("200 OK", b"plain", headers={"Content-Encoding": named})
    async with scripted(answers_always(reply)) as server, Fetcher(["127.0.0.1"], limits=HASTY) as fetcher:
        await fetcher.fetch(f"{server.url}/", target)
    assert target.read_bytes() == b"plain"


async def test_a_server_that_drips_is_left_at_the_deadline(target):
    async def behave(wire: Wire) -> None:
        await wire.receive()
        await wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            await wire.send(b"x")
            await asyncio.sleep(0.05)

    limits = FetchLimits(seconds=0.5)
    async with scripted(behave) as server, Fetcher(["127.0.0.1"], limits=limits) as fetcher:
        with pytest.raises(FetchFailed) as failed:
            await fetcher.fetch(f"{server.url}/", target)
    assert failed.value.code == "timeout"
    assert not target.exists()


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        ("404 Not Found", FetchFailed, "not_found"),
        ("410 Gone", FetchRefused, "not_found"),
        ("401 Unauthorized", FetchFailed, "not_served"),
        ("403 Forbidden", FetchFailed, "not_served"),
        ("451 Unavailable For Legal Reasons", FetchRefused, "not_served"),
        ("204 No Content", FetchRefused, "not_served"),
        ("206 Partial Content", FetchRefused, "not_served"),
        ("304 Not Modified", FetchRefused, "not_served"),
        ("429 Too Many Requests", FetchFailed, "server_error"),
        ("500 Oops", FetchFailed, "server_error"),
        ("503 Service Unavailable", FetchFailed, "server_error"),
        ("200 OK", FetchFailed, "empty"),
    ],
)
async def test_an_answer_without_the_file_is_told_apart(status, kind, code, target):
    async with scripted(answers_always(http_answer(status))) as server, Fetcher(["127.0.0.1"], limits=HASTY) as fetcher:
        with pytest.raises(kind) as error:
            await fetcher.fetch(f"{server.url}/", target)
    assert error.value.code == code
    assert not target.exists()


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\ntoo little",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\ncut",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"",
    ],
)
async def test_a_broken_answer_may_be_tried_again(reply, target):
    async with scripted(answers(reply)) as server, Fetcher(["127.0.0.1"], limits=HASTY) as fetcher:
        with pytest.raises(FetchFailed):
            await fetcher.fetch(f"{server.url}/", target)
    assert not target.exists()


async def test_an_unknown_name_and_a_closed_port_may_be_tried_again(target):
    async with Fetcher(["127.0.0.1"], limits=HASTY, resolver=FakeResolver()) as fetcher:
        with pytest.raises(FetchFailed) as failed:
            await fetcher.fetch("http://gone.test/", target)
        assert failed.value.code == "host_unknown"
        with pytest.raises(FetchFailed) as failed:
            await fetcher.fetch(f"http://127.0.0.1:{unused_port()}/", target)
        assert failed.value.code == "unreachable"


async def test_a_disk_that_does_not_take_the_file_is_an_error_of_its_own(tmp_path):
    async with (
        scripted(answers_always(http_answer("200 OK", b"x"))) as server,
        Fetcher(["127.0.0.1"], limits=HASTY) as fetcher,
    ):
        with pytest.raises(OSError) as error:
            await fetcher.fetch(f"{server.url}/", tmp_path / "missing" / "file")
    assert not isinstance(error.value, TimeoutError)


async def test_nothing_is_left_when_a_download_is_cancelled(target):
    async def behave(wire: Wire) -> None:
        await wire.receive()
        await wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nsome")
        await asyncio.sleep(30)

    async with scripted(behave) as server, Fetcher(["127.0.0.1"]) as fetcher:
        download = asyncio.create_task(fetcher.fetch(f"{server.url}/", target))
        while not target.exists():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        download.cancel()
        with pytest.raises(asyncio.CancelledError):
            await download
    assert not target.exists()
