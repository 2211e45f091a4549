"""What a newsroom lives through, as moves that Hypothesis puts in any order, and what must be true after each."""

import asyncio
import dataclasses
import tempfile
from collections import Counter
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from pydantic import SecretStr

from app.kit import failpoints
from app.kit.crypto import Keyring
from app.posts.follow import follow_due_posts
from app.posts.jobs import (
    gather_evidence,
    handle_forgotten_events,
    keep_lines,
    reconcile_posts,
    release_due_posts,
    resume_uploads,
)
from app.posts.models import FINAL_STATES, Post, PostState
from app.resources import open_resources
from tests.accounts.support import CITY, DAILY
from tests.conftest import make_settings
from tests.posts.support import Newsroom, open_newsroom, polls

T = TypeVar("T")

ARTICLES = st.sampled_from(["1", "2", "3"])
POINTS = st.sampled_from(
    [
        "publish.claimed", "publish.prepared", "publish.attempt_written", "publish.answered", "publish.settled",
        "follow.claimed", "follow.answered",
    ]
)  # fmt: skip
TROUBLES: tuple[dict[str, Any], ...] = (
    {"endpoint": "content_init", "cut": True},
    {"endpoint": "content_init", "cut": True, "phase": "after"},
    {"endpoint": "content_init", "code": "internal_error", "http_status": 500, "phase": "after"},
    {"endpoint": "content_init", "code": "rate_limit_exceeded", "http_status": 429},
    {"endpoint": "content_init", "code": "spam_risk_too_many_posts", "http_status": 403},
    {"endpoint": "content_init", "code": "access_token_invalid", "http_status": 401},
    {"endpoint": "content_init", "truncate": 30},
    {"endpoint": "creator_info", "raw": "<html>", "http_status": 502},
    {"endpoint": "status_fetch", "cut": True},
    {"endpoint": "status_fetch", "code": "rate_limit_exceeded", "http_status": 429},
    {"endpoint": "token", "cut": True},
)
SWEEPS = (
    reconcile_posts, gather_evidence, handle_forgotten_events, resume_uploads, release_due_posts, keep_lines,
)  # fmt: skip
KEYS = [f"torture-key-{number}-" + "k" * 40 for number in range(8)]


class Killed(BaseException):
    """The worker process dies here. No handler of ours may catch it."""


class NewsroomMachine(RuleBasedStateMachine):
    """One newsroom with two accounts on a real database, an emulated TikTok and real media over HTTP."""

    template: bytes

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.minute = 0.0
        self.said: dict[str, list[tuple[str, float, str]]] = {}
        self.seen: dict[str, PostState] = {}
        self.keys = 1
        self.newsroom: Newsroom = self.run(self._open())

    def run(self, work: Awaitable[T]) -> T:
        async def waited() -> T:
            return await work

        return self.loop.run(waited())

    async def _open(self) -> Newsroom:
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "newsreel.db").write_bytes(self.template)
        url = f"sqlite+aiosqlite:///{folder / 'newsreel.db'}"
        # Nobody listens there: wake-ups stay in the newsroom's own queue, which a rule empties.
        settings = make_settings(
            folder, url, f"unix://{folder}/no-redis", secret_key=SecretStr(",".join(_ring(self.keys)))
        )
        resources = await self.stack.enter_async_context(open_resources(settings))
        newsroom = await self.stack.enter_async_context(open_newsroom(resources, pull_window_seconds=600.0))
        newsroom.go(fetch=polls(0))
        for open_id in (DAILY, CITY):
            await newsroom.connect(open_id)
        return newsroom

    # What the CMS does.

    @rule(article=ARTICLES, kind=st.sampled_from(["published", "updated", "unpublished"]))
    def deliver(self, article: str, kind: str) -> None:
        self.minute += 1
        self._say(article, kind, self.minute, f"{kind} at {self.minute:g}")

    @precondition(lambda self: self.said)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        """Deliver again what came before: at once, or long after newer words."""
        article = data.draw(st.sampled_from(sorted(self.said)))
        kind, minute, title = data.draw(st.sampled_from(self.said[article]))
        self._say(article, kind, minute, title)

    @rule(article=ARTICLES)
    def deliver_late(self, article: str) -> None:
        """An update that was overtaken by everything that came since."""
        self._say(article, "updated", self.minute - 0.5, f"late at {self.minute:g}")

    def _say(self, article: str, kind: str, minute: float, title: str) -> None:
        self.said.setdefault(article, []).append((kind, minute, title))
        self.run(self.newsroom.deliver(article, kind=kind, minute=minute, title=title))

    # What becomes of us.

    @rule()
    def work(self) -> None:
        self.run(self.newsroom.work())

    @rule()
    def work_at_once(self) -> None:
        self.run(self.newsroom.work_at_once())

    @rule(point=POINTS)
    def die(self, point: str) -> None:
        """Work until the process dies at `point`, if it comes there."""

        def take(_file: Path, name: str) -> None:
            if name == point:
                raise Killed

        with patch.object(failpoints, "_file", Path("armed")), patch.object(failpoints, "_take", take):
            for step in (self.newsroom.work, self._follow):
                try:
                    self.run(step())
                except Killed:
                    self.newsroom.queue.woken.clear()
                    return

    @rule()
    def forget_wake_ups(self) -> None:
        """FLUSHALL."""
        self.newsroom.queue.woken.clear()

    @rule()
    def sweep(self) -> None:
        self.run(self._sweep())

    @rule()
    def follow(self) -> None:
        self.run(self._follow())

    @rule(minutes=st.sampled_from([0.1, 1.5, 11.0, 90.0, 1500.0]))
    def let_pass(self, minutes: float) -> None:
        self.run(self.newsroom.let_pass(minutes=minutes))

    @precondition(lambda self: self.keys < len(KEYS))
    @rule()
    def rotate(self) -> None:
        """A new key goes to the head of the ring."""
        self.keys += 1
        self.newsroom.app = dataclasses.replace(self.newsroom.app, keyring=Keyring(_ring(self.keys)))

    # What becomes of TikTok.

    @rule(trouble=st.sampled_from(TROUBLES))
    def script(self, trouble: dict[str, Any]) -> None:
        self.newsroom.tiktok.fail(**trouble)

    # What must be true.

    @invariant()
    def nothing_is_there_twice(self) -> None:
        there = Counter(
            (post.open_id, _article_of(post.description)) for post in self.newsroom.there if post.stage != "failed"
        )
        assert max(there.values(), default=0) <= 1, there

    @invariant()
    def no_limit_is_passed(self) -> None:
        assert not self.newsroom.tiktok.violations

    @invariant()
    def no_state_goes_back(self) -> None:
        for post in self.run(self.newsroom.posts()):
            before = self.seen.get(post.id)
            if before is PostState.published:
                assert post.state is PostState.published
            if before is PostState.sent_to_inbox:
                assert post.state in {PostState.sent_to_inbox, PostState.published}
            self.seen[post.id] = post.state

    def teardown(self) -> None:
        """Let trouble end: then every post of an acknowledged article ends, or waits where a person sees it."""
        try:
            self.newsroom.tiktok.world.faults.waiting.clear()
            left = self.run(self._settle())
            assert not left, [(post.state, post.state_reason, post.state_detail) for post in left]
            self.nothing_is_there_twice()
        finally:
            self.run(self.stack.aclose())
            self.loop.close()

    async def _settle(self) -> list[Post]:
        left: list[Post] = []
        for minutes in (0, *[1] * 5, *[10] * 8, 600, 900, *[1] * 5, *[10] * 3):
            await self.newsroom.let_pass(minutes=minutes)
            await self._sweep()
            await self._follow()
            left = [post for post in await self.newsroom.posts() if not _has_ended(post)]
            if not left:
                break
        return left

    async def _sweep(self) -> None:
        for sweep in SWEEPS:
            await sweep(self.newsroom.app)
        await self.newsroom.work()

    async def _follow(self) -> None:
        await follow_due_posts(self.newsroom.app)


def _has_ended(post: Post) -> bool:
    waits_for_person = post.state is PostState.scheduled and post.scheduled_at is None and post.state_reason
    is_visible = post.state in {PostState.unconfirmed, PostState.awaiting_approval} or waits_for_person
    return post.state in FINAL_STATES or bool(is_visible)


def _article_of(description: str) -> str:
    return description.partition("https://news.example/a/")[2].split()[0]


def _ring(keys: int) -> tuple[str, ...]:
    return tuple(reversed(KEYS[:keys]))
