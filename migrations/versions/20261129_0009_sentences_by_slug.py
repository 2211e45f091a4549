"""Sentences by slug and parameters, beside their English text.

What older versions have stored is recognised by the sentences that they had, as they stand in `frozen/`; the rest stays
a text. A process of an older version that runs meanwhile writes texts alone.
"""

import json
import re
import zlib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

FROZEN = json.loads((Path(__file__).parents[1] / "frozen" / "sentences_0009.json").read_text(encoding="utf-8"))
_TEXTS = {slug: text for text, slug in FROZEN["plain"].items()}
_ADVICE = {f"{_TEXTS[cause]} {_TEXTS[cure]}": (cause, cure) for cause, cure in FROZEN["advice"]}
_MOMENT = r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)"
_SHAPES = {"int": r"\d+", "float": r"[\d.]+", "datetime": _MOMENT, "Level": "[A-Z_]+", "Levels": "[A-Z_, ]+|nothing"}
_COLUMNS = (
    ("posts", "state_detail", "state_message"),
    ("posts", "fail_help", "fail_message"),
    ("post_events", "why", "message"),
    ("source_refusals", "detail", "message"),
)
_BATCH = 1000


def upgrade() -> None:
    for table, column in [(table, column) for table, _, column in _COLUMNS] + [("posts", "media_messages")]:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column(column, sa.JSON(), nullable=True))
    connection = op.get_bind()
    for place in _COLUMNS:
        _convert(connection, *place)
    _convert_problems(connection)


def downgrade() -> None:
    for table, column in [("posts", "media_messages")] + [(table, column) for table, _, column in reversed(_COLUMNS)]:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column(column)


def _convert(connection: sa.Connection, table: str, text: str, column: str) -> None:
    """Recognise each text once, and put it into all its rows in one statement: few sentences stand in many rows."""
    told = sa.Table(f"told_{table}_{column}", sa.MetaData(), sa.Column("text", sa.Text), sa.Column("message", sa.Text),
                    prefixes=["TEMPORARY"])  # fmt: skip
    told.create(connection)
    rows = sa.table(table, sa.column(text), sa.column(column, sa.JSON))
    distinct = sa.select(rows.c[text]).where(rows.c[text].is_not(None)).distinct()
    for batch in connection.execute(distinct).scalars().partitions(_BATCH):
        known = [{"text": one, "message": json.dumps(found)} for one in batch if (found := stored(one))]
        if known:
            connection.execute(told.insert(), known)
    if connection.dialect.name == "sqlite":
        sa.Index(f"ix_{told.name}", told.c.text).create(connection)
    message = told.c.message if connection.dialect.name == "sqlite" else sa.cast(told.c.message, sa.JSON)
    connection.execute(
        sa.update(rows).where(rows.c[text] == told.c.text).values({column: sa.type_coerce(message, sa.JSON)})
    )
    told.drop(connection)


def _convert_problems(connection: sa.Connection) -> None:
    posts = sa.table(
        "posts", sa.column("id"), sa.column("media_problems", sa.JSON), sa.column("media_messages", sa.JSON)
    )
    query = sa.select(posts.c.id, posts.c.media_problems)
    found = connection.execute(query.where(sa.cast(posts.c.media_problems, sa.Text) != "[]")).all()
    change = sa.update(posts).where(posts.c.id == sa.bindparam("b_id")).values(media_messages=sa.bindparam("b_told"))
    changes = [{"b_id": row.id, "b_told": [stored_problem(line) for line in row.media_problems]} for row in found]
    if changes:
        connection.execute(change, changes)


def stored(text: str) -> dict[str, Any] | None:
    """What a row keeps beside a text; None where it is not known."""
    found = recognise(text)
    return None if found is None else {**found, "of": f"{zlib.crc32(text.encode()):08x}"}


def stored_problem(line: str) -> dict[str, Any] | None:
    """The same for an address with what is wrong there."""
    address, _, cause = line.partition(": ")
    found = recognise(cause)
    if found is None:
        return None
    return {"code": "at", "params": {"address": address, "cause": found}, "of": f"{zlib.crc32(line.encode()):08x}"}


def recognise(text: str) -> dict[str, Any] | None:
    """Find slug and parameters of a sentence of an older version."""
    if slug := FROZEN["plain"].get(text):
        return {"code": slug, "params": {}}
    if pair := _ADVICE.get(text):
        cause, cure = ({"code": slug, "params": {}} for slug in pair)
        return {"code": "advised", "params": {"cause": cause, "cure": cure}}
    for slug, kinds, pattern in _patterns():
        if found := pattern.fullmatch(text):
            return {"code": slug, "params": {name: _value(kinds[name], value) for name, value in _groups(found)}}
    return None


def _groups(found: re.Match[str]) -> Iterator[tuple[str, str]]:
    yield from found.groupdict().items()


def _value(kind: str, text: str) -> Any:
    match kind:
        case "int":
            return int(text)
        case "float":
            return float(text)
        case "Levels":
            return [] if text == "nothing" else text.split(", ")
        case "Message":
            return recognise(text) or text
        case _:
            return text


@cache
def _patterns() -> list[tuple[str, dict[str, str], re.Pattern[str]]]:
    return [(slug, kinds, _compile(text, kinds)) for slug, text, kinds in FROZEN["patterns"]]


def _compile(text: str, kinds: dict[str, str]) -> re.Pattern[str]:
    parts = re.split(r"%\((\w+)\)s", text)
    shapes = [f"(?P<{name}>{_SHAPES.get(kinds[name], '.+')})" for name in parts[1::2]]
    literals = [re.escape(part) for part in parts[0::2]]
    return re.compile(
        "".join(literal + shape for literal, shape in zip(literals, [*shapes, ""], strict=True)), re.DOTALL
    )
