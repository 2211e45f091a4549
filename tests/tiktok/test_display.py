"""Display API: fields go into the query, ids stay text."""

import json

import pytest
import respx

from app.tiktok.client import TikTokClient
from app.tiktok.display import BASIC_USER_FIELDS
from app.tiktok.errors import TikTokRefused, TikTokUnavailable
from app.tiktok.models import UserInfo, VideoItem

TOKEN = "act.fake-token"
OK = '"error":{"code":"ok","message":"","log_id":"log-1"}'


async def test_the_profile_is_asked_for_by_get_with_its_fields(client: TikTokClient, tiktok: respx.MockRouter):
    content = (
        '{"data":{"user":{"open_id":"fake-open-id","union_id":"fake-union-id","display_name":"Аймақ",'
        f'"avatar_url":"https://a.test/1.webp"}}}},{OK}}}'
    )
    route = tiktok.get("/v2/user/info/").respond(200, content=content.encode())
    user = await client.fetch_user_info(TOKEN)
    assert user == UserInfo(
        open_id="fake-open-id",
        union_id="fake-union-id",
        display_name="Аймақ",
        avatar_url="https://a.test/1.webp",
        log_id="log-1",
    )
    request = route.calls.last.request
    assert dict(request.url.params) == {"fields": "open_id,union_id,avatar_url,display_name"}
    assert request.content == b""


async def test_more_fields_are_asked_for_where_their_scope_was_granted(client: TikTokClient, tiktok: respx.MockRouter):
    content = f'{{"data":{{"user":{{"open_id":"o","username":"aima","is_verified":true}}}},{OK}}}'
    route = tiktok.get("/v2/user/info/").respond(200, content=content.encode())
    user = await client.fetch_user_info(TOKEN, (*BASIC_USER_FIELDS, "username", "is_verified"))
    assert (user.username, user.is_verified, user.follower_count) == ("aima", True, None)
    assert "username" in route.calls.last.request.url.params["fields"]


async def test_a_profile_without_user_is_unreadable(client: TikTokClient, tiktok: respx.MockRouter):
    tiktok.get("/v2/user/info/").respond(200, content=f'{{"data":{{}},{OK}}}'.encode())
    with pytest.raises(TikTokUnavailable):
        await client.fetch_user_info(TOKEN)


async def test_a_field_without_scope_is_a_refusal(client: TikTokClient, tiktok: respx.MockRouter):
    body = {"data": {}, "error": {"code": "scope_permission_missed", "message": "m", "log_id": "l"}}
    tiktok.get("/v2/user/info/").respond(400, json=body)
    with pytest.raises(TikTokRefused) as caught:
        await client.fetch_user_info(TOKEN)
    assert caught.value.vendor_code == "scope_permission_missed"


async def test_videos_are_listed(client: TikTokClient, tiktok: respx.MockRouter):
    content = (
        '{"data":{"videos":[{"id":"7602997517160123667","create_time":1793534400,"title":"T","view_count":12,'
        '"share_url":"https://www.tiktok.com/@aima/photo/7602997517160123667"},'
        '{"id":7602997517160123668},{"title":"no id"},"junk"],'
        f'"cursor":1793534400000,"has_more":true}},{OK}}}'
    )
    route = tiktok.post("/v2/video/list/").respond(200, content=content.encode())
    page = await client.list_videos(TOKEN, cursor=1793600000000, max_count=50)
    assert page.videos == (
        VideoItem(
            id="7602997517160123667",
            create_time=1793534400,
            title="T",
            view_count=12,
            share_url="https://www.tiktok.com/@aima/photo/7602997517160123667",
        ),
        VideoItem(id="7602997517160123668"),
    )
    assert (page.cursor, page.has_more) == (1793534400000, True)
    request = route.calls.last.request
    assert json.loads(request.content) == {"max_count": 20, "cursor": 1793600000000}
    assert "share_url" in request.url.params["fields"].split(",")


async def test_the_first_page_has_no_cursor(client: TikTokClient, tiktok: respx.MockRouter):
    route = tiktok.post("/v2/video/list/").respond(200, content=f'{{"data":{{}},{OK}}}'.encode())
    page = await client.list_videos(TOKEN, max_count=5)
    assert (page.videos, page.cursor, page.has_more) == ((), None, False)
    assert json.loads(route.calls.last.request.content) == {"max_count": 5}


async def test_ids_that_are_no_numbers_are_left_out_and_the_rest_asked_for_by_twenties(
    client: TikTokClient, tiktok: respx.MockRouter
):
    route = tiktok.post("/v2/video/query/").respond(
        200, content=f'{{"data":{{"videos":[{{"id":"1"}}]}},{OK}}}'.encode()
    )
    ids = ["p_pub~1", *[str(number) for number in range(1, 26)], "1", "", "१२"]
    videos = await client.query_videos(TOKEN, ids)
    batches = [json.loads(call.request.content)["filters"]["video_ids"] for call in route.calls]
    assert batches == [[str(number) for number in range(1, 21)], [str(number) for number in range(21, 26)]]
    assert [video.id for video in videos] == ["1", "1"]


async def test_nothing_is_asked_for_when_no_id_is_left(client: TikTokClient, tiktok: respx.MockRouter):
    assert await client.query_videos(TOKEN, ["v_pub"]) == ()
    assert tiktok.calls.call_count == 0
