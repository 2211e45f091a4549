"""An init whose answer is lost, and a look at what is known of it."""

from typing import Any

from app.accounts.models import Account
from app.kit.clock import utcnow
from app.posts.models import Post, PostState
from app.posts.unconfirmed.evidence import gather_evidence
from tests.posts.support import Newsroom

CUT_AFTER = {"endpoint": "content_init", "cut": True, "phase": "after"}
CUT_BEFORE = {"endpoint": "content_init", "cut": True, "phase": "before"}


async def lose(newsroom: Newsroom, account: Account, *, fault: dict[str, Any] = CUT_AFTER, **changes: Any) -> Any:
    """Publish a post whose init is cut."""
    newsroom.tiktok.fail(**fault)
    post = await newsroom.publish((await newsroom.make_ready(account, **changes)).id)
    assert post.state is PostState.unconfirmed
    return post


async def look(newsroom: Newsroom, post_id: str) -> Any:
    """Have the evidence gathered now."""
    await newsroom.change(Post, post_id, next_check_at=utcnow())
    await gather_evidence(newsroom.app)
    return await newsroom.post(post_id)
