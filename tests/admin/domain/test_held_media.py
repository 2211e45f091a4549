"""One cause and one cure, where TikTok refuses the address of pictures and videos: on every page that tells of it."""

from datetime import timedelta

import pytest
from sqlmodel import select

from app.auth.models import Admin, Role
from app.kit.clock import utcnow
from app.media.holds import lift_hold
from app.media.models import MediaHold
from app.messages import timeline
from app.posts.gates import wait_for_proof
from app.posts.models import Post, PostState
from app.posts.sentences import with_messages
from app.resources import Resources
from tests.admin.support import Editor, text_of
from tests.builders import make_account, make_post, make_source

DOMAIN, WAITING = "/admin/domain", "/admin/posts?need=unverified"
PREFIX = "https://news.example/media/"


@pytest.fixture
async def held(sqlite_resources: Resources) -> list[Post]:
    """Two posts that wait for it, and one that waits for something else."""
    now, halt = utcnow(), wait_for_proof()
    async with sqlite_resources.transaction() as session:
        account = await make_account(session)
        await make_source(session)
        session.add(MediaHold(portal="creator", prefix=PREFIX, held_since=now - timedelta(hours=3), refused_at=now,
                              probe_at=now + timedelta(minutes=9), probes=7))  # fmt: skip
        waiting = [
            await make_post(session, account_id=account.id, state=halt.to, **with_messages(halt.columns()))
            for _ in range(2)
        ]
        off = with_messages({"state_detail": timeline.ACCOUNT_OFF})
        other = await make_post(session, account_id=account.id, state=PostState.scheduled,
                                state_reason="account_disabled", **off)  # fmt: skip
    return [*waiting, other]


async def test_desk_names_the_cause_once_with_all_that_waits_for_it(editor: Editor, sqlite_resources, held) -> None:
    page = await editor.open("/admin/")
    assert page.count("TikTok refuses the pictures' address") == 1
    needs = page[page.index("needs-heading") : page.index("limits-heading")]
    assert "TikTok refuses the pictures' address" in text_of(needs)
    assert f'href="{WAITING}"' in needs
    assert "all (2)" in text_of(needs)
    assert f'href="{DOMAIN}"' in needs
    # What waits for it is not told of one by one; what waits for something else is.
    assert [post.id in needs for post in held] == [False, False, True]
    listed = await editor.open(WAITING)
    assert [post.id in listed for post in held] == [True, True, False]
    assert [post.id in await editor.open("/admin/posts?need=held") for post in held] == [False, False, True]


async def test_an_editor_is_told_who_can_mend_it(editor: Editor, sqlite_resources, held) -> None:
    async with sqlite_resources.transaction() as session:
        person = (await session.exec(select(Admin))).one()
        person.role = Role.editor
        session.add(person)
    page = await editor.open("/admin/")
    assert "An admin of Newsreel has to do this." in text_of(page)
    assert f'href="{DOMAIN}"' not in page
    assert f'href="{DOMAIN}"' not in await editor.open(f"/admin/posts/{held[0].id}")


async def test_the_address_s_page_says_how_it_stands_and_asks_at_once(editor: Editor, sqlite_resources, held) -> None:
    text = text_of(await editor.open(DOMAIN))
    assert PREFIX in text
    assert "Posts that wait 2" in text
    answer = await editor.submit(f"{DOMAIN}/ask", DOMAIN)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{DOMAIN}?notice=address_asked")
    async with sqlite_resources.read() as session:
        hold = await session.get_one(MediaHold, "creator")
    assert (hold.probe_at <= utcnow(), hold.probes) == (True, 0)
    async with sqlite_resources.transaction() as session:
        assert await lift_hold(session, hold)
    for path in (DOMAIN, "/admin/"):
        assert "TikTok refuses" not in text_of(await editor.open(path))


@pytest.mark.parametrize(
    ("language", "on_page", "by_api"),
    [
        ("en", "Then the post goes out by itself.", "and then goes out by itself."),
        ("ru", "публикация выйдет автоматически.", "и затем выйдет автоматически."),
        ("kk", "жазба өздігінен шығады.", "содан кейін өздігінен шығады."),
    ],
)
async def test_a_post_says_why_it_waits_in_each_language(editor: Editor, held, language, on_page, by_api) -> None:
    spoken = {"Accept-Language": language}
    page = await editor.open(f"/admin/posts/{held[0].id}", headers=spoken)
    assert on_page in text_of(page)
    assert f'<a href="{DOMAIN}">' in page
    read = (await editor.client.get(f"/api/posts/{held[0].id}", headers=spoken)).json()
    assert (read["state"], read["state_reason"]) == ("scheduled", "url_ownership_unverified")
    assert by_api in read["state_detail"]
    assert "URL properties" in read["state_detail"]
