"""The worker process: which jobs there are, and what is opened for them."""

import asyncio
import importlib
import signal
from contextlib import AsyncExitStack

import uvloop

from app.accounts.tokens.refresh import settle_refreshes
from app.ads.boosts.counting import count_comments_with
from app.articles.intake.batches import Intake, plan_with
from app.comments.bad_words import count_bad_comments
from app.config import Settings
from app.emulated import emulate_business
from app.ops.migrate import require_head
from app.posts.plan.planner import PostPlanner
from app.process.job_loop import GRACE_SECONDS, work
from app.process.redis_server import keep_running
from app.process.startup import allow_many_files, settle, trace
from app.resources import Resources, open_resources

JOB_MODULES = (
    "app.accounts.jobs", "app.ads.jobs", "app.articles.jobs", "app.articles.silent_sources", "app.auth.jobs",
    "app.comments.jobs", "app.media.jobs", "app.notifications.jobs", "app.posts.jobs", "app.ops.rotate",
)  # fmt: skip


def load_jobs() -> None:
    """Import the slices' jobs, so that they register themselves."""
    for name in JOB_MODULES:
        importlib.import_module(name)


def run_worker(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT, then finish what is under way. Raises ConfigurationError where it cannot start."""
    allow_many_files()
    load_jobs()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(settings))


def bring_together(app: Resources) -> None:
    """Tell lower slices whom of a higher one to ask, which they do not know."""
    plan_with(app, PostPlanner())
    count_comments_with(app, count_bad_comments)


async def _run(settings: Settings) -> None:
    await require_head(settings)
    trace(settings, "newsreel-worker")
    stop = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, stop.set)
    async with AsyncExitStack() as stack:
        if not settings.redis_url.get_secret_value():
            await stack.enter_async_context(keep_running(settings.data_dir))
        app = await stack.enter_async_context(open_resources(settings, emulate=emulate_business))
        settle()
        bring_together(app)
        await work(app, stop)
        await asyncio.gather(settle_refreshes(app, GRACE_SECONDS), app.parts.of(Intake).settle(GRACE_SECONDS))
