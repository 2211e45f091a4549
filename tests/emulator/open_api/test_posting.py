"""Photo posts: what is refused at the door, creator_info, cancellation."""

from typing import Any

import pytest

from app.emulator import Emulator
from tests.emulator.support import (
    BULLETIN,
    MEDIA,
    QUIET,
    Caller,
    Page,
    Site,
    draft_body,
    error_of,
    make_image,
    photo_body,
    wait_for,
)

PUBLIC_OPTIONS = ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]
PRIVATE_OPTIONS = ["FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]


async def test_accepts_a_post_and_tells_its_way(caller: Caller, emulator: Emulator):
    user = await caller.login()
    answer = await user.init()
    assert answer.status_code == 200
    assert answer.json()["error"].keys() == {"code", "message", "log_id"}
    assert answer.json()["error"]["log_id"]
    publish_id = answer.json()["data"]["publish_id"]
    assert publish_id.startswith("p_pub_url~v2.")
    await wait_for(emulator, publish_id, "complete")
    status = await user.status(publish_id)
    assert status["status"] == "PUBLISH_COMPLETE"
    [post_id] = status["publicaly_available_post_id"]
    assert len(str(post_id)) == 19
    assert int(float(post_id)) != post_id


@pytest.mark.parametrize(
    "changes",
    [
        {"media_type": "VIDEO"},
        {"media_type": None},
        {"post_mode": "DIRECT POST"},
        {"is_aigc": "true"},
        {"surprise": 1},
        {"post_info": None},
        {"post_info": {"title": "no privacy"}},
        {"post_info": {"privacy_level": "SELF_ONLY", "disable_everything": True}},
        {"title": "\x00"},
        {"description": "a\x00b"},
        {"disable_duet": "yes"},
        {"title": "x" * 91},
        {"title": "🔥" * 46},
        {"title": 5},
        {"description": "x" * 4_001},
        {"privacy_level": "EVERYONE"},
        {"disable_comment": 1},
        {"disable_comment": "false"},
        {"auto_add_music": None},
        {"brand_organic_toggle": 0},
        {"source": "FILE_UPLOAD"},
        {"photo_images": []},
        {"photo_images": [f"{MEDIA}{index}.jpg" for index in range(36)]},
        {"photo_images": f"{MEDIA}1.jpg"},
        {"photo_images": [1]},
        {"photo_images": ["http://media.example.com/photos/1.jpg"]},
        {"photo_images": ["https://203.0.113.9/photos/1.jpg"]},
        {"photo_images": ["/photos/1.jpg"]},
        {"photo_images": ["https://media.example.com:port/1.jpg"]},
        {"photo_cover_index": 1},
        {"photo_cover_index": -1},
        {"photo_cover_index": "0"},
        {"photo_cover_index": True},
        {"source_info": {"source": "PULL_FROM_URL", "photo_images": [f"{MEDIA}1.jpg"]}},
    ],
    ids=repr,
)
async def test_a_body_that_breaks_the_documents_is_an_invalid_param(caller: Caller, changes: dict[str, Any]):
    user = await caller.login()
    assert error_of(await user.init(photo_body(**changes))) == (400, "invalid_param")
    assert (await caller.read("posts"))["inits"]["accepted"] == 0


@pytest.mark.parametrize(
    ("content", "kind"), [(b"{", "application/json"), (b"[]", "application/json"), (b"a=1", "x/y")]
)
async def test_a_body_that_is_no_json_object_is_an_invalid_param(caller: Caller, content: bytes, kind: str):
    user = await caller.login()
    headers = {"Authorization": f"Bearer {user.access_token}", "Content-Type": kind}
    answer = await caller.client.post("/v2/post/publish/content/init/", content=content, headers=headers)
    assert error_of(answer) == (400, "invalid_param")


@pytest.mark.parametrize("title", ["x" * 90, "🔥" * 45, "Қазақстан жаңалықтары"])
async def test_text_is_measured_in_utf16_units(caller: Caller, title: str):
    user = await caller.login()
    assert error_of(await user.init(photo_body(title=title, description="ә" * 4_000))) == (200, "ok")


async def test_thirty_five_photos_are_taken(caller: Caller, emulator: Emulator, site: Site):
    user = await caller.login()
    site.pages.update({f"/photos/{index}.jpg": Page(make_image(60, 90)) for index in range(35)})
    urls = [f"{MEDIA}{index}.jpg" for index in range(35)]
    publish_id = await user.accepted(photo_body(photo_images=urls, photo_cover_index=34))
    await wait_for(emulator, publish_id, "complete")
    assert sorted(site.asked) == sorted(f"/photos/{index}.jpg" for index in range(35))


async def test_without_a_valid_token_nothing_is_told(caller: Caller):
    for header in ({}, {"Authorization": "Bearer act.unknown"}, {"Authorization": "act.unknown"}):
        answer = await caller.client.post("/v2/post/publish/content/init/", json=photo_body(), headers=header)
        assert error_of(answer) == (401, "access_token_invalid")


async def test_the_scope_must_fit_the_mode(caller: Caller):
    publisher, drafter = await caller.login(scopes=("video.publish",)), await caller.login(scopes=("video.upload",))
    reader = await caller.login(scopes=("user.info.basic", "video.list"))
    assert error_of(await publisher.init()) == (200, "ok")
    assert error_of(await drafter.init(draft_body())) == (200, "ok")
    assert error_of(await publisher.init(draft_body())) == (401, "scope_not_authorized")
    assert error_of(await drafter.init()) == (401, "scope_not_authorized")
    assert error_of(await reader.init()) == (401, "scope_not_authorized")


async def test_the_privacy_level_must_be_among_the_creators_options(caller: Caller):
    public, private = await caller.login(BULLETIN), await caller.login(QUIET)
    mismatch = (403, "privacy_level_option_mismatch")
    assert error_of(await public.init(photo_body(privacy_level="FOLLOWER_OF_CREATOR"))) == mismatch
    assert error_of(await private.init()) == mismatch
    assert error_of(await private.init(photo_body(privacy_level="FOLLOWER_OF_CREATOR"))) == (200, "ok")


async def test_branded_content_cannot_be_private(caller: Caller):
    user = await caller.login()
    answer = await user.init(photo_body(privacy_level="SELF_ONLY", brand_content_toggle=True))
    assert error_of(answer) == (400, "invalid_param")


async def test_an_unaudited_app_posts_only_to_itself_and_only_on_private_accounts(caller: Caller):
    await caller.control("settings", {"audited": False})
    public, private = await caller.login(BULLETIN), await caller.login(QUIET)
    refused = (403, "unaudited_client_can_only_post_to_private_accounts")
    assert error_of(await public.init()) == refused
    assert error_of(await public.init(photo_body(privacy_level="SELF_ONLY"))) == refused
    assert error_of(await private.init(photo_body(privacy_level="FOLLOWER_OF_CREATOR"))) == refused
    assert error_of(await private.init(photo_body(privacy_level="SELF_ONLY"))) == (200, "ok")
    assert error_of(await public.init(draft_body())) == (200, "ok")


async def test_brand_toggles_can_be_made_required(caller: Caller):
    user = await caller.login()
    bare = photo_body(post_info={"privacy_level": "SELF_ONLY"})
    assert error_of(await user.init(bare)) == (200, "ok")
    await caller.control("settings", {"require_brand_toggles": True})
    assert error_of(await user.init(bare)) == (400, "invalid_param")


async def test_an_old_tiktok_app_refuses_drafts(caller: Caller):
    await caller.control("accounts", {"username": BULLETIN, "old_app": True})
    user = await caller.login()
    assert error_of(await user.init(draft_body())) == (400, "app_version_check_failed")
    assert error_of(await user.init()) == (200, "ok")


async def test_creator_info_offers_what_the_account_may(caller: Caller):
    public, private = await caller.login(BULLETIN), await caller.login(QUIET)
    shown = (await public.post("/v2/post/publish/creator_info/query/")).json()["data"]
    assert shown["privacy_level_options"] == PUBLIC_OPTIONS
    assert (shown["creator_nickname"], shown["creator_username"]) == ("Daily Bulletin", BULLETIN)
    assert not shown["duet_disabled"]
    avatar = await caller.client.get(shown["creator_avatar_url"])
    assert avatar.headers["content-type"].startswith("image/svg+xml")
    shown = (await private.post("/v2/post/publish/creator_info/query/")).json()["data"]
    assert shown["privacy_level_options"] == PRIVATE_OPTIONS
    assert shown["duet_disabled"]


async def test_creator_info_takes_an_empty_body_and_no_other_field(caller: Caller):
    user = await caller.login()
    path = "/v2/post/publish/creator_info/query/"
    headers = {"Authorization": f"Bearer {user.access_token}", "Content-Type": "application/json; charset=UTF-8"}
    assert error_of(await caller.client.post(path, headers=headers)) == (200, "ok")
    assert error_of(await user.post(path, {"fields": "x"})) == (400, "invalid_param")


async def test_creator_info_tells_obstacles_with_http_200_on_purpose(caller: Caller):
    await caller.control("accounts", {"username": BULLETIN, "banned": True})
    user = await caller.login()
    answer = await user.post("/v2/post/publish/creator_info/query/")
    assert error_of(answer) == (200, "spam_risk_user_banned_from_posting")
    assert error_of(await user.init()) == (403, "spam_risk_user_banned_from_posting")


async def test_a_post_is_told_to_its_own_account_only(caller: Caller):
    user, other = await caller.login(BULLETIN), await caller.login("city.desk")
    publish_id = await user.accepted()
    path = "/v2/post/publish/status/fetch/"
    foreign = (400, "token_not_authorized_for_specified_publish_id")
    assert error_of(await other.post(path, {"publish_id": publish_id})) == foreign
    assert error_of(await user.post(path, {"publish_id": "p_pub_url~v2.1"})) == (400, "invalid_publish_id")
    assert error_of(await user.post(path, {"publish_id": 5})) == (400, "invalid_param")
    assert error_of(await user.post(path, {"publish_ids": [publish_id]})) == (400, "invalid_param")


async def test_cancelling_works_while_photos_are_pulled_and_not_after(caller: Caller, emulator: Emulator):
    user = await caller.login()
    await caller.control("progression", {"pull_delay": 3_000, "for": "next"})
    slow, quick = await user.accepted(), await user.accepted()
    answer = await user.post("/v2/post/publish/cancel/", {"publish_id": slow})
    assert error_of(answer) == (200, "ok")
    assert answer.json().keys() == {"error"}
    status = await user.status(slow)
    assert (status["status"], status["fail_reason"]) == ("FAILED", "publish_cancelled")
    await wait_for(emulator, quick, "complete")
    refused = (400, "publish_not_cancellable")
    assert error_of(await user.post("/v2/post/publish/cancel/", {"publish_id": quick})) == refused
    assert error_of(await user.post("/v2/post/publish/cancel/", {"publish_id": slow})) == refused


@pytest.mark.parametrize(
    "path",
    [
        "/v2/post/publish/content/init",
        "/v2/post/publish/video/init",
        "/v2/post/publish/inbox/video/init",
        "/v2/post/publish/inbox/content/init/",
        "/v2/research/user/info/",
    ],
)
async def test_what_is_not_emulated_or_misspelled_is_an_unsupported_path(caller: Caller, path: str):
    user = await caller.login()
    answer = await user.post(path, photo_body())
    assert error_of(answer) == (404, "unsupported_path")
    assert answer.json()["error"]["log_id"]


async def test_a_wrong_method_is_refused_in_the_envelope(caller: Caller):
    user = await caller.login()
    assert error_of(await user.get("/v2/post/publish/status/fetch/")) == (405, "unsupported_path")
