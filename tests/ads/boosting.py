"""Boosts as an admin makes them: the whole app, its worker's jobs, and TikTok's side over real HTTP."""

import itertools
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from app.accounts.connect.link import link_account
from app.accounts.models import AccountKind
from app.accounts.tokens import vault
from app.ads import jobs  # noqa: F401 - they register themselves
from app.ads.boosts import carry_out, lease, once, service
from app.ads.models import Boost
from app.emulator.business_api.first import FIRST_ACCOUNT
from app.emulator.business_api.people import ACCOUNT_SCOPES
from app.emulator.world.spark_codes import LentPost, write_spark_code
from app.jobs import JOBS
from app.kit import failpoints
from app.kit.clock import utcnow
from app.outbox.models import OutboxEvent
from app.outbox.models_endpoints import Channel, NotificationEndpoint
from app.posts.models import Post
from app.resources import Resources, open_resources
from tests.ads.conftest import ADVERTISER, TOKEN, TikTok
from tests.ads.desk import app_settings, control, wake_nobody
from tests.builders import make_account, make_post
from tests.support.whole_app import log_in_program, make_admin, open_app

WISH: Mapping[str, Any] = {"advertiser_id": ADVERTISER, "budget": 25, "days": 3}
_ITEMS = itertools.count(7_490_000_000_000_000_001)


class Killed(BaseException):
    """The worker dies here: no handler of ours may catch it."""


@contextmanager
def _armed(point: str) -> Iterator[None]:
    """Let whoever comes to a point first die there, with the lease in its hands."""
    seen = itertools.count(1)

    def take(_folder: Path, name: str) -> None:
        if name == point and next(seen) == 1:
            raise Killed

    async def keep(*_given: object, **_how: object) -> None:
        """The dead give no lease back."""

    with (
        patch.object(failpoints, "_folder", Path("armed")),
        patch.object(failpoints, "_take", take),
        patch.object(lease, "_set_lease", keep),
    ):
        yield


@dataclass
class Newsroom:
    """An admin's way to boosts, a post that is out, and the worker's jobs by hand."""

    http: httpx.AsyncClient
    app: Resources
    tiktok: TikTok
    codes: dict[str, str] = field(default_factory=dict)

    async def publish(self, *, username: str = "aimaq", **changes: Any) -> str:
        """Have a post that is out, and the Spark code that its owner has made in TikTok's app."""
        item_id = str(next(_ITEMS))
        values: dict[str, Any] = {
            "state": "published",
            "kind": "video",
            "title": "Жаңа мектеп 🎉",
            "post_ids": [item_id],
        }
        async with self.app.transaction() as session:
            account = await make_account(session, username=username, privacy_level="PUBLIC_TO_EVERYONE")
            post = await make_post(session, account_id=account.id, **(values | changes))
        lent = LentPost(item_id, username, "VIDEO", int(utcnow().timestamp()), 30)
        self.codes[post.id] = write_spark_code(lent)
        return post.id

    async def publish_own(self, **changes: Any) -> str:
        """Have a post that is out, of a business account that is connected here; nobody has made a code for it."""
        answer = await control(self.tiktok, "posts", open_id=FIRST_ACCOUNT)
        item_id = answer.json()["item_id"]
        account_id = await self._connect(FIRST_ACCOUNT)
        values = {"state": "published", "kind": "video", "title": "Жаңа мектеп", "post_ids": [item_id]}
        async with self.app.transaction() as session:
            post = await make_post(session, account_id=account_id, **(values | changes))
        return post.id

    async def link(self, kind: str = "TT_USER", open_id: str = FIRST_ACCOUNT) -> dict[str, Any]:
        """Link a TikTok account to the ad account, or share it through the business center."""
        linked: dict[str, Any] = (await control(self.tiktok, "links", open_id=open_id, identity_type=kind)).json()
        return linked

    async def connect_owner(self, post_id: str, boost_id: str) -> None:
        """Let the post be one of a business account that is connected here."""
        answer = await self.tiktok.http.get("/_emulator/business/accounts")
        open_id = next(one["open_id"] for one in answer.json()["items"] if one["username"] == "aimaq")
        account_id = await self._connect(open_id)
        async with self.app.transaction() as session:
            await session.exec(sa.update(Post).where(col(Post.id) == post_id).values(account_id=account_id))
            await session.exec(sa.update(Boost).where(col(Boost.id) == boost_id).values(account_id=account_id))

    async def _connect(self, open_id: str) -> str:
        pair = (await control(self.tiktok, "account-tokens", open_id=open_id, scopes=list(ACCOUNT_SCOPES))).json()
        now = utcnow()
        grant = vault.Grant(
            access_token=pair["access_token"], refresh_token=pair["refresh_token"], scopes=ACCOUNT_SCOPES,
            obtained_at=now, expires_at=now + timedelta(days=90), refresh_expires_at=now + timedelta(days=365),
        )  # fmt: skip
        return await link_account(self.app, open_id, grant, kind=AccountKind.business)

    async def boost(self, post_id: str, **changes: Any) -> httpx.Response:
        body = {**WISH, "auth_code": self.codes.get(post_id), **changes}
        return await self.http.post(f"/api/posts/{post_id}/boost", json=body)

    async def begin(self, post_id: str, **changes: Any) -> str:
        answer = await self.boost(post_id, **changes)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["boost_id"])

    async def run(self, boost_id: str) -> dict[str, Any]:
        """Let the worker do what is due, as the sweep would have it done in a while."""
        await self.hurry(boost_id)
        await JOBS["ads.boost"].run({"app": self.app}, boost_id)
        return await self.show(boost_id)

    async def made(self, post_id: str, **changes: Any) -> str:
        boost_id = await self.begin(post_id, **changes)
        told = await self.run(boost_id)
        assert told["state"] == "ready", told
        return boost_id

    async def hurry(self, boost_id: str) -> None:
        async with self.app.transaction() as session:
            await session.exec(sa.update(Boost).where(col(Boost.id) == boost_id).values(next_at=utcnow()))

    async def show(self, boost_id: str) -> dict[str, Any]:
        answer = await self.http.get(f"/api/boosts/{boost_id}")
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def click(self, boost_id: str, what: str) -> dict[str, Any]:
        answer = await self.http.post(f"/api/boosts/{boost_id}/{what}")
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def told(self) -> list[OutboxEvent]:
        async with self.app.read() as session:
            return list((await session.exec(select(OutboxEvent).order_by(col(OutboxEvent.id)))).all())

    async def there(self, path: str, **query: str) -> list[dict[str, Any]]:
        """List what TikTok has, deleted ones left out."""
        data = await self.tiktok.ask(path, advertiser_id=ADVERTISER, page_size="1000", **query)
        found: list[dict[str, Any]] = data["list"]
        return found

    async def switches(self, told: Mapping[str, Any]) -> list[str]:
        """How the campaign, the ad group and the ad of a boost are switched at TikTok."""
        found = []
        for kind in ("campaign", "adgroup", "ad"):
            by_id = {one[f"{kind}_id"]: one["operation_status"] for one in await self.there(f"{kind}/get/")}
            found.append(by_id[told[f"{kind}_id"]])
        return found

    async def count(self, endpoint: str) -> int:
        """How often TikTok said yes to it."""
        counts = (await self.tiktok.http.get("/_emulator/business/counts")).json()["calls"]
        return int(counts.get(endpoint, {}).get("0", 0))

    async def pass_time(self, **spans: float) -> None:
        await control(self.tiktok, "clock", **spans)

    async def die_at(self, point: str, boost_id: str) -> None:
        """Run the worker until it reaches a point, and let it die there with its lease."""
        with _armed(point), pytest.raises(Killed):
            await self.run(boost_id)
        await self.let_leases_end()

    async def click_and_die(self, boost_id: str, what: str, point: str) -> None:
        """Click, and let the process that does it die at a point."""
        if what == "stop":
            await self.click(boost_id, "start")
        decide = {"start": service.start_boost, "stop": service.stop_boost}[what]
        with _armed(point), pytest.raises(Killed):
            await decide(self.app, boost_id)
        await self.let_leases_end()

    async def let_leases_end(self) -> None:
        async with self.app.transaction() as session:
            await session.exec(sa.update(Boost).values(lease_until=utcnow() - timedelta(seconds=1)))


@asynccontextmanager
async def open_newsroom(
    folder: Path, database_url: str, tiktok: TikTok, monkeypatch: pytest.MonkeyPatch, **settings: object
) -> AsyncIterator[Newsroom]:
    monkeypatch.setattr(carry_out, "PAUSES", (0.01,))
    # Of the emulator nothing is late: what it does not show was not made.
    monkeypatch.setattr(once, "SETTLED_AFTER", timedelta(0))
    await control(tiktok, "settings", limits_enabled=False, review_seconds=0)
    made = app_settings(folder, database_url, tiktok.address, **settings)
    async with open_resources(made) as opened, open_app(opened) as caller:
        wake_nobody(opened)
        await make_admin(opened)
        await log_in_program(caller.http, opened)
        await caller.http.post("/api/ads/advertisers/sync")
        async with opened.transaction() as session:
            session.add(
                NotificationEndpoint(channel=Channel.webhook, address="https://x.example", events=["ads.boost"])
            )
        yield Newsroom(caller.http, opened, tiktok)


@pytest.fixture
async def newsroom(
    tmp_path: Path, database_url: str, tiktok: TikTok, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Newsroom]:
    """On both databases (parametrized)."""
    async with open_newsroom(tmp_path, database_url, tiktok, monkeypatch) as opened:
        yield opened


__all__ = ["ADVERTISER", "TOKEN", "WISH", "Newsroom", "newsroom", "open_newsroom"]
