"""Becomes the embedded Redis of a data folder: the third child of `newsreel up`. The standard library only."""

import ctypes
import fcntl
import os
import select
import signal
import sys
from contextlib import suppress
from pathlib import Path

from app.kit.redis_socket import socket_path
from app.process.redis_binary import EmbeddedRedisError, server_command
from app.process.redis_folder import begin_log, last_lines, make_private, set_aside_damaged, write_pid
from app.process.supervisor import LIFELINE, say

_PR_SET_PDEATHSIG = 1


def become_redis(data_dir: Path) -> None:
    """Wait until no other server has the folder, then turn into it. Raises EmbeddedRedisError or OSError."""
    folder, socket = data_dir.resolve() / "redis", socket_path(data_dir)
    for place in (folder.parent, folder, socket.parent):
        make_private(place)
    lock = os.open(folder / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    write_pid(lock, os.getpid())
    os.set_inheritable(lock, True)
    log_file = folder / "redis.log"
    if kept := set_aside_damaged(folder, last_lines(log_file)):
        say("embedded_redis_started_empty", kept=kept.name)
    begin_log(log_file)
    os.chdir(folder)
    command = server_command(folder, socket, log_file)
    os.execv(command[0], command)  # noqa: S606  (our own command, without a shell)


def end_with_supervisor() -> None:
    """Have the kernel end us with our supervisor, even after `kill -9`; what is set here outlasts `exec`.

    Linux only. Elsewhere web and worker stop the server when they have seen the end of the supervisor.
    """
    with suppress(AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    lifeline = int(os.environ[LIFELINE])
    os.set_inheritable(lifeline, False)
    if select.select([lifeline], [], [], 0)[0]:  # it had ended before
        sys.exit(1)


if __name__ == "__main__":
    end_with_supervisor()
    try:
        become_redis(Path(sys.argv[1]))
    except (EmbeddedRedisError, OSError) as error:
        say("embedded_redis_failed", error=str(error))
        sys.exit(1)
