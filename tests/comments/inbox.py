"""The inbox as an editor's program uses it: the whole app, the worker's jobs by hand, and TikTok over real HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa
from sqlmodel import col, select

from app.comments import jobs  # noqa: F401 - they register themselves
from app.comments.models import Comment, CommentFeed, CommentSweep
from app.comments.models_said import CommentReply, OwnComment
from app.jobs import JOBS
from app.kit.clock import utcnow
from app.outbox.models import OutboxEvent
from app.resources import Resources, open_resources
from tests.ads.conftest import TikTok
from tests.ads.desk import FIRST, app_settings, consent, control, wake_nobody
from tests.support.whole_app import log_in_program, make_admin, open_client


@dataclass
class Inbox:
    """An editor's way to the comments of one ad account."""

    http: httpx.AsyncClient
    app: Resources
    tiktok: TikTok

    async def get(self, path: str = "", **query: Any) -> Any:
        answer = await self.http.get(f"/api/comments{path}", params=query)
        assert answer.is_success, answer.text
        return answer.json()

    async def texts(self, **query: Any) -> list[str]:
        return [one["text"] for one in (await self.get(**query))["items"]]

    async def post(self, path: str, **body: Any) -> httpx.Response:
        return await self.http.post(f"/api/comments/{path}", json=body)

    async def put(self, path: str, **body: Any) -> httpx.Response:
        return await self.http.put(f"/api/comments/{path}", json=body)

    async def make_ads(self, count: int = 1, days: int = 3, **more: Any) -> list[dict[str, str]]:
        """Make ad groups with one ad each, that have run for some days."""
        answer = await control(self.tiktok, "history", campaigns=count, days=days, **more)
        items: list[dict[str, str]] = answer.json()["items"]
        return items

    async def say(self, ad: dict[str, str], text: str, **more: Any) -> str:
        """Let a reader comment on an ad; give TikTok's id."""
        answer = await control(self.tiktok, "comments", ad_id=ad["ad_id"], text=text, **more)
        return str(answer.json()["comment_id"])

    async def change(self, comment_id: str, **changes: Any) -> None:
        await control(self.tiktok, f"comments/{comment_id}", **changes)

    async def sync(self, **columns: Any) -> None:
        """Let the clock's sweeps run once; `columns` of the ad groups' rows are set before."""
        async with self.app.transaction() as session:
            await session.exec(sa.update(CommentFeed).values(next_at=utcnow()))
            if columns:
                await session.exec(sa.update(CommentSweep).values(**columns))
        await self.run("comments.find_feeds")
        async with self.app.read() as session:
            feeds = (await session.exec(select(CommentFeed.id))).all()
        for feed_id in feeds:
            await self.run("comments.sync", feed_id)

    async def run(self, job: str, *args: str) -> None:
        await JOBS[job].run({"app": self.app}, *args)

    async def count(self, endpoint: str) -> int:
        answer = await self.tiktok.http.get("/_emulator/business/counts")
        return sum(answer.json()["calls"].get(endpoint, {}).values())

    async def there(self, ad: dict[str, str]) -> list[dict[str, Any]]:
        """What stands under an ad at TikTok."""
        answer = await self.tiktok.http.get("/_emulator/business/comments", params={"ad_id": ad["ad_id"]})
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def row(self, row_id: str) -> Comment:
        async with self.app.read() as session:
            return await session.get_one(Comment, row_id)

    async def replies(self) -> list[CommentReply]:
        async with self.app.read() as session:
            return list((await session.exec(select(CommentReply).order_by(col(CommentReply.id)))).all())

    async def own_comments(self) -> list[OwnComment]:
        async with self.app.read() as session:
            return list((await session.exec(select(OwnComment).order_by(col(OwnComment.id)))).all())

    async def lose_sender(self) -> None:
        """Leave all that we say as a process does that dies between TikTok's answer and the writing of it."""
        gone = utcnow() - timedelta(minutes=5)
        values = {"state": "sending", "lease_until": gone, "sent_at": gone}
        async with self.app.transaction() as session:
            await session.exec(sa.update(CommentReply).values(reply_comment_id=None, **values))
            await session.exec(sa.update(OwnComment).values(comment_id=None, **values))

    async def told(self) -> list[OutboxEvent]:
        async with self.app.read() as session:
            return list((await session.exec(select(OutboxEvent).order_by(col(OutboxEvent.id)))).all())


@asynccontextmanager
async def open_inbox(
    folder: Path, database_url: str, tiktok: TikTok, user_id: str | None = None, **changes: Any
) -> AsyncIterator[Inbox]:
    settings = app_settings(folder, database_url, tiktok.address, **changes)
    async with open_resources(settings) as opened, open_client(opened) as http:
        wake_nobody(opened)
        await make_admin(opened)
        await log_in_program(http, opened)
        inbox = Inbox(http, opened, tiktok)
        if user_id is not None:
            await consent(opened, tiktok, user_id, advertiser_ids=[FIRST])
        yield inbox
