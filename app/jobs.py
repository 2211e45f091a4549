"""The @job wrapper and enqueue(), by which rows wake workers.

A job only wakes a worker for a row. So its arguments are ids, a lost job costs a sweep's interval, and a job that runs
twice finds the row already moved on.
"""

import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol

import structlog
from sqlmodel import Field, SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from app import meters
from app.db import after_commit
from app.kit.arq_inside import seconds_late
from app.kit.clock import utcnow

if TYPE_CHECKING:
    from app.resources import Resources

log = structlog.get_logger(__name__)

P = ParamSpec("P")


class WorkerHeartbeat(SQLModel, table=True):
    """A worker's last sign of life. It stands in the database, because Redis may lose its memory."""

    __tablename__ = "worker_heartbeats"

    id: str = Field(primary_key=True, max_length=128)
    started_at: datetime = Field(default_factory=utcnow)
    seen_at: datetime = Field(default_factory=utcnow, index=True)


class Waker(Protocol):
    """What the rest of the code knows of the queue."""

    async def wake(self, name: str, *args: str, job_id: str | None = None) -> None:
        """Ask a worker to run the job `name` soon."""


@dataclass(frozen=True, slots=True)
class Job:
    """A registered job: dotted name, the function as arq calls it, seconds after which it is cut off."""

    name: str
    run: Callable[..., Awaitable[None]]
    timeout: float


JOBS: dict[str, Job] = {}


def job(
    name: str, *, timeout: float = 60.0
) -> Callable[
    [Callable[Concatenate["Resources", P], Awaitable[None]]], Callable[Concatenate["Resources", P], Awaitable[None]]
]:
    """Register an async function as the job `name`.

    arq ends a job for good when its function raises, so nothing is retried here: what is to be tried again stands in a
    row with its time, and a sweep finds it. An error is logged with its job and goes no further.
    """

    def register(
        function: Callable[Concatenate["Resources", P], Awaitable[None]],
    ) -> Callable[Concatenate["Resources", P], Awaitable[None]]:
        @functools.wraps(function)
        async def run(ctx: dict[str, Any], *args: P.args, **kwargs: P.kwargs) -> None:
            if (late := seconds_late(ctx)) is not None:
                meters.job_wait_seconds.observe(late, name)
            with structlog.contextvars.bound_contextvars(job=name, job_args=list(args)):
                try:
                    await function(ctx["app"], *args, **kwargs)
                except Exception:
                    meters.job_errors.count(name)
                    log.exception("job_failed")

        if name in JOBS:
            raise RuntimeError(f"two jobs are called {name}")
        JOBS[name] = Job(name, run, timeout)
        return function

    return register


def enqueue(session: AsyncSession, name: str, *args: str, job_id: str | None = None) -> None:
    """Wake a worker for the job `name` once this session has committed. A lost wake-up only delays: sweeps follow."""
    waker: Waker = session.info["waker"]

    async def wake() -> None:
        await waker.wake(name, *args, job_id=job_id)

    after_commit(session, wake)
