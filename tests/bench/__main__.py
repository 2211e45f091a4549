"""Run the benchmarks one after the other: `python -m tests.bench [--postgres] [NAME ...]`.

Each prints lines of JSON with a ratio measured in the same run. The exit code tells whether one broke, never whether
one was slow: how fast this machine is today is nobody's fault.
"""

import argparse
import signal
import subprocess
import sys
import time

from tests.bench.tools import python

SECONDS = {
    "media": 90, "startup": 60, "footprint": 60, "intake": 180, "burst": 120, "events": 60, "latency": 80, "claim": 300,
    "follow": 120, "follow_plan": 150, "race": 200, "limiter": 150, "provider": 300, "report": 420,
    "desk": 400, "comments": 300, "comment_sweeps": 700, "comment_new": 1100,
    "feeds": 120,
    "languages": 30,
}  # fmt: skip
TOTAL_SECONDS = 3100
_ON_POSTGRES = frozenset(
    {"intake", "burst", "events", "claim", "follow", "follow_plan", "limiter", "provider", "desk", "comments"}
)
_CLEAN_UP_SECONDS = 35


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(SECONDS)}; otherwise all")
    parser.add_argument("--postgres", action="store_true", help="measure on a real PostgreSQL too, where that matters")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - SECONDS.keys():
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    ends_at = time.monotonic() + TOTAL_SECONDS
    broken = []
    for name in arguments.names or SECONDS:
        options = ["--postgres"] if arguments.postgres and name in _ON_POSTGRES else []
        problem = _run(name, options, min(SECONDS[name] * (1 + len(options)), ends_at - time.monotonic()))
        if problem:
            sys.stderr.write(f"benchmark {name}: {problem}\n")
            broken.append(name)
    return 1 if broken else 0


def _run(name: str, options: list[str], seconds: float) -> str:
    """Run one benchmark; return what went wrong, or nothing."""
    if seconds <= 0:
        return f"not run, the {TOTAL_SECONDS} s for all of them are over"
    with subprocess.Popen(python(f"tests.bench.{name}", *options), stdin=subprocess.DEVNULL) as process:
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            # As Ctrl-C would: it ends the processes that it has started, then itself.
            process.send_signal(signal.SIGINT)
            try:
                process.wait(_CLEAN_UP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
            return f"not done within {seconds:.0f} s"
    return f"ended with code {code}" if code else ""


if __name__ == "__main__":
    sys.exit(main())
