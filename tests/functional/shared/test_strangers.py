"""Large bodies from strangers: nobody reads them, and what they took comes back."""

import socket
import threading
from urllib.parse import urlsplit

import psutil

from tests.functional.shared.conftest import on_sqlite

MEGABYTE = 1024 * 1024
SENDERS, BODY = 60, 10 * MEGABYTE
MOST_GROWTH = 40 * MEGABYTE


def web_process(stack) -> psutil.Process:
    """The process of this installation that listens."""
    port = urlsplit(stack.url).port
    for child in psutil.Process(stack.processes["up"].pid).children(recursive=True):
        if any(listener.laddr.port == port for listener in child.net_connections() if listener.status == "LISTEN"):
            return child
    raise AssertionError("no process listens")


def send_much(address: tuple[str, int], path: str, answers: list[bytes]) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: {address[0]}\r\nContent-Type: application/json\r\n"
    with socket.create_connection(address, timeout=60) as connection:
        connection.sendall(f"{head}Content-Length: {BODY}\r\n\r\n".encode())
        try:
            for _ in range(BODY // MEGABYTE):
                connection.sendall(b" " * MEGABYTE)
        except OSError:
            pass  # it was answered, and nobody listens to the rest
        try:
            answers.append(connection.recv(64)[:12])
        except OSError:
            answers.append(b"")


@on_sqlite
def test_large_bodies_to_an_unknown_source_take_no_memory(stack):
    web = web_process(stack)
    assert stack.http.post("/webhooks/cms/nobody-000000000000", content=b"{}").status_code == 401
    before = most = web.memory_info().rss
    parts = urlsplit(stack.url)
    answers: list[bytes] = []
    senders = [
        threading.Thread(
            target=send_much, args=((parts.hostname, parts.port), "/webhooks/cms/nobody-000000000000", answers)
        )
        for _ in range(SENDERS)
    ]
    for sender in senders:
        sender.start()
    while any(sender.is_alive() for sender in senders):
        most = max(most, web.memory_info().rss)
        senders[0].join(0.05)
    assert most - before < MOST_GROWTH, f"{before // MEGABYTE} MB became {most // MEGABYTE} MB"
    assert len(answers) == SENDERS
    # An answer may be lost where the sender still sends; no other one is given.
    assert set(answers) <= {b"HTTP/1.1 401", b"HTTP/1.1 503", b"HTTP/1.1 429", b""}
    assert stack.http.get("/healthz").status_code == 200
