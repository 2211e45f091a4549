"""The numbers in the main menu follow what happens, without a reload."""

import re

from sqlalchemy import update

from app.kit.clock import utcnow
from app.posts.models import Post, PostState
from app.resources import Resources
from tests.admin.support import Editor, make_newsroom, text_of


async def test_the_numbers_of_the_menu_are_sent_anew_to_their_places(
    editor: Editor, sqlite_resources: Resources
) -> None:
    ids = await make_newsroom(sqlite_resources)
    page = await editor.open("/admin/help")
    assert 'hx-get="/admin/badges/live"' in page
    places = set(re.findall(r'id="(badge-[a-z]+)"', page))
    live = await editor.open("/admin/badges/live", headers={"HX-Request": "true"})
    assert set(re.findall(r'<span id="(badge-[a-z]+)" hx-swap-oob="true">', live)) == places
    assert len(places) == 4
    assert "1 waiting" in text_of(live)
    async with sqlite_resources.transaction() as session:
        waiting = update(Post).where(Post.id == ids[PostState.awaiting_approval])  # type: ignore[arg-type]
        await session.exec(waiting.values(state=PostState.cancelled, finalized_at=utcnow()))
    live = await editor.open("/admin/badges/live", headers={"HX-Request": "true"})
    assert '<span id="badge-approvals" hx-swap-oob="true"></span>' in live
