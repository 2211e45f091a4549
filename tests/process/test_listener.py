"""The end of a listening socket."""

import socket
import sys
import threading
from collections.abc import Iterator

import pytest

from app.process.listener import has_unread, refuse_newcomers, take_waiting
from tests.functional.stack import until


@pytest.fixture(params=["127.0.0.1", "::1"])
def listener(request: pytest.FixtureRequest) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in request.param else socket.AF_INET
    try:
        server = socket.create_server((request.param, 0), family=family, backlog=100)
    except OSError:
        pytest.skip(f"this machine has no {request.param}")
    with server:
        yield server


def connect(listener: socket.socket) -> socket.socket:
    return socket.create_connection(listener.getsockname()[:2], timeout=20)


def test_takes_all_who_wait_and_ends(listener):
    callers = [connect(listener) for _ in range(20)]
    taken = list(take_waiting(listener))
    assert {one.getpeername() for one in taken} == {one.getsockname() for one in callers}
    assert list(take_waiting(listener)) == []
    for one in (*callers, *taken):
        one.close()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux filters packets of a socket")
def test_a_newcomer_is_kept_waiting_and_then_refused_while_who_came_before_is_served(listener):
    early = connect(listener)
    refuse_newcomers(listener)
    outcome: list[object] = []

    def come_late() -> None:
        try:
            outcome.append(connect(listener))
        except OSError as error:
            outcome.append(type(error))

    late = threading.Thread(target=come_late)
    late.start()
    late.join(0.5)
    assert outcome == []
    early.sendall(b"question")
    (taken,) = take_waiting(listener)
    taken.settimeout(20)
    assert taken.recv(100) == b"question"
    taken.sendall(b"answer")
    assert early.recv(100) == b"answer"
    listener.close()
    late.join()
    assert outcome == [ConnectionRefusedError]
    early.close()
    taken.close()


def test_tells_what_has_arrived_and_was_not_read(listener):
    with connect(listener) as caller:
        (taken,) = take_waiting(listener)
        with taken:
            assert not has_unread(taken)
            caller.sendall(b"x")
            until(lambda: has_unread(taken), what="the byte")
            assert taken.recv(10) == b"x"
            assert not has_unread(taken)
