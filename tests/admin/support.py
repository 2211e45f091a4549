"""A newsroom with posts in every state, and an editor who goes through its pages without script."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from html import unescape
from typing import Any, cast

import httpx
from argon2 import PasswordHasher
from litestar import Litestar
from PIL import Image
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account
from app.articles.intake.batches import plan_with
from app.auth.cookies import cookie_name
from app.auth.guards import CSRF_FIELD
from app.auth.models import Admin, LoginSession
from app.auth.tokens import hash_token, issue_token
from app.config import Settings
from app.emulated import emulate_business
from app.kit.clock import utcnow
from app.kit.ids import new_id, new_token
from app.media.models import MediaAsset, MediaFetch
from app.messages import timeline
from app.posts.models import AttemptOutcome, Post, PostEvent, PostState
from app.posts.plan.planner import PostPlanner
from app.posts.sentences import event_sentence, with_messages
from app.resources import Resources, open_resources
from app.tiktok.catalogue import explain_fail_reason
from tests.builders import make_account, make_article, make_attempt, make_post, make_source

EMAIL = "editor@newsroom.example"
PASSWORD = "correct horse battery staple"
SETTINGS = "/admin/settings/social-media"


@dataclass
class Editor:
    """A browser without script: it fills in forms with the token that stands in them."""

    client: httpx.AsyncClient

    async def log_in(self, **form: str) -> httpx.Response:
        data = {"email": EMAIL, "password": PASSWORD, **form}
        return await self.client.post("/admin/login", data=data, follow_redirects=False)

    async def open(self, path: str, status: int = 200, headers: dict[str, str] | None = None) -> str:
        answer = await self.client.get(path, headers=headers, follow_redirects=True)
        assert answer.status_code == status, answer.text[:2000]
        return answer.text

    async def submit(self, path: str, page: str = SETTINGS, **form: str) -> httpx.Response:
        """Send a form of a page as it stands there."""
        token = csrf_token(await self.open(page))
        return await self.client.post(path, data={CSRF_FIELD: token, **form}, follow_redirects=False)


def csrf_token(page: str) -> str:
    found = re.search(rf'name="{CSRF_FIELD}" value="([0-9a-f]{{128}})"', page)
    assert found, "the page has no form with a token"
    return found[1]


def text_of(page: str) -> str:
    """What a person reads, roughly."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", page)))


@asynccontextmanager
async def open_editor(app: Litestar, resources: Resources) -> AsyncIterator[Editor]:
    """Put a browser before the app, which works with these resources."""
    app.state.resources = resources
    plan_with(resources, PostPlanner())
    transport = httpx.ASGITransport(cast("Any", app), raise_app_exceptions=False, client=("203.0.113.7", 50000))
    async with httpx.AsyncClient(transport=transport, base_url=resources.settings.public_url) as client:
        yield Editor(client)


async def make_editor(resources: Resources) -> None:
    async with resources.transaction() as session:
        session.add(Admin(email=EMAIL, password_hash=_hash()))


async def make_login(editor: Editor, resources: Resources) -> None:
    """Log the editor in without the form: hashing a password takes its time on purpose."""
    now, jti = utcnow(), new_token()
    expires_at = now + timedelta(hours=1)
    async with resources.transaction() as session:
        admin = (await session.exec(select(Admin).where(Admin.email == EMAIL))).one()
        session.add(LoginSession(admin_id=admin.id, token_hash=hash_token(jti), expires_at=expires_at))
    keys = resources.settings.secret_keys
    token = issue_token(keys, admin_id=admin.id, jti=jti, now=now, expires_at=expires_at)
    editor.client.cookies.set(cookie_name(resources.settings), token, domain="127.0.0.1", path="/")


@cache
def _hash() -> str:
    return PasswordHasher().hash(PASSWORD)


async def make_newsroom(resources: Resources, **article: Any) -> dict[PostState, str]:
    """An account, a source, and one post in every state, each with pictures; return the posts' ids."""
    async with resources.transaction() as session:
        account = await make_account(session, display_name="Aimaq Live", mode="approve")
        source = await make_source(session, name="Aimaq news")
        ids = {}
        for state in PostState:
            row = await make_article(session, source_id=source.id, **{"title": f"Title of {state}", **article})
            ids[state] = (await make_full_post(session, row.id, account, state, title=row.title)).id
    await asyncio.to_thread(draw_pictures, resources)
    return ids


async def make_full_post(
    session: AsyncSession, article_id: str, account: Account, state: PostState, **changes: Any
) -> Post:
    values = {
        "article_id": article_id,
        "account_id": account.id,
        "state": state,
        "mode": account.settings.mode,
        "description": "What happened.\n\n#kazakhstan #news",
        "hashtags": ["#kazakhstan", "#news"],
        "media_count": 2,
        "preview_token": new_id(),
        **_OF_STATE.get(state, {}),
    }
    if state is PostState.scheduled:
        values["scheduled_at"] = utcnow() + timedelta(hours=2)
    post = await make_post(session, **with_messages(values | changes))
    for position in range(2):
        session.add(_asset(post.id, position))
    session.add(PostEvent(post_id=post.id, from_state=None, to_state="queued", **event_sentence(timeline.ARRIVED)))
    if state is not PostState.queued:
        session.add(PostEvent(post_id=post.id, from_state="queued", to_state=state, **event_sentence(timeline.DUE)))
    if state in _OUTCOMES:
        await _add_attempt(session, post, _OUTCOMES[state])
    await session.flush()
    return post


async def _add_attempt(session: AsyncSession, post: Post, outcome: AttemptOutcome) -> None:
    token = new_id()
    await make_attempt(
        session, post, media_token=token, outcome=outcome, publish_id="p_pub_url~v2.1", log_id="20261121A"
    )
    session.add(MediaFetch(token=token, position=0, method="GET", status=200, user_agent="TikTokBot"))


def _asset(post_id: str, position: int) -> MediaAsset:
    return MediaAsset(
        owner_id=post_id,
        position=position,
        source_url="https://news.example/1.jpg",
        path=f"aa/{position}.jpg",
        width=540,
        height=960,
        size=1,
        sha256="0" * 64,
    )


def draw_pictures(resources: Resources) -> None:
    folder = resources.media_dir / "aa"
    folder.mkdir(parents=True, exist_ok=True)
    for position in range(2):
        Image.new("RGB", (540, 960), (20, 90, 110 + 60 * position)).save(folder / f"{position}.jpg", "JPEG")


def arrange(settings: Settings, act: Callable[[Resources], Awaitable[Any]]) -> Any:
    """Change the database of a running installation from a browser test, whose thread belongs to playwright's loop."""

    async def run() -> Any:
        async with open_resources(settings, emulate=emulate_business) as resources:
            return await act(resources)

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(run())).result()


_OUTCOMES = {
    PostState.publishing: AttemptOutcome.accepted,
    PostState.published: AttemptOutcome.accepted,
    PostState.unconfirmed: AttemptOutcome.unknown,
    PostState.failed: AttemptOutcome.refused,
}
_OF_STATE: dict[PostState, dict[str, Any]] = {
    PostState.scheduled: {"state_reason": "daily_cap", "state_detail": "The account has used up its 15 posts."},
    PostState.awaiting_approval: {
        "state_reason": "approval",
        "media_problems": ["https://news.example/4.jpg: no picture"],
    },
    PostState.unconfirmed: {"state_reason": "worker_lost", "state_detail": "The worker was lost."},
    PostState.failed: {
        "fail_reason": "spam_risk",
        "fail_help": explain_fail_reason("spam_risk").words,
    },
    PostState.published: {
        "share_url": "https://www.tiktok.com/@aimaq/photo/7400000000000000001",
        "post_ids": ["7400000000000000001"],
        "alert": "article_unpublished",
    },
}
