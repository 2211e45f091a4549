"""How comments are found: which index is asked, and that a search looks at replies too."""

from typing import Any

import pytest
import sqlalchemy as sa

from app.comments.face.selecting import Wanted, select_comments
from app.comments.models import Comment, CommentSource
from app.kit.clock import utcnow
from app.resources import Resources

_PLACES = {"ad_id": "ad_id", "item_id": "item_id", "advertiser_id": "owner_id", "language": "language"}


@pytest.mark.parametrize("filter_name", _PLACES)
async def test_looks_for_a_word_among_the_comments_of_one_place_alone(resources: Resources, filter_name: str) -> None:
    column = _PLACES[filter_name]
    async with resources.transaction() as session:
        first = make_comment(1, **{column: "here"})
        session.add_all([
            first, make_comment(2, parent_comment_id=first.comment_id, **{column: "here"}),
            make_comment(3, **{column: "elsewhere"}), make_comment(4, text="нет", **{column: "here"}),
            make_comment(5, deleted_at=utcnow(), **{column: "here"}),
        ])  # fmt: skip
    filters: dict[str, Any] = {filter_name: "here"}
    asked: list[tuple[str, Any]] = []
    async with resources.read() as session:
        connection = (await session.connection()).sync_connection
        assert connection is not None
        sa.event.listen(connection, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
        rows = await select_comments(session, resources, Wanted(q="мост", **filters), 10, None)
        assert [row.position for row in rows] == [2, 1]
        listed = await select_comments(session, resources, Wanted(**filters), 10, None)
        assert [row.position for row in listed] == [4, 1]
        if resources.db.is_sqlite:
            # SQLite keeps no statistics here: it has to see by the index alone that no other comment need be read.
            statement, parameters = asked[0]
            plan = await session.run_sync(
                lambda _: connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            )
            assert f"USING INDEX ix_comments_{column} ({column}=? AND position=?)" in " ".join(row[3] for row in plan)


def make_comment(position: int, **changes: Any) -> Comment:
    told = {"mode": "emulated", "source": CommentSource.ad, "owner_id": "1", "place_id": "1", "text": "мост"} | changes
    return Comment(position=position, comment_id=f"c{position}", created_at=utcnow(), **told)
