"""The files by which TikTok verifies that an address is ours.

A name is looked up as a whole, in a table or in a listing, and never joined to a path.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.audit.record import record
from app.config import ROOT
from app.errors import BadRequest, Conflict, Invalid, NotFound
from app.media.holds import ask_probe
from app.media.models import VerificationFile
from app.messages import refusals

PUBLIC_DIR = ROOT / "public"
MAX_BYTES = 1024

_NAME = re.compile(r"tiktok[A-Za-z0-9_-]{1,64}\.txt")


async def save_verification_file(session: AsyncSession, filename: str, content: str) -> VerificationFile:
    """Store a file as TikTok gave it, in place of one with the same name. Raises Invalid."""
    if not is_verification_name(filename):
        raise Invalid(
            refusals.FILE_NAME,
            code="verification_filename",
        )
    if not content or "\x00" in content or len(_encoded(content)) > MAX_BYTES:
        raise Invalid(refusals.FILE_CONTENT, code="verification_content")
    file = await session.get(VerificationFile, filename)
    if file is None:
        file = VerificationFile(filename=filename, content=content)
    record(session, "file.stored", object_kind="file", object_id=filename, object_name=filename,
           before={"content": file.content}, after={"content": content})  # fmt: skip
    file.content, file.found_at = content, None
    session.add(file)
    try:
        await session.flush()
    except IntegrityError as error:
        raise Conflict(refusals.FILE_TAKEN) from error
    await ask_probe(session)
    return file


async def list_verification_files(
    session: AsyncSession, *, limit: int = 50, cursor: str | None = None
) -> tuple[Sequence[VerificationFile], str | None]:
    """One page of files by name, and where the next begins. Raises BadRequest for a cursor that was never given out."""
    if cursor is not None and not is_verification_name(cursor):
        raise BadRequest(refusals.BAD_CURSOR)
    limit = max(1, min(limit, 200))
    query = select(VerificationFile).order_by(col(VerificationFile.filename)).limit(limit + 1)
    if cursor:
        query = query.where(col(VerificationFile.filename) > cursor)
    files = (await session.exec(query)).all()
    return files[:limit], files[limit - 1].filename if len(files) > limit else None


async def delete_verification_file(session: AsyncSession, filename: str) -> None:
    """Forget a file. Raises NotFound."""
    file = await session.get(VerificationFile, filename) if is_verification_name(filename) else None
    if file is None:
        raise NotFound(refusals.NO_FILE)
    record(session, "file.removed", object_kind="file", object_id=filename, object_name=filename)
    await session.delete(file)
    await session.flush()


async def read_verification_file(session: AsyncSession, filename: str, *, public_dir: Path = PUBLIC_DIR) -> bytes:
    """A file's bytes: from the table, else from the public folder. Raises NotFound."""
    if is_verification_name(filename):
        file = await session.get(VerificationFile, filename)
        if file is not None:
            return file.content.encode()
        for path in _listed(public_dir):
            if path.name == filename:
                return path.read_bytes()[:MAX_BYTES]
    raise NotFound(refusals.NOTHING_THERE)


def is_verification_name(filename: str) -> bool:
    """Tell whether a name is one that TikTok gives to such a file."""
    return _NAME.fullmatch(filename) is not None


def _listed(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []


def _encoded(content: str) -> bytes:
    try:
        return content.encode()
    except UnicodeEncodeError as error:
        raise Invalid(refusals.NO_TEXT, code="verification_content") from error
