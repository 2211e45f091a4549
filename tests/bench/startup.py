"""How soon `newsreel --help` and the web process answer, against Python alone and a Litestar app of one route."""

import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.bench.tools import median_ms, plain_environment, python, report, running, until_answer, work_folder
from tests.functional.stack import Stack, free_port

HELPS, STARTS = 9, 4


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds until the first answer, and those of the processor, which a busy machine changes less."""

    seconds: float
    processor: float


def main() -> None:
    newsreel = str(Path(sys.executable).with_name("newsreel"))
    helps, pythons = [], []
    webs: list[Start] = []
    bares: list[Start] = []
    with work_folder() as folder:
        stack = Stack(folder, f"sqlite+aiosqlite:///{folder / 'newsreel.db'}")
        stack.newsroom.stop()
        stack.migrate()
        for _ in range(HELPS):
            helps.append(_to_end([newsreel, "--help"]))
            pythons.append(_to_end([sys.executable, "-c", "pass"]))
        for _ in range(STARTS):
            webs.append(_to_answer([newsreel, "web"], stack.url, folder / "web.log", stack.environment))
            port = str(free_port())
            command = python("tests.bench.bare", port)
            bares.append(_to_answer(command, f"http://127.0.0.1:{port}", folder / "bare.log", plain_environment()))
    # The first of each reads its files from the disk, and perhaps compiles them.
    help_, alone, web, bare = helps[1:], pythons[1:], webs[1:], bares[1:]
    report(
        "startup",
        help_ms=median_ms(help_),
        help_max_ms=round(max(help_) * 1000, 1),
        python_ms=median_ms(alone),
        help_ratio=round(statistics.median(help_) / statistics.median(alone), 2),
        web_ready_ms=median_ms([start.seconds for start in web]),
        web_ready_max_ms=round(max(start.seconds for start in web) * 1000, 1),
        web_first_ready_ms=round(webs[0].seconds * 1000, 1),
        web_cpu_ms=median_ms([start.processor for start in web]),
        bare_web_ready_ms=median_ms([start.seconds for start in bare]),
        ratio=round(_median(web) / _median(bare), 2),
    )


def _to_end(command: Sequence[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, env=plain_environment(), stdin=subprocess.DEVNULL, capture_output=True, check=True)
    return time.perf_counter() - started


def _to_answer(command: Sequence[str], url: str, log: Path, environment: Mapping[str, str]) -> Start:
    started = time.perf_counter()
    with running(command, log, environment) as process:
        until_answer(f"{url}/healthz", process, log)
        seconds = time.perf_counter() - started
        used = psutil.Process(process.pid).cpu_times()
        return Start(seconds, used.user + used.system)


def _median(starts: Sequence[Start]) -> float:
    return statistics.median(start.seconds for start in starts)


if __name__ == "__main__":
    main()
