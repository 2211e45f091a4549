"""Every form of the desk does its work without script: its answer is a whole page, or leads to one, and says something.

The forms are those of every page of a full installation, filled in as they stand there, and sent as a browser would.
"""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urljoin

import httpx
import pytest
from litestar import Litestar
from selectolax.lexbor import LexborHTMLParser, LexborNode

from app.config import Settings
from app.emulated import emulate_business
from app.resources import open_resources
from tests.admin.full_desk import fill_desk
from tests.admin.support import Editor, make_editor, make_login, open_editor
from tests.support.whole_app import Endpoint, list_endpoints

_AS_BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Sec-Fetch-Mode": "navigate"}
_LAST = re.compile(r"remove|delete|disconnect|discard|end|cancel|logout|login")
"""What takes something away is sent when all else has been."""
_NO_PAGES = re.compile(r"/(live|creator|connect|callback|pictures|video|setup)\b")
_SHOWS = re.compile(r"/(preview|why|try|second-factor|logout|arrange)$|/ads/current\b|/invitation/")
"""What is asked for stands on the answer itself: a preview, a code to scan, the login, what is chosen, the desk."""
_NAMES = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{6,}|[A-Za-z0-9_-]{40,}")
_TYPED = {
    "url": "https://news.example/x",
    "email": "x@news.example",
    "number": "1",
    "date": "2030-01-01",
    "password": "a lantern on the quay",
}
_SAYS = '[role="status"], [role="alert"], [aria-invalid="true"]'


@dataclass
class Form:
    """A form as one of its buttons sends it; `action` is an address, `files`: what its fields for files have."""

    page: str
    method: str
    action: str
    is_multipart: bool
    fields: list[tuple[str, str]]
    files: list[tuple[str, str]]

    @property
    def kind(self) -> tuple[object, ...]:
        """Forms of the same kind differ in the row that they are of."""
        return self.method, _NAMES.sub("*", self.action), frozenset(name for name, _ in self.fields)


@pytest.fixture
async def desk(pages: Litestar, sqlite_settings: Settings) -> AsyncIterator[tuple[Editor, dict[str, list[str]]]]:
    async with open_resources(sqlite_settings, emulate=emulate_business) as resources:
        await make_editor(resources)
        known = await fill_desk(resources)
        async with open_editor(pages, resources) as editor:
            await make_login(editor, resources)
            yield editor, known


async def test_every_form_is_answered_by_a_page_that_says_something(
    desk: tuple[Editor, dict[str, list[str]]], pages: Litestar
) -> None:
    editor, known = desk
    templates = {one.template: one.path for one in list_endpoints(pages) if _may_be_page(one)}
    forms: dict[tuple[object, ...], Form] = {}
    for path in sorted({path for template, odd in templates.items() for path in known.get(template, [odd])}):
        answer = await editor.client.get(path, headers=_AS_BROWSER, follow_redirects=True)
        if answer.status_code == 200 and _is_whole(answer):
            for form in forms_of(str(answer.url.copy_with(fragment=None)), answer.text):
                forms.setdefault(form.kind, form)
    assert len({form.action for form in forms.values()}) > 60
    found = []
    assert {"approve", "invitation"} <= {httpx.URL(form.page).path.split("/")[-2] for form in forms.values()}
    for form in sorted(forms.values(), key=_turn):
        if fault := await fault_of(editor, form):
            found.append(f"{form.method} {form.action} of {form.page}: {fault}")
    assert not found, "\n".join(found)


def _turn(form: Form) -> tuple[bool, ...]:
    """Whoever takes up an invitation is somebody else from then on."""
    return bool(_LAST.search(form.action)), "logout" in form.action, "/invitation/" in form.action


def _may_be_page(endpoint: Endpoint) -> bool:
    is_there = endpoint.method == "GET" and endpoint.template.startswith(("/admin", "/approve", "/social", "/schema"))
    return is_there and not _NO_PAGES.search(endpoint.template)


def _is_whole(answer: httpx.Response) -> bool:
    text = answer.text.lstrip().lower()
    return text.startswith("<!doctype html>") and "<main" in text


async def fault_of(editor: Editor, form: Form) -> str:
    """Send a form; tell what is wrong with its answer."""
    answer = await send(editor.client, form)
    kind = answer.headers.get("content-type", "")
    if "attachment" in answer.headers.get("content-disposition", ""):
        return ""
    # A form is sent as it stands: that a field of it is none (400) is a fault of the page.
    if answer.status_code >= 500 or answer.status_code in {400, 405, 415} or not kind.startswith("text/html"):
        return f"is answered with {answer.status_code} {kind}"
    if not _is_whole(answer):
        return f"is answered with a part of a page ({answer.status_code})"
    path = httpx.URL(form.action).path
    if form.method == "post" and not _SHOWS.search(path) and not LexborHTMLParser(answer.text).css(_SAYS):
        return f"says nothing ({answer.status_code}, {answer.url})"
    return ""


async def send(client: httpx.AsyncClient, form: Form) -> httpx.Response:
    if form.method == "get":
        url = httpx.URL(form.action.split("?")[0], params=form.fields)
        return await client.get(url, headers=_AS_BROWSER, follow_redirects=True)
    headers = _AS_BROWSER | {"Origin": str(client.base_url).rstrip("/"), "Referer": form.page}
    parts: list[Any] = [(name, (None, value)) for name, value in form.fields]
    parts += [(name, (filename, b"x" * bool(filename), "image/png")) for name, filename in form.files]
    body: dict[str, Any] = (
        {"files": parts}
        if form.is_multipart
        else {"content": urlencode(form.fields), "headers": {"Content-Type": "application/x-www-form-urlencoded"}}
    )
    body["headers"] = headers | body.get("headers", {})
    return await client.post(form.action, **body, follow_redirects=True)


def forms_of(url: str, html: str) -> Iterator[Form]:
    """Read the forms of a page: one for each of their buttons."""
    tree = LexborHTMLParser(html)
    for node in tree.css("form"):
        inside = node.css("input, select, textarea, button")
        of_form = [*inside, *(tree.css(f'[form="{node.attributes["id"]}"]') if node.attributes.get("id") else ())]
        buttons = [one for one in of_form if one.tag == "button" and one.attributes.get("type", "submit") == "submit"]
        for button in buttons or [None]:
            given = button.attributes if button is not None else {}
            action = given.get("formaction") or node.attributes.get("action") or url
            fields = [pair for one in of_form for pair in _values(one)]
            if given.get("name"):
                fields.append((str(given["name"]), given.get("value") or ""))
            yield Form(
                page=url,
                method=(node.attributes.get("method") or "get").lower(),
                action=urljoin(url, action),
                is_multipart="multipart" in (node.attributes.get("enctype") or ""),
                fields=fields,
                files=[
                    (str(one.attributes["name"]), "a.png" if "required" in one.attributes else "")
                    for one in of_form
                    if one.attributes.get("type") == "file"
                ],
            )


def _values(node: LexborNode) -> list[tuple[str, str]]:
    """What a field sends as it stands there."""
    given, name = node.attributes, node.attributes.get("name")
    if not name or "disabled" in given or node.tag == "button" or given.get("type") in {"file", "submit", "button"}:
        return []
    kind = given.get("type") or node.tag or ""
    if kind in {"checkbox", "radio"}:
        return [(name, given.get("value") or "on")] if "checked" in given else []
    if kind == "select":
        options = node.css("option")
        chosen = [one for one in options if "selected" in one.attributes] or options[:1]
        return [(name, one.attributes.get("value") or "") for one in chosen]
    value = node.text() if kind == "textarea" else given.get("value") or ""
    # A browser sends no form in which something is wanting.
    return [(name, value or ("required" in given and _TYPED.get(kind, "x")) or "")]
