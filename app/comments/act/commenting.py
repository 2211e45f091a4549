"""A comment of the newsroom's own under a post of its own, once."""

from app.comments.act.saying import Told, check_text, say
from app.comments.act.targets import UnderPost
from app.comments.actions import By
from app.comments.allowed import why_no_comments
from app.comments.errors import CannotAnswer
from app.comments.lookup import get_post
from app.comments.models_said import OwnComment
from app.resources import Resources


async def comment_on_post(
    app: Resources, by: By, item_id: str, text: str, *, account_id: str = "", again: bool = False
) -> Told[OwnComment]:
    """Write a comment under a post. The same text again is the same comment, unless `again` says that it is meant.

    Raises OwnPostNotFound, InvalidInput and CannotAnswer before anything is sent, and what `say` raises.
    """
    post = await get_post(app, item_id, account_id)
    spot = UnderPost(post)
    cleaned = check_text(text, spot.longest)
    async with app.read() as session:
        why = (await why_no_comments(session, [post]))[post.item_id]
    if why is not None:
        raise CannotAnswer(why)
    return await say(app, by, spot, cleaned, again=again)
