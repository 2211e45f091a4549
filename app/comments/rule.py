"""The rule of which comments the newsroom is told."""

from collections.abc import Sequence

from sqlmodel.ext.asyncio.session import AsyncSession

from app.audit.record import record
from app.comments.models import CommentRule
from app.kit.clock import utcnow
from app.kit.text import clean
from app.kit.upsert import upsert

_RULE = "rule"
_FIELDS = ("words", "negative", "questions", "every")


async def read_rule(session: AsyncSession) -> CommentRule:
    """Give the rule as it was set, or the first one: complaints and questions."""
    return await session.get(CommentRule, _RULE) or CommentRule()


async def set_rule(
    session: AsyncSession, *, words: Sequence[str], negative: bool, questions: bool, every: bool
) -> CommentRule:
    """Set it as a whole."""
    before = await read_rule(session)
    told = {name: getattr(before, name) for name in _FIELDS}
    listed = list(dict.fromkeys(word for word in map(clean, words) if word))
    row = CommentRule(words=listed, negative=negative, questions=questions, every=every, updated_at=utcnow())
    await upsert(session, row, key=("id",), change=(*_FIELDS, "updated_at"))
    after = {name: getattr(row, name) for name in _FIELDS}
    record(session, "comments.rule_changed", object_kind="comments", object_id=_RULE, before=told, after=after)
    return row
