"""Death at every step of a post of a business account: TikTok has it once, whatever is killed and whatever is lost."""

import asyncio
import dataclasses
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.accounts.models import Account
from app.jobs import JOBS
from app.kit.clock import utcnow
from app.posts.models import AttemptOutcome, Post, PostState
from app.posts.send.publish import publish_post
from app.posts.unconfirmed.evidence import gather_evidence
from app.resources import Resources
from app.worker import load_jobs
from tests.accounts.business.support import at_business, control, make_business
from tests.media.videos import films
from tests.posts.send.test_business import ask_status
from tests.posts.support import Newsroom, open_newsroom
from tests.support.nursery import Nursery
from tests.torture.deed import Mortals

PUBLISH = {"photo": "business/photo/publish/", "video": "business/video/publish/"}
PUBLISHING = (
    "publish.claimed",  # a worker has the post
    "publish.prepared",  # its media are stored
    "publish.attempt_written",  # the attempt is on disk, and no byte is sent
    "publish.answered",  # TikTok's answer is read and not stored
    "publish.settled",  # the share_id is stored
)
WHILE_TIKTOK_ANSWERS = "while TikTok answers"
# A poll is due; TikTok's verdict is read and not stored; traces of a lost answer are looked for.
FOLLOWING = {"follow.claimed": "posts.follow_due", "follow.answered": "posts.follow_due",
             "evidence.gathered": "posts.gather_evidence"}  # fmt: skip
EACH = tuple((kind, point) for kind in PUBLISH for point in (*PUBLISHING, WHILE_TIKTOK_ANSWERS, *FOLLOWING))
# Where processes die in `make test`: at each of TikTok's calls, before the byte that decides and behind it.
TELLING = (("photo", "publish.answered"), ("video", WHILE_TIKTOK_ANSWERS), ("photo", "publish.attempt_written"),
           ("video", "evidence.gathered"))  # fmt: skip
_ROUNDS = 60


@dataclasses.dataclass
class Stage:
    """A newsroom with a business account, and processes of its own that may die."""

    desk: Newsroom
    mortals: Mortals

    async def strike(self, kind: str, point: str, title: str) -> str:
        """Have an article come in, and a process die over its post at a point; give the post."""
        desk = self.desk
        film = {"video": desk.origin.url("/film.mp4"), "images": []}
        post_id = await desk.plan(title, title=title, **(film if kind == "video" else {}))
        lease = await self._prepare(kind, post_id)
        if point in FOLLOWING:
            if point == "evidence.gathered":
                await control(desk.tiktok, "next-errors", endpoint=PUBLISH[kind], phase="after", cut=True)
            await publish_post(desk.app, post_id, lease)
            await desk.change(Post, post_id, next_check_at=utcnow() - timedelta(seconds=1))
            await self.mortals.die_at(point, "job", FOLLOWING[point])
            return post_id
        # A busy machine takes its time to begin a process: the lease of 30 s is longer here.
        await desk.change(Post, post_id, lease_until=utcnow() + timedelta(minutes=10))
        job = ("job", "posts.publish", post_id, lease)
        if point == WHILE_TIKTOK_ANSWERS:
            await self._die_while_tiktok_answers(kind, *job)
        else:
            await self.mortals.die_at(point, *job)
        return post_id

    async def settle(self, post_id: str) -> Post:
        """Let time pass, and other workers do what is due, until the post is out and named."""
        desk = self.desk
        for _ in range(_ROUNDS):
            post = await desk.post(post_id)
            if post.state is PostState.published and post.post_ids:
                return post
            # TikTok's own app: the emulator brings a post to its end when somebody asks where it stands.
            for share_id, _ in await self.shares():
                await ask_status(desk, share_id)
            await desk.let_pass(minutes=1)
            await desk.sweep()
            await desk.change(Post, post_id, next_check_at=utcnow() - timedelta(seconds=1))
            await gather_evidence(desk.app)
            await desk.follow(post_id)
        raise AssertionError((post.state, post.state_reason, post.state_detail, await desk.attempts(post_id)))

    async def shares(self) -> list[tuple[str, str]]:
        """What TikTok was given: the number of each, and its text."""
        told = await control(self.desk.tiktok, "shares", method="GET")
        return [(one["share_id"], one["caption"]) for one in told["items"]]

    async def take_down(self, post: Post) -> None:
        """Let its owner delete a post that was looked at.

        TikTok's clock runs ahead of ours by all the time that passes here: beside the old ones, which seem to be new,
        its list would never seem to reach back to the next attempt.
        """
        for item_id in post.post_ids:
            await control(self.desk.tiktok, f"posts/{item_id}", deleted=True)

    async def let_a_quarter_day_pass(self) -> None:
        """TikTok takes 15 posts of an account a day."""
        await control(self.desk.tiktok, "clock", advance_hours=6)
        await self.desk.let_pass(hours=6)

    async def _prepare(self, kind: str, post_id: str) -> str:
        """Run what was woken, but what publishes this post: that is for those who die. Give its lease."""
        woken = self.desk.queue.woken
        # A film is made ready by a job of its own, to which the first that would publish hands it on.
        is_ready = kind == "photo"
        while woken:
            name, args = woken.popleft()
            is_this = args[:1] == (post_id,)
            if name == "posts.publish" and is_this and is_ready:
                return args[1]
            await JOBS[name].run({"app": self.desk.app}, *args)
            is_ready = is_ready or (name == "posts.prepare_video" and is_this)
        raise AssertionError(f"no worker was woken to publish: {await self.desk.post(post_id)}")

    async def _die_while_tiktok_answers(self, kind: str, *job: str) -> None:
        await control(self.desk.tiktok, "next-errors", endpoint=PUBLISH[kind], phase="after", hang=30.0)
        before = len(await self.shares())
        child = self.mortals.spawn(*job)
        while len(await self.shares()) == before:
            assert not child.is_dead.is_set(), self.mortals.told()
            await asyncio.sleep(0.1)
        await self.mortals.kill(child)


@pytest.fixture
async def stage(resources: Resources, tmp_path: Path, nursery: Nursery) -> AsyncIterator[Stage]:
    load_jobs()
    async with open_newsroom(resources, pull_window_seconds=180) as desk:
        there = at_business(desk.app, desk.tiktok)
        desk.app = dataclasses.replace(there, queue=desk.queue)  # type: ignore[arg-type]
        desk.origin.files["/film.mp4"] = films.fitting()
        await control(desk.tiktok, "settings", publish_seconds=0, post_id_seconds=0)
        await control(desk.tiktok, "properties", url=f"{desk.app.settings.public_url}/media/")
        account = await make_business(desk.app, desk.tiktok)
        await desk.change(Account, account.id, privacy_level="PUBLIC_TO_EVERYONE", resend_after_no_trace=True)
        access = desk.app.business
        settings = desk.app.settings.model_copy(
            update={
                "business_is_real": True, "business_api_base_url": access.base_url,
                "business_app_id": access.app_id, "business_app_secret": SecretStr(access.app_secret),
                "business_access_token": SecretStr("none"),
            }
        )  # fmt: skip
        yield Stage(desk, Mortals(nursery, tmp_path, settings))


@pytest.mark.timeout(0)
async def test_a_business_account_posts_once_wherever_a_worker_is_killed(stage: Stage, runs: int, is_long: bool):
    struck: dict[str, str] = {}
    for number, (kind, point) in enumerate((EACH if is_long else TELLING) * runs):
        title = f"Жаңалық {number:04d}"
        struck[title] = await stage.strike(kind, point, title)
        post = await stage.settle(struck[title])
        attempts = await stage.desk.attempts(post.id)
        # Only what surely never left is sent again: its attempt is known to have left no trace.
        assert len(attempts) == (2 if point == "publish.attempt_written" else 1), (kind, point)
        assert attempts[-1].outcome is AttemptOutcome.accepted, (kind, point)
        await stage.take_down(post)
        await stage.let_a_quarter_day_pass()
    shares = await stage.shares()
    given = Counter(title for title in struck for _, text in shares if title in text)
    assert given == dict.fromkeys(struck, 1)
    # The log of calls forgets what is days ago; the counts are for ever.
    counts = (await control(stage.desk.tiktok, "counts", method="GET"))["calls"]
    assert sum(times for endpoint in PUBLISH.values() for times in counts[endpoint].values()) == len(struck)
