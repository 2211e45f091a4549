"""Files, audiences, the change log, subscriptions, and comments under ads."""

import hashlib
from typing import Any

import httpx
import pytest

from tests.emulator.business_api.support import ADVERTISER, APP, Business
from tests.emulator.support import Page, Site, make_image
from tests.emulator.videos import make_video
from tests.support.waiting import eventually


async def upload(business: Business, content: bytes, name: str = "a.mp4", **changes: Any) -> httpx.Response:
    form = {"advertiser_id": ADVERTISER, "upload_type": "UPLOAD_BY_FILE", **changes}
    form.setdefault("video_signature", hashlib.md5(content).hexdigest())
    return await business.send("POST", "file/video/ad/upload/", data=form, files={"video_file": (name, content)})


async def test_a_video_is_looked_into_and_may_then_be_advertised(business: Business):
    content = make_video()
    (video,) = business.data_of(await upload(business, content, flaw_detect="True"))
    assert (video["signature"], video["size"]) == (hashlib.md5(content).hexdigest(), len(content))
    assert video["width"] > 0
    assert video["duration"] > 0
    query = {"advertiser_id": ADVERTISER, "video_ids": [video["video_id"]]}
    assert (await business.get("file/video/ad/info/", **query))["list"][0]["file_name"] == "a.mp4"
    assert (await business.get("file/video/ad/search/", advertiser_id=ADVERTISER))["page_info"]["total_number"] == 1
    group = await business.make_adgroup((await business.make_campaign())["campaign_id"])
    ad = await business.make_ad(group["adgroup_id"], ad_format="SINGLE_VIDEO", video_id=video["video_id"])
    assert ad["video_id"] == video["video_id"]
    for changes, code in (
        ({}, 40911),
        ({"file_name": "b.mp4", "video_signature": "0" * 32}, 40900),
        ({"file_name": "x" * 101}, 40002),
        ({"upload_type": "UPLOAD_BY_URL"}, 40002),
        ({"upload_type": "UPLOAD_BY_FILE_ID", "file_id": "7"}, 40053),
    ):
        assert (await upload(business, content, **changes)).json()["code"] == code
    for wrong, code in ((b"", 40906), (b"no video", 40908), (make_image(), 40908)):
        assert (await upload(business, wrong, name="c.mp4")).json()["code"] == code


async def test_files_are_fetched_by_their_address(business: Business, site: Site):
    site.pages["/clip.mp4"] = Page(make_video(), content_type="video/mp4")
    by_url = {"advertiser_id": ADVERTISER, "upload_type": "UPLOAD_BY_URL", "file_name": "clip"}
    for more in ({"json": {**by_url, "video_url": "https://news.example/clip.mp4"}},):
        (video,) = business.data_of(await business.send("POST", "file/video/ad/upload/", **more))
        assert video["file_name"] == "clip"
    picture = {**by_url, "image_url": "https://media.example/photos/1.jpg"}
    image = business.data_of(await business.send("POST", "file/image/ad/upload/", data=picture, files={"x": b""}))
    assert (image["width"], image["height"], image["format"]) == (540, 960, "jpeg")
    gone = {**by_url, "video_url": "https://news.example/gone.mp4", "file_name": "gone"}
    assert (await business.refused("POST", "file/video/ad/upload/", **gone))[0] == 40902


async def test_an_audience_is_made_of_hashes_only(business: Business):
    hashes = "\n".join(hashlib.sha256(f"{number}@x.example".encode()).hexdigest() for number in range(5)).encode()

    async def send(content: bytes, name: str = "a.csv") -> Any:
        form = {"advertiser_id": ADVERTISER, "calculate_type": "EMAIL_SHA256"}
        form["file_signature"] = hashlib.md5(content).hexdigest()
        files = {"file": (name, content)}
        return await business.send("POST", "dmp/custom_audience/file/upload/", data=form, files=files)

    assert (await send(b"reader@newsroom.example")).json()["code"] == 40062
    assert (await send(hashes, "a.exe")).json()["code"] == 40908
    path = business.data_of(await send(hashes))["file_path"]
    body = {"advertiser_id": ADVERTISER, "custom_audience_name": "Readers", "file_paths": [path]}
    wrong = {**body, "calculate_type": "PHONE_SHA256"}
    assert (await business.refused("POST", "dmp/custom_audience/create/", **wrong))[0] == 40909
    made = await business.post("dmp/custom_audience/create/", **body, calculate_type="EMAIL_SHA256")
    named = {"advertiser_id": ADVERTISER, "custom_audience_ids": [made["custom_audience_id"]]}
    (found,) = (await business.get("dmp/custom_audience/get/", **named))["list"]
    assert found["audience_details"]["cover_num"] == 5
    await business.post(
        "dmp/custom_audience/update/", advertiser_id=ADVERTISER, file_paths=[path], action="REMOVE",
        custom_audience_id=made["custom_audience_id"],
    )  # fmt: skip
    (found,) = (await business.get("dmp/custom_audience/list/", advertiser_id=ADVERTISER))["list"]
    assert found["cover_num"] == 0
    await business.post("dmp/custom_audience/delete/", **named)
    assert (await business.refused("GET", "dmp/custom_audience/get/", **named))[0] == 40007


async def test_the_change_log_tells_what_a_lost_write_did(business: Business):
    campaign = await business.make_campaign()
    await business.control("next-errors", {"endpoint": "campaign/update/", "phase": "after", "cut": True})
    with pytest.raises(httpx.RemoteProtocolError):
        await business.post(
            "campaign/update/", advertiser_id=ADVERTISER, campaign_id=campaign["campaign_id"], budget=99
        )
    now = (await business.look("clock"))["now"]
    span = {"start_time": now[:11] + "00:00:00", "end_time": now}
    made = await business.post("changelog/task/create/", advertiser_id=ADVERTISER, **span)
    task = {"advertiser_id": ADVERTISER, **made}
    assert (await business.get("changelog/task/check/", **task))["status"] == "PROCESSING"
    await business.control("clock", {"advance_seconds": 5})
    log = (await business.get("changelog/task/download/", **task))["changelog"]["file_data"]
    assert log["changes"]["budget"] == 1
    newest = log["logs"][0]
    assert newest["object_id"] == campaign["campaign_id"]
    assert newest["activity_details"][0]["before_after"] == [{"before": "60.0", "after": "99.0"}]


async def test_reviews_and_suspensions_are_told_to_subscribers(business: Business, site: Site):
    _, _, ad = await business.make_all()
    for entity, detail in (("AD", {"ad_id": ad}), ("AD_ACCOUNT_SUSPENSION", {"advertiser_id": ADVERTISER})):
        await business.post(
            "subscription/subscribe/", **APP, subscribe_entity=entity, callback_url="https://news.example/hook",
            subscription_detail={"access_token": business.token, **detail},
        )  # fmt: skip
    assert (await business.get("subscription/get/", **APP))["page_info"]["total_number"] == 2
    await business.control("clock", {"advance_seconds": 60})
    await eventually(lambda: len(site.hooks) == 1)
    assert f'"adv_id":{ADVERTISER}'.encode() in site.hooks[0][1]
    assert b'"object":3' in site.hooks[0][1]
    await business.control(f"advertisers/{ADVERTISER}", {"status": "STATUS_LIMIT"})
    await eventually(lambda: len(site.hooks) == 2)
    for one in (await business.get("subscription/get/", **APP))["subscriptions"]:
        await business.post("subscription/unsubscribe/", **APP, subscription_id=one["subscription_id"])
    await business.control(f"advertisers/{ADVERTISER}", {"status": "STATUS_ENABLE"})
    assert [one["state"] for one in (await business.look("notices"))["items"]] == ["delivered", "delivered"]
    bad = {"subscribe_entity": "AD", "callback_url": "ftp://x", "subscription_detail": {}}
    assert (await business.refused("POST", "subscription/subscribe/", **APP, **bad))[0] == 40002


async def test_comments_are_listed_answered_hidden_and_deleted(business: Business):
    _, group, ad = await business.make_all()
    found = await business.one("ad/get/")
    first = await business.control("comments", {"ad_id": ad, "text": "Жақсы!", "likes": 3})
    spam = {"ad_id": ad, "text": "spam", "user_name": "bot", "answers": first["comment_id"]}
    await business.control("comments", spam)
    today = (await business.look("clock"))["now"][:10]
    query = {"advertiser_id": ADVERTISER, "search_field": "ADGROUP_ID", "search_value": group}
    query |= {"start_time": today, "end_time": today}
    await business.post("blockedword/create/", advertiser_id=ADVERTISER, blocked_words=["SPAM"])
    listed = (await business.get("comment/list/", **query))["comments"]
    assert [(one["content"], one["comment_type"], one["hit_blockedword"]) for one in listed] == [
        ("spam", "REPLY", True),
        ("Жақсы!", "COMMENT", False),
    ]
    assert listed[0]["original_comment_id"] == first["comment_id"]
    answer = {
        "advertiser_id": ADVERTISER, "ad_id": ad, "tiktok_item_id": listed[1]["tiktok_item_id"],
        "comment_id": first["comment_id"], "comment_type": "REPLY", "text": "Рақмет!",
        "identity_type": found["identity_type"], "identity_id": found["identity_id"],
    }  # fmt: skip
    for wrong in ({"identity_id": "7"}, {"text": ""}, {"ad_id": None}, {"comment_type": "COMMENT"}):
        assert (await business.refused("POST", "comment/post/", **{**answer, **wrong}))[0] == 40002
    mine = await business.post("comment/post/", **answer)
    thread = await business.get(
        "comment/reference/", advertiser_id=ADVERTISER, comment_id=first["comment_id"], comment_type="COMMENT"
    )
    assert [one["content"] for one in thread["comments"]] == ["Жақсы!", "spam", "Рақмет!"]
    hide = {"advertiser_id": ADVERTISER, "comment_ids": [listed[0]["comment_id"]], "operation": "HIDDEN"}
    await business.post("comment/status/update/", **hide)
    public = (await business.get("comment/list/", **query, comment_status=["PUBLIC"]))["comments"]
    assert len(public) == 2
    gone = {**answer, "comment_id": mine["comment_id"]}
    await business.post("comment/delete/", **gone)
    assert (await business.refused("POST", "comment/delete/", **answer))[0] == 40001
    assert (await business.get("comment/list/", **query, comment_type="COMMENT"))["comments"][0]["replies"] == 1
    too_long = {**query, "start_time": "2025-01-01", "end_time": "2025-01-31"}
    assert (await business.refused("GET", "comment/list/", **too_long))[0] == 40002
    task = {"advertiser_id": ADVERTISER, **await business.post("comment/task/create/", **query)}
    assert (await business.get("comment/task/check/", **task))["status"] == "RUNNING"
    await business.control("clock", {"advance_seconds": 5})
    assert (await business.get("comment/task/check/", **task))["status"] == "SUCCEED"
    assert "Жақсы!" in (await business.get("comment/task/download/", **task))["csv"]


async def test_smart_plus_has_no_comments_here_and_words_are_blocked(business: Business):
    made = (await business.control("history", {"campaigns": 1, "days": 1, "smart_plus": True}))["items"][0]
    query = {"advertiser_id": ADVERTISER, "search_field": "ADGROUP_ID", "search_value": made["adgroup_id"]}
    query |= {"start_time": "2026-01-01", "end_time": "2026-01-02"}
    code, message = await business.refused("GET", "comment/list/", **query)
    assert (code, message) == (40002, "This API does not support Upgraded Smart Plus ads.")
    words = {"advertiser_id": ADVERTISER, "blocked_words": ["бір", "екі"]}
    await business.post("blockedword/create/", **words)
    await business.post("blockedword/update/", advertiser_id=ADVERTISER, old_word="бір", new_word="үш")
    assert (await business.get("blockedword/list/", advertiser_id=ADVERTISER))["list"] == [
        {"bw_content": "үш"},
        {"bw_content": "екі"},
    ]
    await business.post("blockedword/delete/", advertiser_id=ADVERTISER, blocked_words=["үш"])
    checked = await business.get("blockedword/check/", **words)
    assert [one["blocked"] for one in checked["results"]] == [False, True]
