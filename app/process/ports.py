"""Listening on a port: who has it already is named, and a free one can be found."""

import errno
import socket
from contextlib import suppress
from pathlib import Path

_BACKLOG = 2048
_LISTENS = "0A"  # TCP_LISTEN in /proc/net/tcp


class CannotListen(Exception):
    """The message says why, and where somebody else listens there, who."""


def open_listener(host: str, port: int, *, backlog: int = _BACKLOG) -> socket.socket:
    """Listen there. Raises CannotListen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=backlog)
    except OSError as error:
        raise CannotListen(f"Cannot listen on {place(host, port)}: {_reason(error, port)}.") from None


def place(host: str, port: int) -> str:
    """Write an address as people do, an IPv6 one in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def find_free_port(wanted: int, *, host: str = "127.0.0.1", without: int | None = None) -> int:
    """Give the port that is wanted, or the next free one after it, or any."""
    for port in (*range(wanted, min(wanted + 20, 65536)), 0):
        if port == without:
            continue
        with suppress(CannotListen), open_listener(host, port) as listener:
            return int(listener.getsockname()[1])
    raise CannotListen(f"Cannot listen on {host}: no port is free.")


def _reason(error: OSError, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        who = _holder(port)
        return f"the port is taken{f' by {who}' if who else ' by another process'}"
    return error.strerror or str(error)


def _holder(port: int) -> str | None:
    """Name the process that listens on a port, where the system tells: on Linux, of processes that we may look at."""
    sockets = {f"socket:[{inode}]" for table in ("tcp", "tcp6") for inode in _listeners(table, port)}
    for folder in Path("/proc").glob("[0-9]*") if sockets else ():
        with suppress(OSError):
            if any(_link(file) in sockets for file in (folder / "fd").iterdir()):
                return f"{(folder / 'comm').read_text().strip()} (process {folder.name})"
    return None


def _listeners(table: str, port: int) -> list[str]:
    try:
        lines = Path("/proc/net", table).read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return []
    fields = [line.split() for line in lines]
    return [entry[9] for entry in fields if entry[3] == _LISTENS and entry[1].endswith(f":{port:04X}")]


def _link(file: Path) -> str:
    with suppress(OSError):
        return str(file.readlink())
    return ""
