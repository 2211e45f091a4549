"""Become another program, under limits: `limited.py PARENT MEMORY CPU FILE NICE PROGRAM ARGUMENT…`."""

import ctypes
import os
import resource
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(parent: int, memory_bytes: int, cpu_seconds: int, file_bytes: int, niceness: int, *command: str) -> None:
    """Set the limits and replace this process; a limit that the system does not know is left out."""
    _die_with(parent)
    for kind, value in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        _limit(kind, value)
    os.nice(niceness)
    os.execv(command[0], command)  # noqa: S606 - our own command, and no shell


def _die_with(parent: int) -> None:
    """Ask to be killed when the parent dies, however it dies; without this a long program would outlive it."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the parent is gone already")


def _limit(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    try:
        resource.setrlimit(kind, (value, value))
    except (OSError, ValueError):
        # macOS refuses RLIMIT_AS; the deadline of whoever waits for us still holds there.
        if sys.platform == "linux":
            raise


if __name__ == "__main__":
    _numbers = [int(number) for number in sys.argv[1:6]]
    main(_numbers[0], _numbers[1], _numbers[2], _numbers[3], _numbers[4], *sys.argv[6:])
