"""Where the embedded Redis-compatible server of a data folder listens."""

import hashlib
import os
import tempfile
from pathlib import Path

_LONGEST_SOCKET_PATH = 100  # bytes; the kernel's sockaddr_un holds 108 on Linux, 104 on macOS


def socket_path(data_dir: Path) -> Path:
    """Tell where the embedded server of a data folder listens.

    A Unix socket's path is limited to about a hundred bytes; for a folder deeper than that it lies under the temporary
    folder, in one named after the data folder.
    """
    path = data_dir.resolve() / "redis" / "redis.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
        return path
    name = hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"newsreel-{os.geteuid()}-{name}" / "redis.sock"
