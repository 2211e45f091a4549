"""Answering a comment, once."""

from app.ads.desk.errors import MissingAtTikTok
from app.comments.act.saying import Told, check_text, say
from app.comments.act.targets import UnderComment
from app.comments.actions import By
from app.comments.allowed import WhyNot, read_standing
from app.comments.errors import CannotAnswer
from app.comments.lookup import get_comment
from app.comments.models_said import CommentReply
from app.comments.store import mark_gone
from app.resources import Resources


async def reply(app: Resources, by: By, row_id: str, text: str, *, again: bool = False) -> Told[CommentReply]:
    """Answer a comment. The same text again is the same answer, unless `again` says that it is meant.

    Raises CommentNotFound, InvalidInput, RoleForbids and CannotAnswer before anything is sent, CannotAnswer also where
    TikTok has the comment no more, and what `say` raises.
    """
    row = await get_comment(app, row_id)
    spot = UnderComment(row)
    cleaned = check_text(text, spot.longest)
    async with app.read() as session:
        why = (await read_standing(session, app, [row])).why_not(row)
    if why is not None and why is not WhyNot.role_forbids:
        raise CannotAnswer(why)
    try:
        return await say(app, by, spot, cleaned, again=again)
    except MissingAtTikTok as error:
        async with app.transaction() as session:
            await mark_gone(session, [row])
        raise CannotAnswer(WhyNot.comment_gone) from error
