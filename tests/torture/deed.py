"""One deed of a process of ours that may die of it: a job, an answer to a reader, a click on a boost.

`main` runs in a child of the nursery, which is killed as any process is; a test spawns it by `Mortals`.
"""

import asyncio
import os
import pickle
import signal
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.ads.boosts.service import start_boost, stop_boost
from app.comments.act.commenting import comment_on_post
from app.comments.act.replying import reply
from app.comments.actions import By
from app.config import Settings
from app.jobs import JOBS
from app.kit.failpoints import ENVIRONMENT
from app.resources import Resources, open_resources
from tests.support.nursery import Child, Nursery

BY = By("editor@newsroom.example")
_ENDS_WITHIN_SECONDS = 120.0


async def _job(app: Resources, name: str, *args: str) -> None:
    await JOBS[name].run({"app": app}, *args)


async def _reply(app: Resources, row_id: str, text: str) -> None:
    await reply(app, BY, row_id, text)


async def _comment(app: Resources, item_id: str, text: str) -> None:
    await comment_on_post(app, BY, item_id, text)


async def _start(app: Resources, boost_id: str) -> None:
    await start_boost(app, boost_id)


async def _stop(app: Resources, boost_id: str) -> None:
    await stop_boost(app, boost_id)


_DEEDS: dict[str, Callable[..., Coroutine[Any, Any, None]]] = {
    "job": _job, "reply": _reply, "comment": _comment, "start": _start, "stop": _stop,
}  # fmt: skip


async def _sleep_on(name: str, *args: str, job_id: str | None = None) -> None:
    """No Redis is there: tests run the jobs themselves."""


async def _do(settings: Settings, deed: str, *args: str) -> None:
    async with open_resources(settings) as app:
        app.queue.wake = _sleep_on  # type: ignore[method-assign]
        await _DEEDS[deed](app, *args)


def main() -> None:
    _, packed, deed, *args = sys.argv
    settings = pickle.loads(Path(packed).read_bytes())
    asyncio.run(_do(settings, deed, *args))


@dataclass(frozen=True)
class Mortals:
    """Processes that do one deed each, and die of SIGKILL where a test wants it."""

    nursery: Nursery
    folder: Path
    settings: Settings

    async def die_at(self, point: str, deed: str, *args: str) -> None:
        """Let a process do a deed, and be killed where it comes to a fail point."""
        armed = self._failpoints() / point
        armed.write_text("")
        child = self.spawn(deed, *args)
        assert await asyncio.to_thread(child.wait, _ENDS_WITHIN_SECONDS) == -signal.SIGKILL, self.told()
        assert not armed.exists(), f"{point} was not reached"
        for mark in self._failpoints().iterdir():
            mark.unlink()

    async def kill(self, child: Child) -> None:
        child.kill()
        assert await asyncio.to_thread(child.wait, _ENDS_WITHIN_SECONDS) == -signal.SIGKILL, self.told()

    def spawn(self, deed: str, *args: str) -> Child:
        packed = self.folder / "settings.pickle"
        packed.write_bytes(pickle.dumps(self.settings))
        return self.nursery.spawn(
            str(packed), deed, *args, environment={**os.environ, ENVIRONMENT: str(self._failpoints())},
            log=self.folder / "deeds.log", entry=__name__,
        )  # fmt: skip

    def told(self) -> str:
        return (self.folder / "deeds.log").read_text()[-3000:]

    def _failpoints(self) -> Path:
        folder = self.folder / "failpoints"
        folder.mkdir(exist_ok=True)
        return folder
