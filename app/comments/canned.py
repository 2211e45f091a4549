"""Prepared answers: one text per language, with variables that are filled in from the comment."""

import re
from collections.abc import Mapping

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.ads.desk.errors import InvalidInput
from app.audit.record import describe, record
from app.comments.errors import CannedReplyNotFound
from app.comments.models import CannedReply, Comment
from app.kit.clock import utcnow
from app.kit.rows import find_row
from app.messages import comments as said

VARIABLES = ("author", "ad", "comment")
_VARIABLE = re.compile(r"\{(\w*)\}")


async def list_canned(session: AsyncSession, *, language: str = "") -> list[CannedReply]:
    """List prepared answers, by title; with a language those of it first."""
    rows = (await session.exec(select(CannedReply).order_by(sa.func.lower(CannedReply.title)))).all()
    return sorted(rows, key=lambda row: bool(language) and row.language != language)


async def get_canned(session: AsyncSession, canned_id: str) -> CannedReply:
    """Raises CannedReplyNotFound."""
    found = await find_row(session, CannedReply, canned_id)
    if found is None:
        raise CannedReplyNotFound
    return found


async def create_canned(session: AsyncSession, *, title: str, text: str, language: str) -> CannedReply:
    """Raises InvalidInput where the text names a variable that there is not."""
    check_variables(text)
    row = CannedReply(title=title, text=text, language=language)
    session.add(row)
    await session.flush()
    record(session, "canned_reply.made", object_kind="canned_reply", object_id=row.id, object_name=title,
           after=describe(row))  # fmt: skip
    return row


async def update_canned(session: AsyncSession, canned_id: str, changes: Mapping[str, str]) -> CannedReply:
    """Change what is given. Raises CannedReplyNotFound, InvalidInput."""
    row = await get_canned(session, canned_id)
    check_variables(changes.get("text", ""))
    before = describe(row)
    for name, value in changes.items():
        setattr(row, name, value)
    row.updated_at = utcnow()
    session.add(row)
    await session.flush()
    record(session, "canned_reply.changed", object_kind="canned_reply", object_id=row.id, object_name=row.title,
           before=before, after=describe(row))  # fmt: skip
    return row


async def delete_canned(session: AsyncSession, canned_id: str) -> None:
    """Raises CannedReplyNotFound."""
    row = await get_canned(session, canned_id)
    record(session, "canned_reply.removed", object_kind="canned_reply", object_id=row.id, object_name=row.title,
           before=describe(row))  # fmt: skip
    await session.exec(sa.delete(CannedReply).where(col(CannedReply.id) == canned_id))


def fill(text: str, row: Comment) -> str:
    """Fill in the variables from a comment."""
    values = {"author": row.author_name, "ad": row.ad_name, "comment": " ".join(row.text.split())[:60]}
    return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), text)


def check_variables(text: str) -> None:
    """Raises InvalidInput."""
    for name in _VARIABLE.findall(text):
        if name not in VARIABLES:
            known = ", ".join(f"{{{one}}}" for one in VARIABLES)
            raise InvalidInput({"text": said.no_such_variable(name[:40], known)})
