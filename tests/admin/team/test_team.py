"""The pages of people, without script: team, keys, second factor, audit log, first run, and the way back."""

import re

import pyotp
from litestar import Litestar
from sqlmodel import select

from app.auth.models import Admin, ApiKey, Role
from app.auth.setup import make_setup_address
from app.kit.clock import utcnow
from app.messages.translator import LANGUAGES
from app.resources import Resources
from tests.admin.support import EMAIL, Editor, csrf_token, make_login, open_editor, text_of

TEAM, KEYS, AUDIT, YOU = "/admin/team", "/admin/api-keys", "/admin/audit", "/admin/you"
NASTY = '<script>alert("x")</script>'
NEW = "four quiet words again"


async def test_a_colleague_is_invited_comes_in_and_reads_the_pages_in_their_language_and_zone(
    pages: Litestar, editor: Editor, sqlite_resources: Resources
) -> None:
    form = {"email": "aigul@example.org", "name": NASTY, "role": "editor", "language": "kk", "timezone": "Asia/Almaty"}
    answer = await editor.submit(TEAM, TEAM, **form)
    assert answer.status_code == 201
    (link,) = re.findall(r'id="invitation" value="([^"]+)"', answer.text)
    assert answer.text.index(link) < answer.text.index('id="people-heading"'), "the link stands where the eyes are"
    assert link not in await editor.open(TEAM)
    async with open_editor(pages, sqlite_resources) as colleague:
        assert "aigul@example.org" in await colleague.open(link)
        bad = await colleague.client.post(link, data={"new_password": "short", "repeated_password": "short"})
        assert bad.status_code == 422
        assert 'id="new_password-problem"' in bad.text
        done = await colleague.client.post(link, data={"new_password": NEW, "repeated_password": NEW})
        assert (done.status_code, done.headers["location"]) == (303, "/admin/")
        page = await colleague.open(YOU)
        assert '<html lang="kk">' in page
        assert 'title="Asia/Almaty"' in page
        assert " UTC" not in text_of(page)
        assert "data-local" not in page
        assert f'href="{TEAM}"' not in page
        refused = await colleague.open(TEAM, 403)
        assert "Бұл — әкімшілерге арналған" in text_of(refused)
        used = await colleague.open(link, 404)
        assert "Сілтеме енді жарамсыз" in text_of(used)


async def test_a_refusal_stands_at_its_form_with_what_was_typed(editor: Editor, sqlite_resources: Resources) -> None:
    taken = await editor.submit(TEAM, TEAM, email=EMAIL, name="Typed name", role="admin")
    assert taken.status_code == 409
    assert re.search(r'tabindex="-1" autofocus><p>[^<]*There is editor@newsroom.example already', taken.text)
    assert 'value="Typed name"' in taken.text
    async with sqlite_resources.read() as session:
        me = (await session.exec(select(Admin))).one()
    last = await editor.submit(f"{TEAM}/{me.id}", TEAM, email=EMAIL, role="editor")
    assert last.status_code == 409
    assert "This is the last admin" in text_of(last.text)
    assert (await editor.submit(f"{TEAM}/{me.id}/remove", TEAM)).status_code == 409


async def test_people_are_changed_and_removed(editor: Editor, sqlite_resources: Resources) -> None:
    await editor.submit(TEAM, TEAM, email="other@example.org", role="editor")
    async with sqlite_resources.read() as session:
        other = (await session.exec(select(Admin).where(Admin.email == "other@example.org"))).one()
    saved = await editor.submit(f"{TEAM}/{other.id}", TEAM, email="other@example.org", name=NASTY, role="admin")
    assert saved.headers["location"] == f"{TEAM}?notice=person_saved"
    page = await editor.open(f"{TEAM}?notice=person_saved")
    assert NASTY not in page
    assert NASTY in text_of(page)
    again = await editor.submit(f"{TEAM}/{other.id}/invitation", TEAM)
    assert 'id="invitation"' in again.text
    assert (await editor.submit(f"{TEAM}/{other.id}/remove", TEAM)).status_code == 303
    assert "other@example.org" not in await editor.open(TEAM)
    assert (await editor.submit(f"{TEAM}/{other.id}/remove", TEAM)).status_code == 404


async def test_a_key_is_made_shown_once_and_taken_back(editor: Editor, sqlite_resources: Resources) -> None:
    assert "There is none yet" in text_of(await editor.open(KEYS))
    assert "Tick what the key may do" in text_of((await editor.submit(KEYS, KEYS, name="x")).text)
    made = await editor.submit(KEYS, KEYS, name=NASTY, scopes="read", until="2099-12-31")
    (key,) = re.findall(r'id="new_key" value="(nr_[^"]+)"', made.text)
    assert NASTY not in made.text
    assert key not in await editor.open(KEYS)
    async with sqlite_resources.read() as session:
        row = (await session.exec(select(ApiKey))).one()
    assert (await editor.submit(f"{KEYS}/{row.id}/delete", KEYS)).status_code == 303
    assert "There is none yet" in text_of(await editor.open(KEYS))


async def test_the_second_factor_is_switched_on_and_asked_for(editor: Editor, sqlite_resources: Resources) -> None:
    await editor.submit(f"{YOU}/second-factor", YOU)
    page = await editor.open(YOU)
    (secret,) = re.findall(r'class="qr-secret">([A-Z2-7]+)<', page)
    assert re.search(r"<svg[^>]*><path", page)
    assert " style=" not in page
    wrong = await editor.submit(f"{YOU}/second-factor/confirm", YOU, code="nonsense")
    assert (wrong.status_code, 'aria-describedby="code-problem"' in wrong.text) == (422, True)
    before = pyotp.TOTP(secret).at(utcnow().timestamp() - 30)
    done = await editor.submit(f"{YOU}/second-factor/confirm", YOU, code=before)
    codes = re.findall(r"<li><code>([a-z0-9-]{19})</code>", done.text)
    assert len(codes) == 10
    assert secret not in await editor.open(YOU)
    assert "10 recovery codes are left" in text_of(await editor.open(YOU))
    editor.client.cookies.clear()
    asked = await editor.log_in(next="/admin/help")
    assert "set-cookie" not in asked.headers
    (ticket,) = re.findall(r'name="ticket" value="([^"]+)"', asked.text)
    form = {"ticket": ticket, "next": "/admin/help"}
    refused = await editor.client.post("/admin/login/code", data={**form, "code": "000000x"})
    assert (refused.status_code, ticket in refused.text) == (401, True)
    done = await editor.client.post("/admin/login/code", data={**form, "code": codes[0]})
    assert (done.status_code, done.headers["location"]) == (303, "/admin/help")
    assert (await editor.submit(f"{YOU}/second-factor/end", YOU, password="wrong")).status_code == 422
    over = await editor.client.post("/admin/login/code", data={**form, "ticket": "x", "code": codes[1]})
    assert "That took too long" in text_of(over.text)


async def test_a_login_is_known_by_its_device_and_address(editor: Editor, sqlite_resources: Resources) -> None:
    firefox = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0"
    editor.client.headers["user-agent"] = firefox
    editor.client.cookies.clear()
    await editor.log_in()
    page = text_of(await editor.open(YOU))
    assert "Firefox · Windows 203.0.113.7" in page
    editor.client.headers["user-agent"] = NASTY + "\x7f"
    await editor.log_in()
    assert NASTY not in await editor.open(YOU)


async def test_the_audit_log_is_read_and_filtered(editor: Editor) -> None:
    await editor.submit(TEAM, TEAM, email="other@example.org", name=NASTY, role="editor")
    page = await editor.open(AUDIT)
    assert "Invited a person" in page
    assert NASTY not in page
    assert "Invited a person" in await editor.open(f"{AUDIT}?action=person&actor={EMAIL}&from=2020-01-01")
    for nothing in ("action=source", "actor=nobody", "to=2020-01-01", "object=x", "cursor=0"):
        assert "Nothing was noted" in text_of(await editor.open(f"{AUDIT}?{nothing}")), nothing
    await editor.open(f"{AUDIT}?from=0001-01-01&to=9999-12-31&actor=x&cursor=nonsense")


async def test_the_first_admin_is_made_by_the_address_from_the_terminal(
    pages: Litestar, sqlite_resources: Resources
) -> None:
    address = await make_setup_address(sqlite_resources)
    assert address
    async with open_editor(pages, sqlite_resources) as first:
        assert "Nobody can log in yet" in text_of(await first.open("/admin/login"))
        await first.open("/admin/setup/nonsense", 404)
        await first.open(address)
        form = {"email": "me", "name": NASTY, "new_password": NEW, "repeated_password": NEW}
        bad = await first.client.post(address, data=form)
        assert (bad.status_code, 'id="email-problem"' in bad.text, NASTY in bad.text) == (422, True, False)
        done = await first.client.post(address, data={**form, "email": "me@example.org"})
        assert (done.status_code, done.headers["location"]) == (303, "/admin/start")
        assert "The way to the first post" in await first.open("/admin/start")
        await first.open(address, 404)
    async with sqlite_resources.read() as session:
        assert (await session.exec(select(Admin.role))).all() == [Role.admin]


async def test_a_login_that_ended_leads_back_to_the_page_and_only_there(stranger: Editor) -> None:
    here = str(stranger.client.base_url).rstrip("/")
    for sent, back in (
        ({"referer": f"{here}/admin/posts?state=failed&notice=saved"}, "/admin/posts%3Fstate%3Dfailed"),
        ({"referer": "https://evil.example/admin/posts"}, None),
        ({"referer": f"{here}/api/posts"}, None),
        ({}, None),
    ):
        answer = await stranger.client.post("/admin/you/password", headers=sent)
        expected = f"/admin/login?next={back}" if back else "/admin/login"
        assert (answer.status_code, answer.headers["location"]) == (303, expected)
    part = {"hx-request": "true", "hx-current-url": f"{here}/admin/posts/1"}
    answer = await stranger.client.get("/admin/posts/1/live", headers=part)
    assert answer.headers["hx-redirect"] == "/admin/login?next=/admin/posts/1"
    form = await stranger.open("/admin/login?next=/admin/posts%3Fstate%3Dfailed")
    assert 'name="next" value="/admin/posts?state=failed"' in form


async def test_language_and_zone_are_saved_and_count_at_once(editor: Editor, sqlite_resources: Resources) -> None:
    await editor.open(f"{YOU}?lang=en")
    for language in (*LANGUAGES, ""):
        await editor.submit(f"{YOU}/profile", YOU, name="Me", language=language, timezone="Asia/Almaty")
        page = await editor.open(YOU)
        assert f'<html lang="{language or "en"}">' in page
        assert 'title="Asia/Almaty"' in page
    bad = await editor.submit(f"{YOU}/profile", YOU, timezone="Mars/Phobos")
    assert bad.status_code == 422
    await make_login(editor, sqlite_resources)
    assert csrf_token(await editor.open(YOU))
