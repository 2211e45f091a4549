"""Telling the newsroom of new comments: by a rule, and never as a flood."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from app.comments.models import Comment, CommentRule, CommentSource
from app.comments.store import find_word
from app.comments.tone import is_negative, is_question
from app.kit.clock import utcnow
from app.messages import comments as said
from app.messages.kinds import Quote
from app.messages.message import Message, keep_whole
from app.outbox.emit import emit, somebody_hears
from app.outbox.models import EventType

MOST_TOLD = 10
"""So many of one page are told each for itself; the rest is told as a number."""
_FRESH = timedelta(hours=24)
"""What is older was there before the inbox was: nobody is woken for it."""


async def tell_new(session: AsyncSession, new: Sequence[Comment]) -> None:
    """Tell of those that the rule names, in the transaction that has written them down."""
    since = utcnow() - _FRESH
    fresh = [row for row in new if not row.is_own and row.created_at >= since]
    if not fresh or not await somebody_hears(session, EventType.comment_new):
        return
    rule = await session.get(CommentRule, "rule") or CommentRule()
    named = [(row, why) for row in fresh if (why := why_told(rule, row)) is not None]
    for row, why in named[:MOST_TOLD]:
        about: dict[str, Any] = {
            "comment_id": row.comment_id, "id": row.id, **_owner_of(row), "ad_id": row.ad_id, "ad_name": row.ad_name,
            "item_id": row.item_id, "title": row.text[:200], "author": row.author_name, "text": row.text,
            "why": keep_whole(why),
        }  # fmt: skip
        await emit(session, EventType.comment_new, subject=f"comment:{row.id}", data=about)
    if more := named[MOST_TOLD:]:
        told = keep_whole(said.more_comments(len(more)))
        first = more[0][0]
        kind = "comments" if first.source is CommentSource.ad else "own_comments"
        data: dict[str, Any] = {**_owner_of(first), "title": "", "count": len(more), "why": told}
        await emit(session, EventType.comment_new, subject=f"{kind}:{first.owner_id}"[:64], data=data)


def _owner_of(row: Comment) -> dict[str, str | None]:
    is_ad = row.source is CommentSource.ad
    return {
        "source": row.source.value,
        "advertiser_id": row.owner_id if is_ad else None,
        "account_id": None if is_ad else row.owner_id,
    }


def why_told(rule: CommentRule, row: Comment) -> Message | None:
    """Tell why the newsroom hears of a comment; None where it does not."""
    if word := find_word(row.text, rule.words):
        return said.has_word(Quote(word))
    if rule.negative and is_negative(row.text):
        return said.SOUNDS_NEGATIVE
    if rule.questions and is_question(row.text):
        return said.IS_QUESTION
    return said.IS_NEW if rule.every else None
