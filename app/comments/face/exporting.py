"""The inbox as CSV, line by line: spreadsheets open it without harm."""

import csv
import io
from collections.abc import AsyncIterator, Sequence

from app.comments.face.selecting import Wanted, walk_comments
from app.comments.models import Comment
from app.kit.clock import rfc3339
from app.resources import Resources

COLUMNS = (
    "id", "comment_id", "parent_comment_id", "source", "owner_id", "ad_id", "ad_name", "created_at", "author", "text",
    "language", "likes", "replies", "status", "state", "is_own", "hit_word", "assigned_to",
    "item_id", "image_url",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


async def write_csv(app: Resources, wanted: Wanted) -> AsyncIterator[bytes]:
    """Give the file piece by piece; memory stays flat however many there are."""
    yield _lines([COLUMNS])
    async for rows in walk_comments(app, wanted):
        yield _lines([_row(row) for row in rows])


def _row(row: Comment) -> Sequence[str]:
    return (
        row.id, row.comment_id, row.parent_comment_id or "", row.source.value, row.owner_id, row.ad_id or "",
        row.ad_name, rfc3339(row.created_at), row.author_name, row.text, row.language, str(row.likes),
        str(row.replies), row.status, row.state.value, "yes" if row.is_own else "no", row.hit_word or "",
        row.assignee_id or "", row.item_id or "", row.image_url,
    )  # fmt: skip


def _lines(rows: Sequence[Sequence[str]]) -> bytes:
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n").writerows([safe_cell(cell) for cell in row] for row in rows)
    return file.getvalue().encode()


def safe_cell(cell: str) -> str:
    """Keep a spreadsheet from carrying out what a reader wrote: what looks like a formula gets an apostrophe."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell
