"""What a post costs the database, from the start of its job until TikTok has it."""

from app.posts.models import PostState
from tests.support.database_cost import counted, listen

MOST_SESSIONS = 9
MOST_STATEMENTS = 35
"""On SQLite each session's BEGIN is one of them."""


async def test_a_photo_post_costs_few_sessions_and_statements(newsroom):
    listen(newsroom.app.db.engine.sync_engine)
    await newsroom.connect()
    await newsroom.plan("first")
    await newsroom.work()  # begins the account's budgets
    post_id = await newsroom.plan("second")
    with counted() as cost:
        await newsroom.work()
    assert (await newsroom.post(post_id)).state is PostState.publishing
    assert 0 < cost.sessions <= MOST_SESSIONS, "\n".join(cost.statements)
    assert cost.sessions < len(cost.statements) <= MOST_STATEMENTS, "\n".join(cost.statements)
