"""Conformance: `python-tiktok`, as it comes from the registry, against the emulated TikTok accounts over real HTTP."""

import asyncio
import functools
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pytiktok import BusinessAccountApi
from pytiktok.error import PyTiktokError

from app.emulator import create_emulator
from app.emulator.business_api.settings import BusinessSettings
from tests.emulator.business_api.support import ADVERTISER, APP, Business
from tests.emulator.support import Page, Site, make_image, serve
from tests.emulator.videos import make_video
from tests.support.waiting import eventually

REDIRECT = "https://newsroom.example/api/business/callback/"
OPEN_ID = "-000BusinessDailyBulletin0000000001"
OFFICE = "-000BusinessCityOffice000000000003"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    site = Site()
    site.pages["/clip.mp4"] = Page(make_video(), content_type="video/mp4")
    site.pages["/1.jpg"] = Page(make_image())
    settings = BusinessSettings(limits_enabled=False, publish_seconds=0, post_id_seconds=0)
    with serve(create_emulator(business_settings=settings, transport=httpx.ASGITransport(app=site))) as address:
        yield address


@pytest.fixture
def api(address: str) -> BusinessAccountApi:
    control(address, "reset")
    made = BusinessAccountApi(
        app_id=APP["app_id"], app_secret=APP["secret"], base_url=f"{address}/open_api", oauth_redirect_uri=REDIRECT
    )
    made.generate_access_token(control(address, "account-codes", redirect_uri=REDIRECT)["auth_code"])
    return made


def control(address: str, path: str, **body: Any) -> Any:
    answer = httpx.post(f"{address}/_emulator/business/{path}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_tokens_are_exchanged_refreshed_shown_and_revoked(api: BusinessAccountApi, address: str):
    code = control(address, "account-codes", redirect_uri=REDIRECT)["auth_code"]
    with pytest.raises(PyTiktokError, match="40110"):
        api.generate_access_token(code, redirect_uri=REDIRECT.rstrip("/"))
    token = api.generate_access_token(code)
    assert (token.open_id, token.expires_in, token.refresh_token_expires_in) == (OPEN_ID, 86_400, 31_536_000)
    with pytest.raises(PyTiktokError, match="40110"):
        api.generate_access_token(code)
    assert api.get_token_info(token.access_token).creator_id == OPEN_ID
    fresh = api.refresh_access_token(token.refresh_token)
    assert fresh.access_token != token.access_token
    control(address, "clock", advance_seconds=86_400)
    with pytest.raises(PyTiktokError, match="40102"):
        api.get_account_data(OPEN_ID)
    api.refresh_access_token(fresh.refresh_token)
    api.revoke_access_token(api.access_token)
    with pytest.raises(PyTiktokError, match="40105"):
        api.get_account_data(OPEN_ID)
    with pytest.raises(PyTiktokError, match="40107"):
        api.refresh_access_token(fresh.refresh_token)


def has_status(api: BusinessAccountApi, share_id: str, status: str) -> bool:
    return bool(api.get_publish_status(OPEN_ID, share_id).data.status == status)


async def test_posts_are_published_and_counted(api: BusinessAccountApi, address: str):
    url = "https://media.example/clip.mp4"
    with pytest.raises(PyTiktokError, match="ownership"):
        await asyncio.to_thread(api.create_video, OPEN_ID, url, {})
    control(address, "properties", url="https://media.example/")
    video = api.create_video(OPEN_ID, url, {"caption": "Таң хабары #news"}).data.share_id
    photo = api.create_photo(
        OPEN_ID, ["https://media.example/1.jpg"], {"privacy_level": "PUBLIC_TO_EVERYONE", "title": "Сурет"}
    ).data.share_id
    gone = api.create_video(OPEN_ID, "https://media.example/gone.mp4", {}).data.share_id
    assert video.startswith("v_pub_url~v1.")
    assert photo.startswith("p_pub_url~v1.")
    statuses = {video: "PUBLISH_COMPLETE", photo: "PUBLISH_COMPLETE", gone: "FAILED"}
    for share_id, status in statuses.items():
        await eventually(functools.partial(has_status, api, share_id, status))
    (item,) = api.get_publish_status(OPEN_ID, video, return_json=True)["data"]["post_ids"]
    assert api.get_publish_status(OPEN_ID, gone, return_json=True)["data"]["reason"] == "video_pull_failed"
    control(address, "clock", advance_seconds=5 * 86_400)
    api.generate_access_token(control(address, "account-codes", redirect_uri=REDIRECT)["auth_code"])
    listed = api.get_account_videos(OPEN_ID, fields=["item_id", "caption", "likes", "media_type"], return_json=True)
    found = {one["item_id"]: one for one in listed["data"]["videos"]}
    assert found[item]["caption"] == "Таң хабары #news"
    assert found[item]["likes"] > 0
    assert len(found) == 2
    assert api.get_account_post_privacy(OPEN_ID).data.comment_disabled is False
    with pytest.raises(PyTiktokError, match="caption"):
        api.create_video(OPEN_ID, url, {"caption": "x" * 2_201})


def test_the_account_shows_itself(api: BusinessAccountApi):
    shown = api.get_account_data(OPEN_ID, fields=["username", "followers_count", "metrics", "audience_ages"])
    assert (shown.data.username, shown.data.followers_count) == ("daily.bulletin", 18_204)
    assert len(shown.data.metrics) == 7
    assert api.get_hashtag_suggestions(OPEN_ID, "жаңалық", return_json=True)["data"]["suggestions"]
    with pytest.raises(PyTiktokError, match="40001"):
        api.get_account_data(OFFICE)


def test_organic_comments_are_read_and_moderated(api: BusinessAccountApi, address: str):
    item = control(address, "posts", caption="Жаңалық")["item_id"]
    first = control(address, "organic-comments", item_id=item, text="Жақсы")["comment_id"]
    control(address, "organic-comments", item_id=item, text="Иә", answers=first)
    mine = api.create_reply(OPEN_ID, item, first, text="Рақмет!").data.comment_id
    api.create_comment(OPEN_ID, item, text="Толығырақ сайтта")
    listed = api.get_video_comments(OPEN_ID, item, include_replies=True, sort_order="asc", return_json=True)["data"]
    assert [one["text"] for one in listed["comments"]] == ["Жақсы", "Толығырақ сайтта"]
    assert [one["text"] for one in listed["comments"][0]["reply_list"]] == ["Иә", "Рақмет!"]
    assert len(api.get_comment_replies(OPEN_ID, item, first).data.comments) == 2
    api.like_comment(OPEN_ID, first)
    api.pin_comment(OPEN_ID, item, first)
    api.hide_comment(OPEN_ID, item, first)
    (shown,) = api.get_video_comments(OPEN_ID, item, comment_ids=[first], return_json=True)["data"]["comments"]
    assert (shown["likes"], shown["pinned"], shown["status"]) == (1, True, "HIDDEN")
    assert len(api.get_video_comments(OPEN_ID, item, status="PUBLIC").data.comments) == 1
    api.delete_comment(OPEN_ID, mine)
    with pytest.raises(PyTiktokError, match="40001"):
        api.delete_comment(OPEN_ID, first)
    picture = api.upload_comment_image(OPEN_ID, make_image(), return_json=True)["data"]
    api.create_comment(
        OPEN_ID, item, image_uri=picture["image_uri"], image_width=picture["width"], image_height=picture["height"]
    )
    with pytest.raises(PyTiktokError, match="text"):
        api.create_comment(OPEN_ID, item, text="x" * 1_201)


def test_url_properties_are_added_listed_and_deleted(api: BusinessAccountApi):
    added = api.add_url_property(APP["app_id"], 2, "https://other.example/", return_json=True)["data"]
    assert added["url_property_info"]["property_status"] == 2
    with pytest.raises(PyTiktokError, match="40002"):
        api.check_url_property_verification(APP["app_id"], 2, "https://other.example/")
    listed = api.get_url_property_list(APP["app_id"], return_json=True)["data"]
    assert [one["url"] for one in listed["url_property_info_list"]] == ["https://other.example/"]
    api.delete_url_property(APP["app_id"], 2, "https://other.example/")


async def test_a_post_is_lent_and_advertised(business: Business):
    post = await business.control("posts", {"caption": "Тасқын"})
    token = (await business.control("account-tokens"))["access_token"]
    owner = Business(business.client, token)
    lent = await owner.post("business/post/authorize/setting/", business_id=OPEN_ID, item_id=post["item_id"])
    assert lent["auth_code_status"] == "NOT_USED"
    taken = {"advertiser_id": ADVERTISER, "auth_code": lent["auth_code"]}
    await business.post("tt_video/authorize/", **taken)
    info = await business.get("tt_video/info/", **taken)
    assert info["item_info"]["item_id"] == post["item_id"]
    group = await business.make_adgroup((await business.make_campaign())["campaign_id"])
    ad = {
        "ad_name": "Boost", "ad_format": "SINGLE_VIDEO", "identity_type": "AUTH_CODE",
        "identity_id": info["user_info"]["identity_id"], "tiktok_item_id": post["item_id"],
        "call_to_action": "READ_MORE", "operation_status": "DISABLE",
    }  # fmt: skip
    body = {"advertiser_id": ADVERTISER, "adgroup_id": group["adgroup_id"], "creatives": [ad]}
    assert (await business.post("ad/create/", **body))["creatives"][0]["operation_status"] == "DISABLE"
    identity = {"advertiser_id": ADVERTISER, "identity_type": "AUTH_CODE", "identity_id": ad["identity_id"]}
    assert len((await business.get("identity/video/get/", **identity))["video_list"]) == 1
    status = await owner.get("business/post/authorize/status/", business_id=OPEN_ID, item_id=post["item_id"])
    assert status["auth_code_status"] == "IN_USE"
    await business.post("tt_video/unbind/", advertiser_id=ADVERTISER, item_id=post["item_id"])
    assert (await business.refused("POST", "ad/create/", **body))[0] == 40002


async def test_events_of_posts_and_comments_go_to_the_hook_of_their_kind(business: Business, site: Site):
    site.pages["/clip.mp4"] = Page(make_video(), content_type="video/mp4")
    for kind in ("VIDEO", "COMMENT"):
        hook = {"event_type": kind, "callback_url": f"https://news.example/{kind.lower()}"}
        await business.post("business/webhook/update/", **APP, **hook)
    await business.control("properties", {"url": "https://media.example/"})
    token = (await business.control("account-tokens"))["access_token"]
    owner = Business(business.client, token)
    body = {"business_id": OPEN_ID, "video_url": "https://media.example/clip.mp4", "post_info": {}}
    share = (await owner.post("business/video/publish/", **body))["share_id"]
    item = (await business.control("posts"))["item_id"]
    await business.control("organic-comments", {"item_id": item, "text": "Жақсы"})

    async def advanced() -> bool:
        await business.control("clock", {"advance_seconds": 5})
        return len(site.hooks) == 3

    await eventually(advanced)
    events = [json.loads(content) for _, content in site.hooks]
    assert sorted(event["event"] for event in events) == [
        "comment.update",
        "post.publish.complete",
        "post.publish.publicly_available",
    ]
    (comment,) = [event for event in events if event["event"] == "comment.update"]
    assert f'"video_id":{item}' in comment["content"]
    (complete,) = [event for event in events if event["event"] == "post.publish.complete"]
    assert json.loads(complete["content"])["publish_id"] == share
    headers, content = site.hooks[0]
    moment, sign = (part.partition("=")[2] for part in headers["tiktok-signature"].split(","))
    signed = hmac.new(APP["secret"].encode(), f"{moment}.".encode() + content, hashlib.sha256).hexdigest()
    assert sign == signed
