"""Where a person looks with a browser, an error is a page; where a program asks, a problem document."""

import pytest
from sqlalchemy.exc import OperationalError

from tests.admin.support import Editor, text_of
from tests.web.test_accepts import CHROMIUM

BROWSER = {"Accept": CHROMIUM}
NOT_THERE = {"en": "There is no such page", "ru": "Такой страницы нет", "kk": "Мұндай бет жоқ"}


@pytest.mark.parametrize("path", ["/nope", "/api/nope", "/tiktok/nope", "/media/x/1.jpg", "/a/b/c", "/%00"])
@pytest.mark.parametrize("language", NOT_THERE)
async def test_an_address_that_leads_nowhere_is_a_page_for_a_browser(
    stranger: Editor, path: str, language: str
) -> None:
    answer = await stranger.client.get(path, headers={**BROWSER, "Accept-Language": language})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert NOT_THERE[language] in text_of(answer.text)
    assert f'<html lang="{language}">' in answer.text
    assert 'href="/admin/posts"' in answer.text
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/problem+json"])
async def test_a_program_gets_a_problem_document(stranger: Editor, accept: str) -> None:
    answer = await stranger.client.get("/nope", headers={"Accept": accept})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"


async def test_other_errors_are_pages_too(editor: Editor) -> None:
    wrong_method = await editor.client.get("/admin/logout", headers=BROWSER)
    assert wrong_method.status_code == 405
    assert "text/html" in wrong_method.headers["content-type"]
    assert "POST" in wrong_method.headers["allow"]
    forged = await editor.client.post("/admin/logout", headers={**BROWSER, "Origin": "https://evil.example"})
    assert forged.status_code == 403
    assert "This page is out of date" in text_of(forged.text)


async def test_who_is_not_logged_in_is_told_so(stranger: Editor) -> None:
    answer = await stranger.client.get("/api/posts", headers=BROWSER)
    assert answer.status_code == 401
    assert "Log in first" in text_of(answer.text)


@pytest.mark.parametrize("path", ["/api/posts", "/admin/posts"])
@pytest.mark.parametrize(("error", "status"), [(RuntimeError("secret insides"), 500), (None, 503)])
async def test_our_own_failure_is_a_page_without_our_insides(
    editor: Editor, monkeypatch: pytest.MonkeyPatch, path: str, error: Exception | None, status: int
) -> None:
    async def fail(*_args: object, **_options: object) -> None:
        raise error or OperationalError("SELECT", {}, Exception("the database is locked"))

    monkeypatch.setattr("app.posts.face.views.list_posts", fail)
    monkeypatch.setattr("app.admin.posts.search_page.list_posts", fail)
    answer = await editor.client.get(path, headers=BROWSER)
    assert answer.status_code == status
    assert "text/html" in answer.headers["content-type"]
    assert "secret insides" not in answer.text
    assert 'href="/admin/posts"' in answer.text


async def test_what_is_not_set_up_yet_is_said_in_its_own_words(editor: Editor) -> None:
    answer = await editor.client.get("/api/tiktok/auth?account_id=none", headers=BROWSER, follow_redirects=False)
    assert answer.status_code == 404
    assert "json" not in answer.headers.get("content-type", "")
