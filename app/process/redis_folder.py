"""The files of the embedded Redis, for whoever starts it: its log, its lock, its data. The standard library only."""

import os
import time
from pathlib import Path

from app.process.redis_binary import EmbeddedRedisError

_LARGEST_LOG = 1024 * 1024
_SAYS_DAMAGED = "reading the append only file"


def make_private(folder: Path) -> None:
    """Make a folder that is ours alone. Raises EmbeddedRedisError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.geteuid():
        raise EmbeddedRedisError(f"{folder} belongs to another user: remove it, or choose another data folder")
    folder.chmod(0o700)


def begin_log(log_file: Path) -> int:
    """Put a large log aside; tell where the new lines will begin."""
    size = log_file.stat().st_size if log_file.exists() else 0
    if size <= _LARGEST_LOG:
        return size
    log_file.replace(log_file.with_suffix(".log.1"))
    return 0


def last_lines(log_file: Path, start: int = 0) -> str:
    """Give the server's last words."""
    try:
        with log_file.open("rb") as file:
            file.seek(max(start, log_file.stat().st_size - 2000))
            lines = file.read().decode(errors="replace").strip().splitlines()
    except OSError:
        lines = []
    return " / ".join(lines[-4:]) or "it wrote no log"


def set_aside_damaged(folder: Path, last_words: str) -> Path | None:
    """Put the data away if the server ended for them. Returns where they are kept.

    Redis holds only wake-ups: to start empty delays posts, not to start stops them.
    """
    data = folder / "appendonlydir"
    if _SAYS_DAMAGED not in last_words.lower() or not data.exists():
        return None
    return data.rename(folder / f"appendonlydir.damaged-{time.time_ns()}")


def write_pid(lock: int, pid: int) -> None:
    """Note in the lock's file who holds it."""
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(pid).encode(), 0)
