"""The proxy does the harm that it is told to do, and no other."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from tests.support.tcp_proxy import TcpProxy, Trouble

BODY = b"0123456789" * 100


class Server(ThreadingHTTPServer):
    seen = 0

    def handle_error(self, request: object, client_address: object) -> None:
        """Connections are meant to break here."""


@pytest.fixture
def server() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            served.seen += 1
            self.send_response(200)
            self.send_header("Content-Length", str(len(BODY)))
            self.end_headers()
            self.wfile.write(BODY)

        def log_message(self, *_args: object) -> None:
            return

    served = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=served.serve_forever, daemon=True).start()
    yield served
    served.shutdown()
    served.server_close()


@pytest.fixture
def proxy(server: Server) -> Iterator[TcpProxy]:
    with TcpProxy("127.0.0.1", server.server_port) as proxy:
        yield proxy


def ask(proxy: TcpProxy, timeout: float = 20.0) -> bytes:
    return httpx.post(proxy.url, content=b"x" * 5000, timeout=timeout, trust_env=False).content


@pytest.mark.parametrize("trouble", [Trouble(), Trouble(latency=0.01), Trouble(slice_bytes=7)], ids=repr)
def test_what_is_only_slow_comes_whole(proxy: TcpProxy, trouble: Trouble):
    proxy.trouble = trouble

    assert ask(proxy) == BODY


def test_an_answer_can_be_lost_although_the_request_arrived(proxy: TcpProxy, server: Server):
    proxy.trouble = Trouble(cut_after=0)

    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        ask(proxy)

    assert server.seen == 1


def test_an_answer_can_be_cut_in_the_middle(proxy: TcpProxy):
    proxy.trouble = Trouble(cut_after=300)

    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        ask(proxy)


@pytest.mark.parametrize("trouble", [Trouble(refuse=True), Trouble(drop_request_after=100)], ids=repr)
def test_a_request_can_be_lost(proxy: TcpProxy, server: Server, trouble: Trouble):
    proxy.trouble = trouble

    with pytest.raises((httpx.NetworkError, httpx.RemoteProtocolError)):
        ask(proxy)

    assert server.seen == 0


def test_a_connection_can_hang(proxy: TcpProxy, server: Server):
    proxy.trouble = Trouble(silent=True)

    with pytest.raises(httpx.ReadTimeout):
        ask(proxy, timeout=0.3)

    assert server.seen == 0
