"""Somebody who goes through the inbox without script, and the readers who comment."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

import httpx
import sqlalchemy as sa
from sqlmodel import col, select

from app.auth.models import Admin, Role
from app.comments import jobs  # noqa: F401 - they register themselves
from app.comments.models import Comment, CommentFeed
from app.jobs import JOBS
from app.kit.clock import utcnow
from app.resources import Resources
from tests.admin.support import EMAIL, Editor, text_of
from tests.ads.conftest import TikTok
from tests.ads.desk import FIRST, OPERATOR, consent, control

__all__ = ["FIRST", "InboxDesk"]
HOME = "/social/"


@dataclass
class InboxDesk:
    """The editor, the installation, and TikTok."""

    editor: Editor
    app: Resources
    tiktok: TikTok

    async def connect(self, user_id: str = OPERATOR) -> None:
        await consent(self.app, self.tiktok, user_id, advertiser_ids=[FIRST])

    async def make_ad(self) -> dict[str, str]:
        answer = await control(self.tiktok, "history", campaigns=1, days=3)
        made: dict[str, str] = answer.json()["items"][0]
        return made

    async def say(self, ad: dict[str, str], text: str, **more: Any) -> str:
        answer = await control(self.tiktok, "comments", ad_id=ad["ad_id"], text=text, **more)
        return str(answer.json()["comment_id"])

    async def hear(self, text: str) -> tuple[dict[str, str], Comment]:
        """Have one comment in the inbox; give its ad and its row."""
        await self.connect()
        ad = await self.make_ad()
        await self.say(ad, text)
        await self.sync()
        return ad, await self.row(text)

    async def sync(self) -> None:
        async with self.app.transaction() as session:
            await session.exec(sa.update(CommentFeed).values(next_at=utcnow()))
        await JOBS["comments.find_feeds"].run({"app": self.app})
        async with self.app.read() as session:
            feeds = (await session.exec(select(CommentFeed.id))).all()
        for feed_id in feeds:
            await JOBS["comments.sync"].run({"app": self.app}, feed_id)

    async def sync_anew(self) -> None:
        """The same, with the ads asked anew."""
        async with self.app.transaction() as session:
            await session.exec(sa.update(CommentFeed).values(places_at=None))
        await self.sync()

    async def html(self, path: str = HOME, status: int = 200, *, is_part: bool = False) -> str:
        return await self.editor.open(path, status, {"HX-Request": "true"} if is_part else None)

    async def text(self, path: str = HOME, status: int = 200) -> str:
        return text_of(await self.html(path, status))

    async def send(self, path: str, page: str = HOME, **form: Any) -> httpx.Response:
        return await self.editor.submit(path, page, **form)

    async def row(self, text: str) -> Comment:
        async with self.app.read() as session:
            return (await session.exec(select(Comment).where(Comment.text == text))).one()

    async def there(self, ad: dict[str, str]) -> list[dict[str, Any]]:
        """What stands under an ad at TikTok."""
        answer = await self.tiktok.http.get("/_emulator/business/comments", params={"ad_id": ad["ad_id"]})
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def become_editor(self) -> None:
        async with self.app.transaction() as session:
            session.add(Admin(email="other@newsroom.example", password_hash="x"))
            await session.exec(sa.update(Admin).where(col(Admin.email) == EMAIL).values(role=Role.editor))


def shown_texts(page: str) -> list[str]:
    """The comments of the queue, in their order."""
    return [
        unescape(text) for text in re.findall(r'class="comment-open".*?<q class="comment-text"[^>]*>(.*?)</q>', page)
    ]
