"""Bodies that cannot be shown again are refused everywhere; settings that TikTok does not heed are taken, and told."""

import json

import pytest

from app.emulator import Emulator
from tests.emulator.support import Caller, User, draft_body, photo_body
from tests.emulator.videos import INBOX_INIT, video_body

INIT = "/v2/post/publish/content/init/"
STATUS = "/v2/post/publish/status/fetch/"
LIST = "/v2/video/list/?fields=id"
UNREADABLE = (
    b'"\\ud800"',
    b'{"title": "a\\ud800"}',
    b'{"\\udc00": 1}',
    b'{"post_info": {"title": "\\ud800 and so on"}}',
    b"[" * 200_000,
    b'{"a":' * 200_000,
    b"[" * 40 + b"]" * 40,
    b'"\xed\xa0\x80"',
    b"\xff",
    b'{"a": NaN}',
    b'{"a": 1e999}',
    b'{"a": 99999999999999999999}',
    b'{"title": "\\u0000"}',
    "{}".encode("utf-16"),
)
CONTROLS = (
    "reset", "settings", "accounts", "tokens", "expire-tokens", "clock", "next-errors", "properties", "progression",
    "webhooks/send", "webhooks/drop", "webhooks/release",
)  # fmt: skip


async def send(user: User, path: str, body: bytes) -> int:
    headers = {"Authorization": f"Bearer {user.access_token}", "Content-Type": "application/json"}
    return (await user.caller.client.post(path, content=body, headers=headers)).status_code


@pytest.mark.parametrize("body", UNREADABLE, ids=lambda body: repr(body[:20]))
async def test_what_cannot_be_written_again_is_refused_by_every_route(caller: Caller, body: bytes):
    user = await caller.login()
    for path in (INIT, INBOX_INIT, "/v2/post/publish/video/init/", STATUS, LIST, "/v2/post/publish/cancel/"):
        assert await send(user, path, body) == 400
    for path in CONTROLS:
        assert await send(user, f"/_emulator/{path}", body) == 400
    assert (await caller.client.get("/_emulator/")).status_code == 200
    assert (await caller.read("posts"))["items"] == []
    assert len((await caller.read("log"))["items"]) == 6


async def test_half_a_surrogate_pair_in_any_text_field_is_refused_and_a_whole_one_is_taken(caller: Caller):
    user = await caller.login()
    await caller.control("settings", {"limits_enabled": False})
    for name in ("title", "description", "privacy_level", "source"):
        body = json.dumps(photo_body(**{name: "x\ud83d"})).encode()
        assert await send(user, INIT, body) == 400
    assert (
        await send(user, INIT, json.dumps(photo_body(photo_images=["https://media.example.com/\udfff"])).encode())
        == 400
    )
    assert await send(user, INIT, json.dumps(photo_body(title="\ud83d\ude00")).encode()) == 200
    assert [post["title"] for post in (await caller.read("posts"))["items"]] == ["😀"]


async def test_photos_are_taken_with_the_switches_of_videos_and_it_is_told_that_they_do_nothing(caller: Caller):
    user = await caller.login()
    body = photo_body()
    body["post_info"] |= {"disable_duet": True, "disable_stitch": False}
    publish_id = await user.accepted(body)
    post = await caller.read(f"posts/{publish_id}")
    assert post["ignored"] == ["post_info.disable_duet", "post_info.disable_stitch"]
    assert "disable_duet" not in post["switches"]
    log = await caller.read("log?endpoint=content_init")
    assert log["items"][-1]["notes"] == [
        "TikTok ignores this: post_info.disable_duet",
        "TikTok ignores this: post_info.disable_stitch",
    ]
    assert log["ignored"] == {"post_info.disable_duet": 1, "post_info.disable_stitch": 1}
    assert log["violations_total"] == 0
    page = (await caller.client.get("/_emulator/")).text
    assert page.count("TikTok ignores this: post_info.disable_duet") == 2, "at the post and at the call"


async def test_a_photo_draft_keeps_its_words_and_none_of_its_settings(caller: Caller):
    user = await caller.login()
    body = draft_body()
    body["post_info"] |= {"privacy_level": "whatever", "disable_comment": True, "disable_duet": True, "is_aigc": True}
    publish_id = await user.accepted({**body, "is_aigc": True})
    post = await caller.read(f"posts/{publish_id}")
    assert (post["title"], post["switches"], post["privacy_level"]) == ("A draft", {}, None)
    assert sorted(post["ignored"]) == ["is_aigc", *(f"post_info.{name}" for name in
        ("disable_comment", "disable_duet", "is_aigc", "privacy_level"))]  # fmt: skip


async def test_a_video_draft_is_its_file_alone(caller: Caller, emulator: Emulator):
    user = await caller.login()
    answer = await user.post(INBOX_INIT, video_body())
    assert answer.json()["error"]["code"] == "ok", answer.text
    (post,) = (await caller.read("posts"))["items"]
    assert (post["title"], post["switches"], post["privacy_level"]) == ("", {}, None)
    assert set(post["ignored"]) == {f"post_info.{name}" for name in video_body()["post_info"]}
    assert emulator.state.world.journal.ignored["post_info.title"] == 1
