"""The post of ours under which a comment stands."""

import pytest

from app.admin.comments.comment_panel import find_post_of_ours
from app.kit.clock import utcnow
from app.posts.models import PostState
from tests.builders import make_post

_ONE, _FIRST, _SECOND = "7400000000000000001", "7400000000000000002", "7400000000000000003"


@pytest.mark.parametrize(
    ("item_id", "title"),
    [(_ONE, "alone"), (_FIRST, "many"), (_SECOND, "many"), (_ONE[:-1], ""), ("7400000000000000009", ""), (None, "")],
)
async def test_a_post_is_found_by_any_of_its_ids_at_tiktok(resources, item_id, title):
    async with resources.transaction() as session:
        for name, ids in (("alone", [_ONE]), ("many", [_FIRST, _SECOND]), ("none", [])):
            await make_post(session, title=name, post_ids=ids, state=PostState.published, finalized_at=utcnow())
    assert (await find_post_of_ours(resources, item_id))[1] == title
