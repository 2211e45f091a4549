"""How a web process ends: what was taken in is answered, whoever comes too late is refused, and nobody is reset."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.ops.migrate import upgrade
from app.process import startup
from tests.conftest import make_settings
from tests.functional.stack import free_port, until
from tests.support.web_caller import WebProcess, answer_of

REQUEST = b"GET /quick HTTP/1.1\r\nHost: news.example\r\n\r\n"


@pytest.fixture
async def web(tmp_path: Path) -> "Iterator[WebProcess]":  # type: ignore[misc]
    await upgrade(make_settings(tmp_path, f"sqlite+aiosqlite:///{tmp_path / 'newsreel.db'}", ""))
    process = WebProcess(tmp_path)
    yield process
    process.stop()


def read_answer(connection: socket.socket) -> None:
    """Read one answer and leave the connection open."""
    answer = b""
    while not answer.endswith(b"quick"):
        part = connection.recv(65536)
        assert part, answer
        answer += part


def in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_while_it_drains_it_is_not_ready_and_answers_all_the_same(web):
    web.start(drain=5, module="app")
    assert web.ask("/healthz")[1] is None
    web.send(signal.SIGTERM)
    status, _, body = web.ask("/readyz")
    assert (status, b'"web":"draining"' in body) == (503, True)
    assert web.ask("/healthz") == (200, "close", b'{"status":"ok"}')
    assert web.wait() == 0


def test_who_waits_in_the_kernels_queue_when_the_time_is_up_is_answered(web):
    web.start(drain=1)
    web.send(signal.SIGTERM)
    blocker = in_thread(lambda: web.ask("/block/2.5"))
    until(lambda: "block_begins" in web.log())
    waiting = [web.connect() for _ in range(40)]
    for connection in waiting[::2]:
        connection.sendall(REQUEST)
    blocker.join()
    for connection in waiting[1::2]:
        connection.sendall(REQUEST)
    for connection in waiting:
        answer = answer_of(connection)
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n"), answer
        assert b"connection: close\r\n" in answer
        connection.close()
    assert web.wait() == 0


@pytest.mark.parametrize("is_taken", [True, False])
def test_a_socket_that_systemd_holds_for_us_is_taken(monkeypatch, tmp_path, is_taken):
    settings = make_settings(tmp_path, "sqlite+aiosqlite:///unused", "", port=free_port())
    with socket.create_server(("127.0.0.1", 0)) as held:
        given = os.dup(held.fileno())
        monkeypatch.setattr(startup, "SYSTEMDS_FIRST", given)
        monkeypatch.setenv("LISTEN_PID", str(os.getpid() if is_taken else 1))
        monkeypatch.setenv("LISTEN_FDS", "1")
        with startup.listen(settings) as listener:
            assert (listener.getsockname() == held.getsockname()) is is_taken
        if not is_taken:
            os.close(given)


def test_a_request_that_is_arriving_is_answered_and_an_idle_connection_is_closed(web):
    web.start(drain=0)
    arriving, idle = web.connect(), web.connect()
    for connection in (arriving, idle):
        connection.sendall(REQUEST)
        read_answer(connection)
    arriving.sendall(REQUEST[:20])
    web.send(signal.SIGTERM)
    until(web.is_closed, what="the closed door")
    assert answer_of(idle) == b""
    arriving.sendall(REQUEST[20:])
    assert answer_of(arriving).endswith(b"quick")
    assert web.wait() == 0


def test_what_is_under_way_is_answered_after_the_door_is_closed(web):
    web.start(drain=0)
    connection = web.connect()
    connection.sendall(REQUEST.replace(b"/quick", b"/slow/2"))
    until(lambda: "slow_begins" in web.log())
    web.send(signal.SIGTERM)
    until(web.is_closed, what="the closed door")
    assert answer_of(connection).endswith(b"slow")
    assert web.wait() == 0


def test_what_does_not_end_in_time_is_cut_off(web):
    web.start(drain=0, end_within=2)
    connection = web.connect()
    connection.sendall(REQUEST.replace(b"/quick", b"/slow/600"))
    until(lambda: "slow_begins" in web.log())
    web.send(signal.SIGTERM)
    assert web.wait() == 0
    assert b"slow" not in answer_of(connection)


def test_a_second_term_does_not_hurry_it_but_a_second_interrupt_does(web):
    web.start(drain=15)
    web.send(signal.SIGTERM)
    web.process.send_signal(signal.SIGTERM)
    assert [web.ask("/quick")[0] for _ in range(20)] == [200] * 20
    web.process.send_signal(signal.SIGINT)
    until(web.is_closed, what="the closed door")
    assert web.wait() == 0


@pytest.mark.parametrize("value", ["-1", "16", "soon"])
def test_a_drain_time_that_leaves_no_time_to_end_is_refused(web, value):
    done = subprocess.run(
        [sys.executable, "-P", "-m", "app", "web"], env=web.environment(0) | {"NEWSREEL_DRAIN_SECONDS": value},
        cwd=web.folder, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, "NEWSREEL_DRAIN_SECONDS" in done.stderr) == (2, True)
