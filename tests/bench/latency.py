"""From the CMS's request to TikTok receiving init, on a whole installation at rest, one article after the other."""

import os
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from tests.bench.tools import median_ms, photograph, report, work_folder
from tests.functional.stack import Stack

RESTED, WARM = 8, 4
PER_ACCOUNT = 4
"""TikTok takes six init calls a minute from one account: with four nobody ever waits for that."""

PAUSE_SECONDS = 1.0
"""Nobody asks anything meanwhile, so that the processor is the service's own."""

ALONE = 7


@dataclass(frozen=True, slots=True)
class Sample:
    """Seconds since the request's start. `rested`: no child for pictures was alive, as after a quiet hour."""

    webhook: float
    init: float
    rested: bool


def main() -> None:
    with work_folder() as folder, _installation(folder) as stack:
        alone = _alone(stack)
        samples = list(_publish(stack))
    rested = [sample.init for sample in samples if sample.rested]
    report(
        "publish_latency",
        articles=len(samples),
        webhook_p50_ms=median_ms([sample.webhook for sample in samples]),
        webhook_max_ms=round(max(sample.webhook for sample in samples) * 1000, 1),
        init_p50_ms=median_ms(rested),
        init_max_ms=round(max(sample.init for sample in samples) * 1000, 1),
        init_warm_p50_ms=median_ms([sample.init for sample in samples if not sample.rested]),
        alone_ms=round(alone * 1000, 1),
        ratio=round(statistics.median(rested) / alone, 2),
    )


@contextmanager
def _installation(folder: Path) -> Iterator[Stack]:
    stack = Stack(folder, f"sqlite+aiosqlite:///{folder / 'newsreel.db'}", is_supervised=True)
    picture = photograph()
    stack.newsroom.pictures.update({_picture(number): picture for number in range(RESTED + WARM)})
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


def _picture(number: int) -> str:
    return f"/photo-{number}.jpg"


def _publish(stack: Stack) -> Iterator[Sample]:
    account: dict[str, Any] = {}
    for number in range(RESTED + WARM):
        if number % PER_ACCOUNT == 0:
            if account:
                stack.api("PATCH", f"/api/accounts/{account['id']}", json={"enabled": False})
            account = stack.connect(f"bench{number}", privacy_level="SELF_ONLY", enabled=True)
        # Evenly spread, so that both kinds see the installation young and old.
        rested = number * RESTED // (RESTED + WARM) != (number + 1) * RESTED // (RESTED + WARM)
        if rested:
            _end_children(stack)
        time.sleep(PAUSE_SECONDS)
        yield _publish_one(stack, account, number, rested=rested)


def _publish_one(stack: Stack, account: dict[str, Any], number: int, *, rested: bool) -> Sample:
    before = len(_inits(stack, account))
    started_at, started = time.time(), time.perf_counter()
    answer = stack.deliver(f"bench-{number}", images=[f"{stack.newsroom.url}{_picture(number)}"])
    webhook = time.perf_counter() - started
    if answer.status_code != 202:
        raise RuntimeError(f"the webhook answered {answer.status_code}: {answer.text}")
    time.sleep(PAUSE_SECONDS)
    (post_id,) = answer.json()["post_ids"]
    stack.wait_for(post_id, "published")
    (init,) = _inits(stack, account)[before:]
    return Sample(webhook, datetime.fromisoformat(init["at"]).timestamp() - started_at, rested)


def _inits(stack: Stack, account: dict[str, Any]) -> list[dict[str, Any]]:
    wanted = {"endpoint": "content_init", "open_id": account["open_id"]}
    return list(stack.emulator("GET", "log", params=wanted)["items"])


def _end_children(stack: Stack) -> None:
    """End the children that wait for more pictures: half a minute later they would have gone by themselves."""
    for process in psutil.Process(stack.processes["up"].pid).children(recursive=True):
        if "app.kit.sandbox.child" in process.cmdline():
            process.kill()


def _alone(stack: Stack) -> float:
    """Fetch and convert the same picture, with nothing around it."""
    os.environ["VIPS_CONCURRENCY"] = "1"  # as in the service's children
    from app.media.pictures.convert import convert

    seconds = []
    with tempfile.TemporaryDirectory(dir=stack.folder) as folder:
        download = Path(folder) / "download"
        for number in range(ALONE):
            started = time.perf_counter()
            with urllib.request.urlopen(f"{stack.newsroom.url}{_picture(0)}") as answer:
                download.write_bytes(answer.read())
            made = convert(str(download), str(Path(folder) / f"{number}.jpg"))
            seconds.append(time.perf_counter() - started)
            if "refused" in made:
                raise RuntimeError(made["why"])
    return statistics.median(seconds)


if __name__ == "__main__":
    main()
