"""Comments are kept for as long as was set, by threads, and what was forgotten is not fetched again."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlmodel import select

from app.comments.models import Comment
from app.kit.clock import utcnow
from app.resources import Resources
from tests.ads.conftest import TikTok
from tests.ads.desk import OPERATOR
from tests.comments.own_posts import open_own_posts

_DAY = 86_400.0


async def texts_of(app: Resources) -> set[str]:
    async with app.read() as session:
        return set((await session.exec(select(Comment.text))).all())


@pytest.mark.both_databases
async def test_a_thread_is_forgotten_when_its_last_comment_is_old_and_never_fetched_again(
    tmp_path: Path, database_url: str, tiktok: TikTok
):
    async with open_own_posts(tmp_path, database_url, tiktok, OPERATOR, comments_days=60) as posts:
        inbox = posts.inbox
        [ad] = await inbox.make_ads(1, days=100)
        item_id = await posts.make_post(days=100)
        places = {"ad": partial(inbox.say, ad), "post": partial(posts.say, item_id)}
        for word, say in places.items():
            old = await say(f"old {word}", seconds_ago=50 * _DAY)
            await say(f"answer {word}", answers=old, seconds_ago=49 * _DAY)
            kept = await say(f"goes on {word}", seconds_ago=50 * _DAY)
            await say(f"new answer {word}", answers=kept, seconds_ago=_DAY)
            await say(f"never {word}", seconds_ago=70 * _DAY)
        await inbox.sync()
        everything = await texts_of(inbox.app)
        assert not any(text.startswith("never") for text in everything)
        await inbox.run("comments.sweep")
        assert await texts_of(inbox.app) == everything
        shorter = inbox.app.settings.model_copy(update={"comments_days": 30})
        object.__setattr__(inbox.app, "settings", shorter)
        await inbox.run("comments.sweep")
        left = await texts_of(inbox.app)
        assert everything - left == {"old ad", "answer ad", "old post", "answer post"}
        found = await inbox.texts(q="old")
        assert found == []
        long_ago = utcnow() - timedelta(days=2)
        await inbox.sync(deep_at=long_ago, whole_at=long_ago, next_at=long_ago)
        assert await texts_of(inbox.app) == left
