import re

import pytest
from litestar import Litestar
from sqlmodel import col, select

from app.auth.models import Admin, LoginSession
from app.kit.clock import utcnow
from app.kit.ids import new_id
from app.resources import Resources
from tests.admin.support import EMAIL, PASSWORD, Editor, make_login, open_editor, text_of

YOU = "/admin/you"
NEW = "four quiet words again"


async def change(editor: Editor, current: str = PASSWORD, new: str = NEW, repeated: str = NEW) -> tuple[int, str]:
    form = {"current_password": current, "new_password": new, "repeated_password": repeated}
    answer = await editor.submit(f"{YOU}/password", YOU, **form)
    return answer.status_code, answer.text if answer.status_code != 303 else answer.headers["location"]


async def count_logins(resources: Resources) -> int:
    async with resources.read() as session:
        return len((await session.exec(select(LoginSession))).all())


async def test_page_says_who_one_is_the_rules_and_where_colleagues_come_from(editor: Editor) -> None:
    page = text_of(await editor.open(YOU))
    assert EMAIL in page
    assert "12 to 256 characters" in page
    assert "newsreel create-admin EMAIL" in page
    assert "newsreel set-password EMAIL" in page
    assert "This login" in page
    assert "End all other logins" not in page


async def test_every_page_leads_to_one_s_own_login(editor: Editor) -> None:
    assert re.search(rf'<a class="who" href="{YOU}" title="{EMAIL}"', await editor.open("/admin/posts"))


async def test_password_is_changed_and_other_logins_end(editor: Editor, sqlite_resources: Resources) -> None:
    here = dict(editor.client.cookies)
    await make_login(editor, sqlite_resources)
    assert await count_logins(sqlite_resources) == 2
    assert await change(editor) == (303, f"{YOU}?notice=password_changed")
    assert "your other logins have ended" in text_of(await editor.open(f"{YOU}?notice=password_changed"))
    assert await count_logins(sqlite_resources) == 1
    editor.client.cookies.clear()
    for name, value in here.items():
        editor.client.cookies.set(name, value, domain="127.0.0.1", path="/")
    assert 'action="/admin/login"' in await editor.open(YOU)
    editor.client.cookies.clear()
    assert (await editor.log_in()).status_code == 401
    assert (await editor.log_in(password=NEW)).status_code == 303


@pytest.mark.parametrize(
    ("typed", "field", "said", "status"),
    [
        ({"current": "wrong"}, "current_password", "This is not your present password.", 401),
        ({"new": "short", "repeated": "short"}, "new_password", "A password has 12 to 256 characters", 422),
        ({"new": EMAIL, "repeated": EMAIL}, "new_password", "among the first to be guessed", 422),
        ({"repeated": "something else here"}, "repeated_password", "The two new passwords differ.", 422),
    ],
)
async def test_refusal_stands_at_its_field(
    editor: Editor, typed: dict[str, str], field: str, said: str, status: int
) -> None:
    found, page = await change(editor, **typed)
    assert found == status
    place = re.search(rf'<input id="{field}"[^>]*aria-invalid="true" aria-describedby="([\w-]+)" autofocus>', page)
    assert place
    assert re.search(rf'<p class="problem" id="{place[1]}" role="alert">[^<]*{re.escape(said)}', page)
    assert page.count('aria-invalid="true"') == 1
    assert not any(word in page for word in (PASSWORD, NEW, "something else here"))
    editor.client.cookies.clear()
    assert (await editor.log_in()).status_code == 303


async def test_guessing_the_present_password_is_slowed_down(editor: Editor) -> None:
    for _ in range(5):
        assert (await change(editor, current="wrong"))[0] == 401
    status, page = await change(editor)
    assert status == 429
    assert "Too many wrong logins" in text_of(page)


async def test_unfit_new_passwords_count_as_no_guesses(editor: Editor) -> None:
    for _ in range(7):
        assert (await change(editor, new="short", repeated="short"))[0] == 422
    assert (await change(editor))[0] == 303


async def test_form_without_token_changes_nothing(editor: Editor) -> None:
    form = {"current_password": PASSWORD, "new_password": NEW, "repeated_password": NEW}
    answer = await editor.client.post(f"{YOU}/password", data=form, follow_redirects=False)
    assert answer.status_code == 403
    editor.client.cookies.clear()
    assert (await editor.log_in()).status_code == 303


async def test_empty_form_is_refused_with_the_page(editor: Editor) -> None:
    status, page = await change(editor, current="", new="", repeated="")
    assert status == 422
    assert 'id="new_password-problem"' in page


async def test_one_login_is_ended(editor: Editor, sqlite_resources: Resources) -> None:
    await make_login(editor, sqlite_resources)
    page = await editor.open(YOU)
    (path,) = re.findall(rf'action="({YOU}/logins/[^/"]+/end)"', page)
    answer = await editor.submit(path, YOU)
    assert answer.headers["location"] == f"{YOU}?notice=login_ended#logins"
    assert await count_logins(sqlite_resources) == 1
    assert "That login has ended." in text_of(await editor.open(f"{YOU}?notice=login_ended"))


async def test_all_other_logins_are_ended(editor: Editor, sqlite_resources: Resources) -> None:
    for _ in range(3):
        await make_login(editor, sqlite_resources)
    assert await count_logins(sqlite_resources) == 4
    await editor.submit(f"{YOU}/logins/end", YOU)
    assert await count_logins(sqlite_resources) == 1
    assert "This login" in text_of(await editor.open(YOU))


async def test_login_of_somebody_else_cannot_be_ended_or_seen(
    pages: Litestar, editor: Editor, sqlite_resources: Resources
) -> None:
    async with sqlite_resources.transaction() as session:
        other = Admin(email="other@newsroom.example", password_hash="x")
        session.add(other)
        await session.flush()
        login = LoginSession(admin_id=other.id, token_hash=new_id(), expires_at=utcnow().replace(year=2100))
        session.add(login)
        await session.flush()
        login_id = login.id
    assert login_id not in await editor.open(YOU)
    await editor.submit(f"{YOU}/logins/{login_id}/end", YOU)
    async with sqlite_resources.read() as session:
        assert (await session.exec(select(LoginSession).where(col(LoginSession.id) == login_id))).one()
    async with open_editor(pages, sqlite_resources) as stranger:
        assert 'action="/admin/login"' in await stranger.open(YOU)


@pytest.mark.parametrize("nonsense", ["%00", "x" * 100, "%D2%9B"])
async def test_login_that_is_none_is_not_found(editor: Editor, nonsense: str) -> None:
    answer = await editor.submit(f"{YOU}/logins/{nonsense}/end", YOU)
    assert answer.status_code == 404
