"""The Display API: user fields by scope, public posts by page and by id."""

from typing import Any

import pytest

from app.emulator import Emulator
from tests.emulator.support import BULLETIN, Caller, Page, Site, User, error_of, photo_body, wait_for
from tests.emulator.videos import accepted_video, make_video, video_body

LIST = "/v2/video/list/?fields=id,title,video_description,create_time,share_url,like_count,width,height"
QUERY = "/v2/video/query/?fields=id,view_count"


async def publish(user: User, emulator: Emulator, title: str, **changes: Any) -> str:
    publish_id = await user.accepted(photo_body(title=title, **changes))
    await wait_for(emulator, publish_id, "complete")
    await user.caller.control("clock", {"advance_seconds": 90})
    return publish_id


async def test_user_fields_come_as_asked_for(caller: Caller):
    user = await caller.login()
    answer = (await user.get("/v2/user/info/?fields=open_id,display_name,username,follower_count")).json()
    assert answer["error"]["code"] == "ok"
    assert answer["data"]["user"] == {
        "open_id": user.open_id,
        "display_name": "Daily Bulletin",
        "username": BULLETIN,
        "follower_count": 18_204,
    }


@pytest.mark.parametrize("query", ["", "?fields=", "?fields=open_id,password"])
async def test_missing_and_unknown_fields_are_invalid_params(caller: Caller, query: str):
    user = await caller.login()
    assert error_of(await user.get(f"/v2/user/info/{query}")) == (400, "invalid_params")
    assert error_of(await user.post(f"/v2/video/list/{query}")) == (400, "invalid_params")


@pytest.mark.parametrize("field", ["username", "follower_count"])
async def test_a_field_needs_its_scope(caller: Caller, field: str):
    user = await caller.login(scopes=("user.info.basic",))
    assert error_of(await user.get(f"/v2/user/info/?fields=open_id,{field}")) == (401, "scope_not_authorized")
    assert error_of(await user.post(LIST)) == (401, "scope_not_authorized")


async def test_lists_public_posts_newest_first_with_a_share_url_that_opens(caller: Caller, emulator: Emulator):
    user = await caller.login()
    await publish(user, emulator, "first")
    await publish(user, emulator, "hidden", privacy_level="SELF_ONLY")
    newest = await publish(user, emulator, "second", description="d" * 200)
    await caller.control(f"posts/{newest}/stats", {"like_count": 7})
    answer = (await user.post(LIST)).json()["data"]
    assert [video["title"] for video in answer["videos"]] == ["second", "first"]
    assert not answer["has_more"]
    video = answer["videos"][0]
    assert isinstance(video["id"], str)
    assert (video["like_count"], video["width"], video["height"]) == (7, 540, 960)
    assert len(video["video_description"]) == 150
    page = await caller.client.get(video["share_url"])
    assert page.status_code == 200
    assert "second" in page.text


async def test_pages_by_a_cursor_in_milliseconds(caller: Caller, emulator: Emulator):
    user = await caller.login()
    for number in range(3):
        await publish(user, emulator, str(number))
    first = (await user.post(LIST, {"max_count": 2})).json()["data"]
    assert [video["title"] for video in first["videos"]] == ["2", "1"]
    assert first["has_more"]
    assert first["cursor"] // 1_000 == first["videos"][-1]["create_time"]
    second = (await user.post(LIST, {"max_count": 2, "cursor": first["cursor"]})).json()["data"]
    assert [video["title"] for video in second["videos"]] == ["0"]
    assert not second["has_more"]


@pytest.mark.parametrize("body", [{"max_count": 21}, {"max_count": 0}, {"cursor": "1"}, {"page": 1}], ids=repr)
async def test_a_malformed_list_request_is_refused(caller: Caller, body: dict[str, Any]):
    user = await caller.login()
    assert error_of(await user.post(LIST, body)) == (400, "invalid_params")


async def test_queries_by_id_and_one_bad_id_fails_them_all(caller: Caller, emulator: Emulator):
    user, other = await caller.login(BULLETIN), await caller.login("city.desk")
    [post_id] = (await user.status(await publish(user, emulator, "mine")))["publicaly_available_post_id"]
    body = {"filters": {"video_ids": [str(post_id), "7500000000000000001"]}}
    found = (await user.post(QUERY, body)).json()["data"]["videos"]
    assert found == [{"id": str(post_id), "view_count": 0}]
    assert (await other.post(QUERY, body)).json()["data"]["videos"] == []
    for ids in ([str(post_id), "p_pub_url~v2.1"], [post_id], [str(post_id)] * 21):
        refused = await user.post(QUERY, {"filters": {"video_ids": ids}})
        assert error_of(refused) == (400, "invalid_params")
    assert error_of(await user.post(QUERY)) == (400, "invalid_params")


async def test_whether_photo_posts_are_listed_is_a_setting(caller: Caller, emulator: Emulator):
    user = await caller.login()
    await publish(user, emulator, "a photo")
    await caller.control("settings", {"list_photos": False})
    assert (await user.post(LIST)).json()["data"]["videos"] == []


async def test_share_urls_can_look_like_tiktoks_own(caller: Caller, emulator: Emulator):
    user = await caller.login()
    await caller.control("settings", {"share_base": "https://www.tiktok.com"})
    await publish(user, emulator, "a photo")
    [video] = (await user.post(LIST)).json()["data"]["videos"]
    assert video["share_url"] == f"https://www.tiktok.com/@{BULLETIN}/photo/{video['id']}"


async def test_lists_videos_beside_photos_with_their_caption_in_both_texts(
    caller: Caller, emulator: Emulator, site: Site
):
    user = await caller.login()
    site.pages["/photos/1.mp4"] = Page(make_video(frames=60))
    await publish(user, emulator, "a photo")
    caption = "Line one\n#news " + "x" * 200
    data = await accepted_video(user, body=video_body(title=caption))
    await wait_for(emulator, data["publish_id"], "complete")
    fields = "id,title,video_description,duration,width,height,share_url,cover_image_url"
    video, photo = (await user.post(f"/v2/video/list/?fields={fields}")).json()["data"]["videos"]
    assert (video["title"], video["video_description"]) == (caption[:150], caption[:150])
    assert (video["duration"], video["width"], video["height"]) == (2, 360, 640)
    assert "/video/" in video["share_url"]
    assert (await caller.client.get(video["share_url"])).status_code == 200
    assert (await caller.client.get(video["cover_image_url"])).headers["content-type"] == "image/jpeg"
    assert "/photo/" in photo["share_url"]
    await caller.control("settings", {"list_photos": False, "list_drops_newlines": True})
    [alone] = (await user.post(f"/v2/video/list/?fields={fields}")).json()["data"]["videos"]
    assert alone["id"] == video["id"]
    assert alone["title"].startswith("Line one #news ")
