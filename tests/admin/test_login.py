import pytest

from tests.admin.support import EMAIL, Editor, csrf_token, text_of


@pytest.mark.parametrize("path", ["/", "/admin", "/admin/", "/admin/posts", "/admin/settings/social-media"])
async def test_strangers_are_led_to_the_login_form(stranger: Editor, path: str) -> None:
    page = await stranger.open(path)
    assert 'action="/admin/login"' in page
    assert 'name="email"' in page
    assert 'name="password"' in page


async def test_login_leads_to_the_page_that_was_wanted(stranger: Editor) -> None:
    page = await stranger.open("/admin/settings/social-media")
    assert 'name="next" value="/admin/settings/social-media"' in page
    answer = await stranger.log_in(next="/admin/settings/social-media")
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/settings/social-media")
    assert "HttpOnly" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    "foreign",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "admin/posts", "/a\nb"],
)
async def test_login_leads_nowhere_else(stranger: Editor, foreign: str) -> None:
    answer = await stranger.log_in(next=foreign)
    assert answer.headers["location"] == "/admin/"


async def test_wrong_password_shows_the_form_again_with_the_address(stranger: Editor) -> None:
    answer = await stranger.log_in(password="wrong", next="/admin/posts?state=failed")
    assert answer.status_code == 401
    assert "E-mail address or password is wrong" in text_of(answer.text)
    assert f'value="{EMAIL}"' in answer.text
    assert 'value="wrong"' not in answer.text
    assert "set-cookie" not in answer.headers


async def test_too_many_logins_say_so(stranger: Editor) -> None:
    for _ in range(5):
        await stranger.log_in(password="wrong")
    answer = await stranger.log_in()
    assert answer.status_code == 429
    assert "Too many wrong logins" in text_of(answer.text)


async def test_form_without_fields_is_a_wrong_login(stranger: Editor) -> None:
    answer = await stranger.client.post("/admin/login", data={}, follow_redirects=False)
    assert answer.status_code == 401


async def test_who_is_logged_in_does_not_see_the_form(editor: Editor) -> None:
    answer = await editor.client.get("/admin/login", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/")


async def test_logout_ends_the_login(editor: Editor) -> None:
    answer = await editor.submit("/admin/logout", "/admin/posts")
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/login")
    assert 'action="/admin/login"' in await editor.open("/admin/posts")


async def test_form_without_token_is_refused_with_a_page(editor: Editor) -> None:
    answer = await editor.client.post("/admin/logout", data={}, follow_redirects=False)
    assert answer.status_code == 403
    assert "This page is out of date" in text_of(answer.text)
    assert csrf_token(await editor.open("/admin/posts"))


async def test_form_of_another_site_is_refused(editor: Editor) -> None:
    token = csrf_token(await editor.open("/admin/posts"))
    answer = await editor.client.post(
        "/admin/logout", data={"_csrf_token": token}, headers={"Sec-Fetch-Site": "cross-site"}, follow_redirects=False
    )
    assert answer.status_code == 403


async def test_address_that_is_no_page_is_a_page_that_says_so(editor: Editor) -> None:
    assert "There is no such page" in text_of(await editor.open("/admin/nowhere", 404))
    assert "There is no such page" in text_of(
        await editor.open("/admin/posts/01900000-0000-7000-8000-000000000000", 404)
    )


async def test_every_page_is_for_this_reader_only(editor: Editor) -> None:
    answer = await editor.client.get("/admin/posts")
    assert answer.headers["cache-control"] == "no-store"
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
