"""The whole memory of one emulator."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Coroutine
from dataclasses import fields, replace
from typing import Any

import httpx

from app.emulator.world.clips import ClipShelf
from app.emulator.world.clock import Clock
from app.emulator.world.faults import FaultQueue
from app.emulator.world.ids import new_access_token, new_refresh_token
from app.emulator.world.journal import Journal
from app.emulator.world.outbox import Outbox
from app.emulator.world.photos import PhotoShelf
from app.emulator.world.progression import Progressions
from app.emulator.world.records import Account, AuthorizationCode, Post, TokenPair, UrlProperty
from app.emulator.world.settings import EmulatorSettings


def _first_accounts() -> list[Account]:
    return [
        Account("-000EmulatedDailyBulletin0000000001", "daily.bulletin", "Daily Bulletin", follower_count=18_204),
        Account("-000EmulatedCityDesk000000000000002", "city.desk", "City Desk", follower_count=5_310),
        Account("-000EmulatedQuietRoom0000000000003", "quiet.room", "Quiet Room (private)", private=True),
    ]


class World:
    """State, and nothing that depends on a server, so that it serves sockets and in-process callers alike.

    `transport` replaces the network on the way out (photos, verification files, webhooks).
    """

    def __init__(self, settings: EmulatorSettings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.transport = transport
        self._first_settings = replace(settings)
        self.settings = replace(settings)
        self._tasks: set[asyncio.Task[None]] = set()
        self._forget(frozenset())

    @property
    def audited(self) -> bool:
        """A sandbox never posts publicly, whatever its production app may do."""
        return self.settings.audited and not self.settings.sandbox

    def reset(self, keep: frozenset[str] = frozenset()) -> None:
        """Forget everything but the sections named: accounts, tokens, properties, settings."""
        for task in self._tasks:
            # A task of an event loop that has ended cannot be cancelled, and need not be.
            with contextlib.suppress(RuntimeError):
                task.cancel()
        self._tasks = set()
        self._forget(keep)

    def _forget(self, keep: frozenset[str]) -> None:
        self.clock = Clock()
        self.journal = Journal(self.clock)
        self.faults = FaultQueue()
        self.outbox = Outbox()
        self.progressions = Progressions()
        self.photos = PhotoShelf()
        self.clips = ClipShelf()
        self.uploads: dict[str, Post] = {}
        self.windows: dict[tuple[str, str], deque[float]] = {}
        self.posts: dict[str, Post] = {}
        self.posts_by_account: dict[str, list[Post]] = {}
        if "settings" not in keep:
            for setting in fields(EmulatorSettings):
                setattr(self.settings, setting.name, getattr(self._first_settings, setting.name))
        if "accounts" not in keep:
            self.accounts = {account.open_id: account for account in _first_accounts()}
        if "tokens" not in keep:
            self.codes: dict[str, AuthorizationCode] = {}
            self.by_access_token: dict[str, TokenPair] = {}
            self.by_refresh_token: dict[str, TokenPair] = {}
        if "properties" not in keep:
            self.properties: dict[str, UrlProperty] = {}

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def find_account(self, name: str) -> Account | None:
        """Look an account up by its open_id or its username."""
        named = (account for account in self.accounts.values() if account.username == name)
        return self.accounts.get(name) or next(named, None)

    def issue_tokens(
        self, open_id: str, scopes: tuple[str, ...], *, refresh_expires_at: float | None = None
    ) -> TokenPair:
        now = self.clock.now()
        pair = TokenPair(
            open_id=open_id,
            scopes=scopes,
            access_token=new_access_token(),
            access_expires_at=now + self.settings.access_ttl,
            refresh_token=new_refresh_token(),
            refresh_expires_at=now + self.settings.refresh_ttl if refresh_expires_at is None else refresh_expires_at,
        )
        self.by_access_token[pair.access_token] = pair
        self.by_refresh_token[pair.refresh_token] = pair
        return pair

    def tokens_of(self, open_id: str) -> list[TokenPair]:
        return [pair for pair in self.by_access_token.values() if pair.open_id == open_id]

    def add_post(self, post: Post) -> None:
        self.posts[post.publish_id] = post
        self.posts_by_account.setdefault(post.open_id, []).append(post)
        self.journal.count_init(post.open_id, post.counted_as)
        self.journal.note_ignored(post.ignored)
        if post.upload is not None:
            self.uploads[post.upload.id] = post
        if len(self.posts) > self.settings.posts_kept:
            self._forget_oldest_post()

    def _forget_oldest_post(self) -> None:
        ended = (post for post in self.posts.values() if post.stage in {"failed", "complete"})
        if (post := next(ended, None)) is not None:
            del self.posts[post.publish_id]
            self.posts_by_account[post.open_id].remove(post)
            if post.upload is not None:
                del self.uploads[post.upload.id]
