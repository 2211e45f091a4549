"""The end of a listening socket: no connection that the kernel took in for us is reset."""

import ctypes
import select
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress

_SO_ATTACH_FILTER = 26
# Classic BPF over the TCP header (linux/filter.h): load the byte of the flags; with SYN drop the packet, else keep it.
_DROP_SYN = struct.pack("=" + "HBBI" * 4, 0x30, 0, 0, 13, 0x45, 0, 1, 0x02, 0x06, 0, 0, 0, 0x06, 0, 0, 0xFFFFFFFF)


def refuse_newcomers(listener: socket.socket) -> None:
    """Let the kernel drop requests for new connections; those whose handshake is under way are still completed.

    A dropped one is repeated by the caller's kernel after a second, and refused once the socket is closed: so every
    balancer goes to another process. Without this, what arrives between the last `accept` and `close` is reset. Linux
    only; elsewhere those microseconds remain.
    """
    if not sys.platform.startswith("linux"):
        return
    program = ctypes.create_string_buffer(_DROP_SYN, len(_DROP_SYN))
    with suppress(OSError):  # a sandbox may forbid it
        listener.setsockopt(
            socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("@HP", len(_DROP_SYN) // 8, ctypes.addressof(program))
        )


def take_waiting(listener: socket.socket) -> Iterator[socket.socket]:
    """Accept what stands in the queue."""
    listener.setblocking(False)
    while True:
        try:
            connection, _ = listener.accept()
        except ConnectionAbortedError:  # that one has gone already
            continue
        except OSError:  # nobody left, or no descriptor left
            return
        connection.setblocking(False)
        yield connection


def has_unread(connection: socket.socket) -> bool:
    """Tell whether something has arrived that nobody has read: to close the connection now would reset it."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))
