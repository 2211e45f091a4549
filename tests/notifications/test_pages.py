"""The pages of notifications, as somebody without script goes through them."""

import re
from collections.abc import AsyncIterator
from html import unescape

import pytest

from app.auth.guards import CSRF_FIELD
from app.main import create_app
from app.posts.models import PostState
from tests.admin.support import Editor, make_editor, make_login, open_editor, text_of
from tests.notifications.support import Desk, verified

PATH = "/admin/notifications"
S = PostState


@pytest.fixture
async def editor(sqlite_desk: Desk) -> AsyncIterator[Editor]:
    await make_editor(sqlite_desk.app)
    app = create_app(sqlite_desk.app.settings, resources=sqlite_desk.app)
    async with open_editor(app, sqlite_desk.app) as editor:
        await make_login(editor, sqlite_desk.app)
        yield editor


async def add(editor: Editor, desk: Desk, **form: str) -> str:
    values = {"channel": "webhook", "url": f"{desk.receiver.url}/hook", "events": "post.failed", "language": "ru"}
    answer = await editor.submit(PATH, PATH, **(values | {"digest": "true"} | form))
    assert answer.status_code == 201, text_of(answer.text)
    return answer.text


async def test_a_webhook_is_added_tested_and_its_list_replayed_without_script(sqlite_desk: Desk, editor: Editor):
    desk = sqlite_desk
    assert "Nobody is told yet" in text_of(await editor.open(PATH))
    page = await add(editor, desk, name="Desk <script>")
    (secret,) = re.findall(r'id="new_secret" value="(whsec_[^"]+)"', page)
    secret = unescape(secret)
    assert "<script>alert" not in page
    assert "Desk &lt;script&gt;" in page
    assert secret not in await editor.open(PATH)
    (endpoint_id,) = set(re.findall(r'id="endpoint-([0-9a-f-]{36})"', page))

    desk.receiver.answers = [(503, b"later"), (200, b"")]
    tested = await editor.submit(f"{PATH}/{endpoint_id}/test", PATH)
    assert tested.headers["location"].endswith(f"#endpoint-{endpoint_id}")
    assert "503 later" in text_of(await editor.open(tested.headers["location"].partition("#")[0]))
    tested = await editor.submit(f"{PATH}/{endpoint_id}/test", PATH)
    assert "arrived" in text_of(await editor.open(tested.headers["location"].partition("#")[0]))
    assert verified(desk.receiver.heard[-1], secret)["type"] == "test"

    await desk.move(await desk.post(), S.failed)
    await desk.tell()
    listed = await editor.open(f"{PATH}/{endpoint_id}")
    assert "A post has failed: Жаңа мектеп ашылды" in text_of(listed)
    message_id = re.findall(r'id="message-([0-9a-f-]{36})"', listed)[0]
    again = await editor.submit(f"{PATH}/deliveries/{message_id}/replay", f"{PATH}/{endpoint_id}")
    assert again.status_code == 303
    await desk.tell()
    assert len(desk.receiver.heard) == 4

    saved = await editor.submit(f"{PATH}/{endpoint_id}", PATH, url=f"{desk.receiver.url}/x", events="post.failed")
    assert saved.status_code == 303
    assert not (await desk.endpoint(endpoint_id)).enabled
    refused = await editor.submit(f"{PATH}/deliveries/{message_id}/replay", f"{PATH}/{endpoint_id}")
    assert refused.status_code == 409
    assert (await editor.submit(f"{PATH}/{endpoint_id}/on", PATH)).status_code == 303
    assert (await editor.submit(f"{PATH}/{endpoint_id}/rotate", PATH)).status_code == 200
    assert (await editor.submit(f"{PATH}/{endpoint_id}/delete", PATH)).status_code == 303
    assert "Nobody is told yet" in text_of(await editor.open(PATH))


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ({"url": "https://10.0.0.1/"}, "by its number"),
        ({"events": ""}, "event"),
        ({"timezone": "Nowhere"}, "time zone"),
        ({"channel": "telegram", "url": "@newsroom_desk", "token": "no token"}, "BotFather"),
        ({"approval_after_minutes": "soon"}, "approval_after_minutes"),
    ],
)
async def test_a_refusal_stands_at_its_form_and_keeps_what_was_typed(
    sqlite_desk: Desk, editor: Editor, form: dict[str, str], reason: str
):
    values = {"channel": "webhook", "name": "What I typed", "url": "https://news.example/h", "events": "post.failed"}
    answer = await editor.submit(PATH, PATH, **(values | form))
    assert answer.status_code == 422
    assert 'value="What I typed"' in answer.text
    assert "no token" not in answer.text
    (place,) = re.findall(r'<details id="(new-\w+)" open>', answer.text)
    assert place == f"new-{form.get('channel', 'webhook')}"
    alert = re.findall(r'role="alert"><p>([^<]+)', answer.text)
    assert len(alert) == 1
    assert reason.casefold() in unescape(alert[0]).casefold()


@pytest.mark.parametrize(("language", "words"), [("ru", "Отправить проверку"), ("kk", "Сынақ жіберу")])
async def test_the_pages_speak_the_reader_s_language(sqlite_desk: Desk, editor: Editor, language: str, words: str):
    endpoint, _ = await sqlite_desk.listen(language="en")
    await sqlite_desk.move(await sqlite_desk.post(), S.failed)
    await sqlite_desk.tell()
    assert words in text_of(await editor.open(f"{PATH}?lang={language}"))
    assert "A post has failed" not in await editor.open(f"{PATH}/{endpoint.id}?lang={language}")


async def test_what_was_given_up_is_seen_and_switched_on_again(sqlite_desk: Desk, editor: Editor):
    endpoint, _ = await sqlite_desk.listen()
    sqlite_desk.receiver.answers = [(410, b"")]
    await sqlite_desk.move(await sqlite_desk.post(), S.failed)
    await sqlite_desk.tell()
    page = await editor.open(PATH)
    assert "Switched off after failures" in text_of(page)
    await editor.submit(f"{PATH}/{endpoint.id}/on", PATH)
    assert "Switched off after failures" not in text_of(await editor.open(PATH))
    assert CSRF_FIELD in page
