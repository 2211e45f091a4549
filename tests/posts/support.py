"""A newsroom in one process: a real database; emulator, media and pictures over real HTTP; jobs run by hand."""

import asyncio
import dataclasses
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import uvicorn
from litestar import Litestar
from litestar.di import Provide
from sqlmodel import col, select

from app.accounts.models import Account, AccountPace, AccountTokens
from app.articles.intake.arrivals import Receipt
from app.articles.intake.batches import plan_with
from app.articles.intake.receive import receive
from app.articles.models import Article
from app.articles.sources import NewSecret
from app.emulator.world.progression import Pace, Progression
from app.emulator.world.records import Post as TikTokPost
from app.emulator.world.records import UrlProperty
from app.kit.clock import rfc3339, utcnow
from app.kit.ids import new_id
from app.limits.models import CallBudget
from app.main import provide_resources, provide_session
from app.media.controllers import serve_media
from app.media.models import MediaAsset, MediaFetch, MediaHold
from app.notifications.deliver import deliver_to
from app.notifications.gather import gather_events
from app.posts.follow.polling import follow_due_posts
from app.posts.follow.public_link import find_link_of
from app.posts.follow.tiktok_events import handle_event
from app.posts.line.slot_times import keep_line
from app.posts.models import Post, PostAttempt, PostEvent, PostState
from app.posts.models_figures import PostFigures
from app.posts.plan.planner import PostPlanner
from app.posts.prepare.video import prepare_video_post
from app.posts.send.publish import publish_post
from app.posts.send.upload import upload_video
from app.posts.sweeps import release_due_posts
from app.posts.transitions import new_lease
from app.posts.unconfirmed.vanished_workers import reconcile_posts
from app.resources import Resources
from app.web.problems import exception_handlers
from app.webhooks.models import WebhookEvent
from tests.accounts import support as accounts
from tests.accounts.support import DAILY, SCOPES, TikTok, at_tiktok, run_tiktok
from tests.builders import change_account, make_article, make_post, shift_moments
from tests.builders_articles import new_source, signed_generic
from tests.media.origin import Origin, open_origin
from tests.media.samples import jpeg, numbered
from tests.support.lent import Lent
from tests.support.serving import serve
from tests.support.waiting import eventually

_JOBS: dict[str, Callable[..., Awaitable[None]]] = {
    "notifications.gather": gather_events,
    "notifications.deliver": deliver_to,
    "posts.prepare_video": prepare_video_post,
    "posts.upload": upload_video,
    "posts.publish": publish_post,
    "posts.keep_line": keep_line,
    "posts.tiktok_event": handle_event,
    "posts.find_link": find_link_of,
}
_OF_OTHERS = frozenset({"comments.find_feeds"})
"""What readers say under the posts of an account that was just connected is no matter of this room."""
_MOMENTS: dict[type[Any], tuple[str, ...]] = {
    Post: (
        "scheduled_at", "next_attempt_at", "publishing_since", "next_check_at", "lease_until", "created_at",
        "updated_at", "finalized_at", "media_missing_since", "figures_due_at",
    ),
    PostFigures: ("at",),
    PostAttempt: ("started_at", "ended_at", "watched_at"),
    MediaFetch: ("at",),
    MediaHold: ("held_since", "refused_at", "lifted_at", "probe_at"),
    WebhookEvent: ("occurred_at", "received_at", "signed_at", "handled_at"),
    Account: (
        "connected_at", "created_at", "updated_at",
    ),
    AccountPace: ("init_not_before", "init_gap_since", "learned_daily_cap_at"),
    AccountTokens: ("obtained_at", "expires_at", "refresh_expires_at"),
    Article: ("published_at", "received_at"),
    CallBudget: ("free_at", "closed_until"),
}  # fmt: skip


@dataclass
class FakeQueue:
    """A queue that keeps what it was told, until the test runs it."""

    woken: deque[tuple[str, tuple[str, ...]]] = field(default_factory=deque)

    async def wake(self, name: str, *args: str, job_id: str | None = None) -> None:
        self.woken.append((name, args))

    async def wake_all(self, calls: Sequence[tuple[str, tuple[str, ...]]]) -> None:
        self.woken.extend(calls)


@dataclass
class Newsroom:
    """What happens to it, and what can be seen of it."""

    app: Resources
    tiktok: TikTok
    origin: Origin
    queue: FakeQueue
    source: NewSecret

    # What a CMS and a creator do.

    async def connect(self, open_id: str = DAILY, *, scopes: tuple[str, ...] = SCOPES, **columns: Any) -> Account:
        """Connect an account of the emulator's; `columns` are its settings."""
        account = await accounts.make_account(self.app, self.tiktok, open_id, scopes=scopes)
        await self.change(Account, account.id, **({"privacy_level": "SELF_ONLY"} | columns))
        return await self.account(account.id)

    async def deliver(
        self,
        article_id: str = "42",
        *,
        kind: str = "published",
        minute: float = 0.0,
        said_at: str | None = None,
        **data: Any,
    ) -> Receipt:
        """Let the CMS tell of an article, `minute` minutes after an hour ago by its clock."""
        article = {
            "id": article_id,
            "url": f"https://news.example/a/{article_id}",
            "title": "Жаңа мектеп ашылды 🏫",
            "language": "kk",
            "images": [self.origin.url("/1.jpg")],
            **data,
        }
        body = json.dumps(
            {"type": f"article.{kind}", "timestamp": said_at or self.stamp(minute), "data": article}
        ).encode()
        sample = signed_generic(self.source.secret, body)
        return await receive(self.app, self.source.source.slug, sample.headers, sample.body)

    def stamp(self, minute: float) -> str:
        """A time of the CMS's clock, which began an hour ago."""
        return rfc3339(utcnow() - timedelta(hours=1) + timedelta(minutes=minute))

    async def plan(self, article_id: str = "42", **data: Any) -> str:
        """Let the CMS publish an article; give the id of its only post."""
        (post_id,) = (await self.deliver(article_id, **data)).post_ids
        return post_id

    # What workers do.

    async def work(self) -> None:
        """Run the jobs for which workers were woken, one after the other."""
        while self.queue.woken:
            name, args = self.queue.woken.popleft()
            if name not in _OF_OTHERS:
                await _JOBS[name](self.app, *args)

    async def work_at_once(self) -> None:
        """Run them all at the same time."""
        woken = list(self.queue.woken)
        self.queue.woken.clear()
        await asyncio.gather(*(_JOBS[name](self.app, *args) for name, args in woken))

    async def sweep(self) -> None:
        """Run every sweep of the posts once, and what it woke."""
        await release_due_posts(self.app)
        await reconcile_posts(self.app)
        await self.work()

    async def publish(self, post_id: str) -> Post:
        """Give a queued post to a worker, and let it do its work."""
        lease = new_lease()
        await self.change(Post, post_id, **lease)
        await publish_post(self.app, post_id, lease["lease_token"])
        return await self.post(post_id)

    async def follow(self, post_id: str) -> Post:
        """Ask TikTok about a post now, as if nobody had asked for a while; others are asked when they are due."""
        await self.change(Post, post_id, next_check_at=utcnow() - timedelta(seconds=1))
        async with self.app.transaction() as session:
            is_open = col(CallBudget.closed_until).is_(None)
            await session.exec(sa.update(CallBudget).where(is_open).values(free_at=utcnow()))
        await follow_due_posts(self.app)
        return await self.post(post_id)

    async def finish(self, post_id: str) -> Post:
        """Let TikTok fetch the media of a post that it has, and ask for the verdict."""
        publish_id = (await self.post(post_id)).publish_id
        assert publish_id is not None
        await self.pulled(publish_id)
        return await self.follow(post_id)

    async def pulled(self, publish_id: str) -> TikTokPost:
        """Wait until the emulator has fetched the media, or has failed to."""
        there = self.tiktok.world.posts[publish_id]
        await eventually(lambda: there.stage != "pulling")
        return there

    async def let_pass(self, **duration: float) -> None:
        """Let time pass: every moment in the database moves into the past, and TikTok's clock moves on."""
        span = timedelta(**duration)
        async with self.app.transaction() as session:
            await shift_moments(session, _MOMENTS, span)
        self.tiktok.world.clock.advance(span.total_seconds())

    # Rows by hand.

    async def make_ready(self, account: Account, *, path: str = "ab/ready.jpg", **changes: Any) -> Post:
        """A queued post whose text and picture are made already."""
        file = self.app.media_dir / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(jpeg())
        async with self.app.transaction() as session:
            article = await make_article(session)
            values = {"media_count": 1, "prepared_version": article.version, "title": article.title}
            post = await make_post(session, article_id=article.id, account_id=account.id, **(values | changes))
            size = file.stat().st_size
            session.add(
                MediaAsset(
                    owner_id=post.id, position=0, source_url="https://news.example/1.jpg", path=path, width=800,
                    height=600, size=size, sha256=new_id(),
                )
            )  # fmt: skip
        return post

    async def make_publishing(self, account: Account, **changes: Any) -> Post:
        """A post that TikTok has accepted: one attempt, fetched, and asked about from now on."""
        post = await self.publish((await self.make_ready(account)).id)
        assert post.state is PostState.publishing, post.state_detail
        await self.pulled(post.publish_id or "")
        return await self.change(Post, post.id, **changes) if changes else post

    async def change(self, table: type[Any], row_id: str, **columns: Any) -> Any:
        async with self.app.transaction() as session:
            if table is Account:
                await change_account(session, row_id, **columns)
            else:
                await session.exec(sa.update(table).where(table.id == row_id).values(**columns))
        async with self.app.read() as session:
            return await session.get_one(table, row_id)

    # What can be seen.

    async def post(self, post_id: str) -> Post:
        async with self.app.read() as session:
            return await session.get_one(Post, post_id)

    async def posts(self) -> Sequence[Post]:
        async with self.app.read() as session:
            return (await session.exec(select(Post).order_by(col(Post.id)))).all()

    async def account(self, account_id: str) -> Account:
        async with self.app.read() as session:
            return await session.get_one(Account, account_id)

    async def attempts(self, post_id: str) -> Sequence[PostAttempt]:
        query = select(PostAttempt).where(PostAttempt.post_id == post_id).order_by(col(PostAttempt.number))
        async with self.app.read() as session:
            return (await session.exec(query)).all()

    async def events(self, post_id: str) -> Sequence[PostEvent]:
        query = select(PostEvent).where(PostEvent.post_id == post_id).order_by(col(PostEvent.id))
        async with self.app.read() as session:
            return (await session.exec(query)).all()

    async def way(self, post_id: str) -> list[str]:
        """The states that a post went through."""
        return [event.to_state for event in await self.events(post_id) if event.from_state != event.to_state]

    @property
    def inits(self) -> int:
        """How often init was called, answered or not."""
        return self.tiktok.count("content_init")

    @property
    def there(self) -> list[TikTokPost]:
        """The posts that TikTok has."""
        return list(self.tiktok.world.posts.values())

    def go(self, **how: Any) -> None:
        """Choose how posts go at TikTok from here on, as `Progression` has it."""
        self.tiktok.world.progressions.default = Progression(**how)


def polls(number: int) -> Pace:
    return Pace("polls", number)


@asynccontextmanager
async def open_newsroom(resources: Resources, **settings: Any) -> AsyncIterator[Newsroom]:
    """Open a newsroom whose media prefix TikTok has verified, and whose CMS has pictures."""
    queue = FakeQueue()
    async with run_tiktok() as tiktok, open_origin() as origin, _serve_media(resources) as address:
        origin.files = {f"/{number}.jpg": numbered(number) for number in range(1, 6)}
        app = at_tiktok(resources, tiktok, public_url=address, fetch_allow_hosts=(origin.host,), **settings)
        app = dataclasses.replace(app, queue=queue)  # type: ignore[arg-type]
        plan_with(app, PostPlanner())
        prefix = UrlProperty("1", "prefix", f"{address}/media/", "proof", verified=True)
        tiktok.world.properties[prefix.id] = prefix
        yield Newsroom(app, tiktok, origin, queue, await new_source(app))


@asynccontextmanager
async def _serve_media(resources: Resources) -> AsyncIterator[str]:
    with _MEDIA_APPS.lend() as app:
        app.state.resources = resources
        config = uvicorn.Config(app, port=0, log_level="warning", access_log=False, lifespan="off")
        async with serve(config) as address:
            yield address


def _build_media_app() -> Litestar:
    return Litestar(
        [serve_media],
        dependencies={"session": Provide(provide_session), "resources": Provide(provide_resources)},
        exception_handlers=dict(exception_handlers),
        logging_config=None,
        openapi_config=None,
    )


_MEDIA_APPS = Lent(_build_media_app)
