"""The memory of `newsreel up` at rest, before any article and after one, against a process that imports Litestar."""

import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

import psutil

from tests.bench.tools import photograph, plain_environment, report, work_folder
from tests.functional.stack import Stack

SETTLE_SECONDS = 10.0
_MEGABYTE = 1024 * 1024
_BARE = "import sys, litestar; print('ready', flush=True); sys.stdin.read()"


def main() -> None:
    with work_folder() as folder:
        stack = Stack(folder, f"sqlite+aiosqlite:///{folder / 'newsreel.db'}", is_supervised=True)
        stack.newsroom.pictures["/photo.jpg"] = photograph()
        try:
            stack.start()
            stack.connect("bench", privacy_level="SELF_ONLY", enabled=True)
            time.sleep(SETTLE_SECONDS)
            before = _processes(stack)
            (post_id,) = stack.deliver("bench", images=[f"{stack.newsroom.url}/photo.jpg"]).json()["post_ids"]
            stack.wait_for(post_id, "published")
            time.sleep(SETTLE_SECONDS)
            after = _processes(stack)
        finally:
            stack.stop()
    bare = _bare_mb()
    both = _sum(after, "rss_mb", "web", "worker")
    report(
        "footprint",
        web_mb=_sum(after, "rss_mb", "web"),
        worker_mb=_sum(after, "rss_mb", "worker"),
        web_and_worker_mb=both,
        web_and_worker_pss_mb=_sum(after, "pss_mb", "web", "worker"),
        before_any_article_mb=_sum(before, "rss_mb", "web", "worker"),
        whole_installation_pss_mb=_sum(after, "pss_mb", *{process["name"] for process in after}),
        bare_mb=bare,
        ratio=round(both / bare, 2),
        before=before,
        after=after,
    )


def _processes(stack: Stack) -> list[dict[str, Any]]:
    """Everything that `newsreel up` has started, and itself; the emulator is no part of it."""
    supervisor = psutil.Process(stack.processes["up"].pid)
    return [
        {"name": _name(process.cmdline()), **_memory(process)}
        for process in [supervisor, *supervisor.children(recursive=True)]
    ]


def _name(command: Sequence[str]) -> str:
    for name in ("web", "worker"):
        if list(command[-2:]) == ["app", name]:
            return name
    if "app.process.supervisor" in command:
        return "supervisor"
    return "pool_child" if "app.kit.sandbox.child" in command else "redis" if "valkey" in command[0] else command[0]


def _memory(process: psutil.Process) -> dict[str, float]:
    # PSS shares a page fairly among those who use it; only Linux tells it.
    found = process.memory_full_info()
    pss = getattr(found, "pss", found.uss)
    return {"rss_mb": round(float(found.rss) / _MEGABYTE, 1), "pss_mb": round(float(pss) / _MEGABYTE, 1)}


def _sum(processes: list[dict[str, Any]], figure: str, *names: str) -> float:
    found = [process[figure] for process in processes if process["name"] in names]
    if not set(names) <= {process["name"] for process in processes}:
        raise RuntimeError(f"not all of {names} run: {processes}")
    return float(round(sum(found), 1))


def _bare_mb() -> float:
    with subprocess.Popen(
        [sys.executable, "-c", _BARE], env=plain_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            raise RuntimeError("Litestar cannot be imported")
        rss_mb = _memory(psutil.Process(process.pid))["rss_mb"]
        process.communicate()
    return rss_mb


if __name__ == "__main__":
    main()
