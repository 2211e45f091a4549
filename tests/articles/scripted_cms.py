"""A CMS, or a news site, on a real socket: it says what a test has it say."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from app.articles.lookups.look_up import look_up
from app.articles.models import ArticleLookup
from app.kit.clock import utcnow
from app.resources import Resources
from tests.articles.conftest import FakePlanner, all_rows, open_client
from tests.tiktok.scripted import http_answer


class Cms:
    """A CMS on a real socket: what it answers, and what it was asked."""

    def __init__(self) -> None:
        self.answers: list[bytes] = []
        self.asked: list[str] = []
        self.url = ""


async def deliver(resources: Resources, made: Any, sample: Any) -> Any:
    async with open_client(resources, FakePlanner()) as client:
        return await client.post(f"/webhooks/cms/{made.source.slug}", content=sample.body, headers=sample.headers)


async def ask_now(resources: Resources) -> None:
    """Ask for all that waits, as if its time had come."""
    async with resources.transaction() as session:
        await session.exec(sa.update(ArticleLookup).values(next_attempt_at=utcnow() - timedelta(seconds=1)))
    for row in await all_rows(resources, ArticleLookup):
        async with open_client(resources, FakePlanner()):
            await look_up(resources, row.id)


def ok(body: bytes) -> bytes:
    return http_answer("200 OK", body, kind="application/json")
