"""The log line of a post's change of state."""

from typing import Any

import structlog
from structlog.testing import capture_logs

from app.messages import timeline
from app.posts.models import PostState
from app.posts.transitions import advance
from tests.builders import make_post


async def test_a_change_of_state_is_one_line_with_ids_reason_and_log_id(resources):
    async with resources.transaction() as session:
        post = await make_post(session)
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        async with resources.transaction() as session:
            moved: dict[str, Any] = {"state_reason": "daily_cap", "log_id": "20261121"}
            await advance(
                session,
                post.id,
                expected=PostState.queued,
                to=PostState.scheduled,
                why=timeline.DUE,
                **moved,
            )
            assert lines == []
    (line,) = [line for line in lines if line["event"] == "post_moved"]
    assert (line["post_id"], line["from_state"], line["to_state"]) == (post.id, "queued", "scheduled")
    assert (line["reason"], line["log_id"], line["why"]) == ("daily_cap", "20261121", timeline.DUE)


async def test_a_move_that_somebody_else_made_is_no_line(sqlite_resources):
    async with sqlite_resources.transaction() as session:
        post = await make_post(session, state=PostState.retryable)
    with capture_logs() as lines:
        async with sqlite_resources.transaction() as session:
            assert not await advance(
                session, post.id, expected=PostState.queued, to=PostState.scheduled, why=timeline.DUE
            )
    assert lines == []
