"""A business account with posts of its own at an emulated TikTok, and the events that TikTok sends about them."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlmodel import col, select

from app.accounts.connect.link import link_account
from app.accounts.models import Account, AccountKind
from app.accounts.tokens import vault
from app.emulator.business_api.people import ACCOUNT_SCOPES
from app.kit.clock import utcnow
from app.resources import Resources
from app.webhooks.inbox import WEBHOOK_PATH
from app.webhooks.models import WebhookEvent
from tests.accounts.business.support import BULLETIN
from tests.accounts.support import load_account
from tests.ads.conftest import TikTok
from tests.ads.desk import APP, control
from tests.comments.inbox import Inbox, open_inbox
from tests.webhooks.support import list_events, make_event, sign


@dataclass
class OwnPosts:
    """The inbox of a newsroom whose business account posts."""

    inbox: Inbox
    account: Account

    @property
    def tiktok(self) -> TikTok:
        return self.inbox.tiktok

    async def make_post(self, caption: str = "A post", days: float = 3, **more: Any) -> str:
        """Let the account have posted something some days ago."""
        wish = {"open_id": self.account.open_id, "caption": caption, "seconds_ago": days * 86_400, **more}
        answer = await control(self.tiktok, "posts", **wish)
        return str(answer.json()["item_id"])

    async def say(self, item_id: str, text: str | None, *, silent: bool = True, **more: Any) -> str:
        """Let a reader comment, without a text by a picture; unless `silent`, TikTok has an event of it."""
        answer = await control(self.tiktok, "organic-comments", item_id=item_id, text=text, silent=silent, **more)
        return str(answer.json()["comment_id"])

    async def change(self, comment_id: str, **changes: Any) -> None:
        await control(self.tiktok, f"organic-comments/{comment_id}", **changes)

    async def there(self, item_id: str) -> list[dict[str, Any]]:
        """What stands under a post at TikTok."""
        answer = await self.tiktok.http.get("/_emulator/business/organic-comments", params={"item_id": item_id})
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def deliver(self) -> int:
        """Let all events of TikTok's so far come, also those that came before; tell how many were new."""
        before = len(await self.events())
        notices = (await self.tiktok.http.get("/_emulator/business/notices")).json()["items"]
        for notice in notices:
            assert (await self.send_event(json.dumps(notice["body"]).encode())).status_code == 200
        events = await self.events()
        for event in events:
            await self.inbox.run("comments.tiktok_event", event.id)
        return len(events) - before

    async def send_event(self, body: bytes, *, secret: str = APP["business_app_secret"]) -> httpx.Response:
        return await self.inbox.http.post(WEBHOOK_PATH, content=body, headers={"tiktok-signature": sign(secret, body)})

    def event_body(self, item_id: str, comment_id: str, action: str) -> bytes:
        """An event as TikTok writes it: its ids are bare numbers."""
        content = {"comment_id": int(comment_id), "video_id": int(item_id), "parent_comment_id": 0,
                   "comment_type": "comment", "comment_action": action, "timestamp": 1_796_000_000_000}  # fmt: skip
        return make_event("comment.update", self.account.open_id, content, client_key=APP["business_app_id"])

    async def events(self) -> Sequence[WebhookEvent]:
        return await list_events(self.inbox.app)


async def link_business(app: Resources, tiktok: TikTok, open_id: str = BULLETIN) -> Account:
    """A connected business account whose tokens are good at that TikTok."""
    pair = (await control(tiktok, "account-tokens", open_id=open_id, scopes=list(ACCOUNT_SCOPES))).json()
    now = utcnow()
    grant = vault.Grant(
        access_token=pair["access_token"],
        refresh_token=pair["refresh_token"],
        scopes=ACCOUNT_SCOPES,
        obtained_at=now,
        expires_at=now + timedelta(days=1),
        refresh_expires_at=now + timedelta(days=365),
    )
    account_id = await link_account(app, open_id, grant, kind=AccountKind.business)
    async with app.transaction() as session:
        account = (await session.exec(select(Account).where(col(Account.id) == account_id))).one()
        account.display_name, account.username = "Daily Bulletin", "daily.bulletin"
        session.add(account)
    return await load_account(app, account_id)


@asynccontextmanager
async def open_own_posts(
    folder: Path, database_url: str, tiktok: TikTok, user_id: str | None = None, **changes: Any
) -> AsyncIterator[OwnPosts]:
    """With `user_id` an advertiser has consented besides."""
    async with open_inbox(folder, database_url, tiktok, user_id, **changes) as inbox:
        yield OwnPosts(inbox, await link_business(inbox.app, tiktok))
