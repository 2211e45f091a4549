"""What a newsroom lives through, as moves that Hypothesis puts in any order, and what must be true after each."""

import asyncio
import sys
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from app.accounts.models import PublishMode
from app.articles.intake.receive import IntakeUnavailable
from app.emulator.lifecycle import make_public, post_draft, remove_from_public
from app.emulator.world.progression import Progression
from app.kit.clock import rfc3339, utcnow
from app.ops.rotate import rotate_keys
from app.posts.face.decisions import list_actions
from app.posts.follow.polling import follow_due_posts
from app.posts.models import PostState
from tests.accounts.support import CITY, DAILY, make_account
from tests.torture import people, truths
from tests.torture.fates import FATES, INIT_TROUBLES, TROUBLES
from tests.torture.stage import Stage

CITY_MODES = st.sampled_from([PublishMode.approve, PublishMode.inbox, PublishMode.direct])
T = TypeVar("T")

OPEN_IDS = st.sampled_from([DAILY, CITY])
ARTICLES = st.sampled_from([str(number) for number in range(1, 9)])
KINDS = st.sampled_from(["published", "published", "updated", "unpublished"])
POINTS = st.sampled_from(
    [
        "publish.claimed", "publish.prepared", "publish.attempt_written", "publish.answered", "publish.settled",
        "follow.claimed", "follow.answered", "evidence.gathered", "tiktok_event.claimed",
    ]
)  # fmt: skip
SWEEPS = (
    "posts.tiktok_events", "posts.reconcile", "posts.gather_evidence", "posts.release_due", "posts.keep_lines",
    "posts.upload_due", "accounts.refresh_due",
)  # fmt: skip
SETTLING = (*[1] * 4, *[4] * 5, *[15] * 4, *[60] * 4, 600, 1000, 1500, *[1] * 3, 1500, *[1] * 3)
# Never drawn from what there is: a network and threads are about, and Hypothesis must meet the same choices again.
PICKS = st.integers(0, 9_999)
CAP = 15
"""Posts of one account in 24 hours: at TikTok, and so here too."""
KEYS = tuple(f"torture-key-{number}-" + "k" * 40 for number in range(8))
NOT_YET = frozenset({PostState.unconfirmed, PostState.scheduled})
"""Where trouble has ended, these may still go on by themselves."""


class NewsroomMachine(RuleBasedStateMachine):
    """One newsroom with two accounts on a real database, an emulated TikTok and real media over HTTP."""

    stage: Stage

    def __init__(self) -> None:
        super().__init__()
        self.minute = 0.0
        self.said: dict[str, list[tuple[str, float, dict[str, Any]]]] = {}
        self.keys: tuple[str, ...] = KEYS[:1]
        self.decisions = truths.Decisions()
        self.newest_key = 0
        self.news = 0
        self.gone: str | None = None
        self.heard = self.logged = 0
        self.run(self.stage.begin(self.keys))
        self.began_at = utcnow()

    def run(self, work: Any) -> Any:
        return self.stage.run(work)

    @initialize(mode=CITY_MODES)
    def connect_both(self, mode: PublishMode) -> None:
        self.run(self.stage.web.connect(DAILY, daily_cap=CAP))
        self.run(self.stage.web.connect(CITY, mode=mode, daily_cap=CAP))

    # What the CMS does.

    @rule(article=ARTICLES, kind=KINDS, pictures=st.sampled_from([1, 1, 1, 0]), breaking=st.booleans())
    def deliver(self, article: str, kind: str, pictures: int, breaking: bool) -> None:
        self.minute += 1
        images = [self.stage.origin.url("/1.jpg")] * pictures
        words = {"title": f"{kind} at {self.minute:g}", "images": images, "breaking": breaking}
        self._say(article, kind, self.minute, words)

    @rule(trouble=st.sampled_from(INIT_TROUBLES), fate=st.sampled_from(FATES), at_once=st.booleans())
    def deliver_into_trouble(self, trouble: dict[str, Any], fate: Progression, at_once: bool) -> None:
        """What goes wrong at TikTok goes wrong with news that nobody knew, and at once."""
        self.stage.tiktok.fail(**trouble)
        self.stage.tiktok.world.progressions.queued.append((None, fate))
        self._deliver_news()
        self.work(at_once)
        self.go_on()

    @rule()
    def deliver_many(self) -> None:
        for article in range(1, 9):
            self.deliver(str(article), "published", 1, breaking=False)

    def _deliver_news(self) -> None:
        self.news += 1
        self.run(self.stage.let_pass(0.2))
        self.deliver(f"news-{self.news}", "published", 1, breaking=False)

    @rule(article=ARTICLES, pick=PICKS, kind=st.none() | KINDS)
    def repeat(self, article: str, pick: int, kind: str | None) -> None:
        """Deliver again what came before, maybe long after newer words; or news that all that has come overtook."""
        if kind is not None:
            self._say(article, kind, self.minute - 0.5, {"title": f"late at {self.minute:g}"})
        elif article in self.said:
            self._say(article, *_choose(self.said[article], pick))

    def _say(self, article: str, kind: str, minute: float, words: dict[str, Any]) -> None:
        self.said.setdefault(article, []).append((kind, minute, words))
        said_at = rfc3339(self.began_at + timedelta(minutes=minute) - timedelta(days=1))
        self.run(self._send(article, kind, said_at, words))

    async def _send(self, article: str, kind: str, said_at: str, words: dict[str, Any]) -> None:
        for _ in range(9):
            # A busy machine may take longer than senders wait: they come again, as they are told to.
            with suppress(IntakeUnavailable):
                await self.stage.web.deliver(article, kind=kind, said_at=said_at, **words)
                return
        await self.stage.web.deliver(article, kind=kind, said_at=said_at, **words)

    # What becomes of us.

    @rule(at_once=st.booleans())
    def work(self, at_once: bool) -> None:
        self.run(self._live(self._work_at_once() if at_once else self._work()))

    @rule(point=POINTS, has_news=st.booleans(), at_once=st.booleans(), comes_back=st.booleans())
    def die(self, point: str, has_news: bool, at_once: bool, comes_back: bool) -> None:
        """Work until the process dies at `point`, if it comes there; the queue may hand out its jobs once more."""
        if has_news:
            self._deliver_news()
        jobs = list(self.stage.queue.woken)
        with self.stage.worker.doomed(point):
            work = self._work_at_once() if at_once else self._work()
            is_alive = self.run(self._live(work)) and self.run(self._live(self._go_on()))
        if not is_alive and comes_back:
            self.stage.queue.woken.extend(jobs)

    @rule()
    def go_on(self) -> None:
        """Let every sweep run once, and what it woke."""
        self.run(self._live(self._go_on()))

    @rule()
    def bustle(self) -> None:
        """Let two workers do all that there is to do, every sweep included, at the same time."""
        self.run(self._live(self._bustle()))

    @rule(minutes=st.sampled_from([0.1, 1.1, 4.0, 20.0, 90.0, 1500.0]), is_up=st.booleans())
    def let_pass(self, minutes: float, is_up: bool) -> None:
        self.run(self.stage.let_pass(minutes))
        if is_up:
            self.go_on()

    @rule(what=st.sampled_from(["flush", "restart", "key", "rotate", "web"]))
    def upset(self, what: str) -> None:
        """FLUSHALL, a restart, a new key, everything sealed under the newest key, a web process that comes or goes."""
        match what:
            case "flush":
                self.stage.queue.woken.clear()
            case "web":
                self.stage.is_web_away = not self.stage.is_web_away
            case "key" if self.newest_key + 1 < len(KEYS):
                self.newest_key += 1
                self.keys = (KEYS[self.newest_key], *self.keys)
            case "rotate":
                self.run(self._rotate())
        if what != "web":
            self.run(self.stage.start(self.keys))

    async def _rotate(self) -> None:
        for progress in await rotate_keys(self.stage.worker.room.app):
            assert not progress.left, progress.name
            assert not progress.unreadable, progress.name
        self.keys = self.keys[:1]

    # What becomes of TikTok.

    @rule(trouble=st.none() | st.sampled_from(TROUBLES), fate=st.sampled_from(FATES))
    def script(self, trouble: dict[str, Any] | None, fate: Progression) -> None:
        """Decide what goes wrong next at TikTok, and how the next post fares there."""
        world = self.stage.tiktok.world
        if trouble is not None and len(world.faults.waiting) < 4:
            self.stage.tiktok.fail(**trouble)
        if len(world.progressions.queued) < 4:
            world.progressions.queued.append((None, fate))

    @rule(pick=PICKS, deed=st.sampled_from([post_draft, make_public, remove_from_public]))
    def create(self, pick: int, deed: Any) -> None:
        """The creator does something to a post in TikTok's app."""
        if there := self.stage.web.there:
            self.run(people.use_tiktok(self.stage, deed, _choose(there, pick)))

    @rule(pick=PICKS, how=st.sampled_from(["any", "all", "reversed"]))
    def hear(self, pick: int, how: str) -> None:
        """TikTok's events come: one that may have come before, or all that ever were, in whatever order."""
        deliveries = list(self.stage.tiktok.world.outbox.deliveries)
        if how == "any" and deliveries:
            deliveries = [_choose(deliveries, pick)]
        for delivery in reversed(deliveries) if how == "reversed" else deliveries:
            self.run(self.stage.hear(delivery.body, delivery.created_at))

    @rule(open_id=OPEN_IDS, by_creator=st.booleans())
    def disconnect(self, open_id: str, by_creator: bool) -> None:
        """One account is disconnected at most; and then the creator gives the permission anew."""
        if self.gone is not None:
            self.run(make_account(self.stage.web.app, self.stage.tiktok, self.gone))
            self.gone = None
        else:
            self.gone = open_id
            self.run(people.disconnect(self.stage, open_id, by_creator=by_creator))

    # What people decide.

    @rule(pick=PICKS, is_posted=st.booleans())
    def decide(self, pick: int, is_posted: bool) -> None:
        posts = self.run(self.stage.web.posts())
        # Other words on a failed post change nothing of its way.
        choices = [(post, action) for post in posts for action in list_actions(post) if action != "revise"]
        if choices:
            post, action = _choose(choices, pick)
            self.run(people.decide(self.stage, self.decisions, post, action, is_posted=is_posted))

    # How the worker goes about it.

    async def _live(self, work: Coroutine[Any, Any, None]) -> bool:
        is_alive = await self.stage.worker.live(work)
        if not is_alive:
            await self.stage.start(self.keys)
        await self.stage.quiet()
        return is_alive

    async def _work(self) -> None:
        woken = self.stage.queue.woken
        while woken:
            name, args = woken.popleft()
            await self.stage.worker.run(name, *args)

    async def _work_at_once(self) -> None:
        woken = list(self.stage.queue.woken)
        self.stage.queue.woken.clear()
        async with asyncio.TaskGroup() as jobs:
            for name, args in woken:
                jobs.create_task(self.stage.worker.run(name, *args))

    async def _bustle(self) -> None:
        woken = list(self.stage.queue.woken)
        self.stage.queue.woken.clear()
        async with asyncio.TaskGroup() as jobs:
            for _ in range(2):
                for name, args in [*woken, *((sweep, ()) for sweep in SWEEPS)]:
                    jobs.create_task(self.stage.worker.run(name, *args))
                jobs.create_task(follow_due_posts(self.stage.worker.room.app))

    async def _go_on(self) -> None:
        for sweep in SWEEPS:
            await self.stage.worker.run(sweep)
        await self._work()
        await follow_due_posts(self.stage.worker.room.app)

    # What must be true.

    @invariant()
    def truths_hold(self) -> None:
        facts = self.run(truths.read_facts(self.stage))
        truths.nothing_is_there_twice(facts, self.decisions)
        truths.no_limit_is_passed(self.stage)
        truths.every_timeline_is_whole(facts)
        truths.success_is_only_what_tiktok_said(facts, self.decisions)
        text = self.stage.take_log()
        self.logged += len(text)
        truths.log_is_clean(text, [*KEYS, *self.stage.list_secrets()])

    def teardown(self) -> None:
        """Let trouble end: then every post of an acknowledged article ends, or waits where a person sees it."""
        try:
            if sys.exception() is None:
                self.run(self._settle())
                facts = self.run(truths.read_facts(self.stage))
                truths.nothing_is_lost(facts)
                truths.nothing_is_denied(facts, self.decisions)
                self.truths_hold()
                assert self.logged or not facts.posts, "the log was looked at in the wrong place"
        finally:
            self.run(self.stage.end())

    async def _settle(self) -> None:
        world = self.stage.tiktok.world
        world.faults.waiting.clear()
        world.progressions.queued.clear()
        self.stage.is_web_away = False
        for minutes in SETTLING:
            await self.stage.let_pass(minutes)
            for delivery in list(world.outbox.deliveries)[self.heard :]:
                await self.stage.hear(delivery.body, delivery.created_at)
            self.heard = len(world.outbox.deliveries)
            assert await self._live(self._go_on())
            posts = (await truths.read_facts(self.stage)).posts.values()
            if all(truths.is_settled(post, utcnow()) and post.state not in NOT_YET for post in posts):
                return


def _choose(choices: Sequence[T], pick: int) -> T:
    return choices[pick % len(choices)]
