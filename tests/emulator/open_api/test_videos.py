"""Videos: what is refused at the door, how they are pulled, and how they are judged."""

import asyncio
import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from app.emulator import Emulator
from tests.emulator.support import MEDIA, QUIET, Caller, Page, Site, error_of, photo_body, wait_for
from tests.emulator.videos import INBOX_INIT, INIT, VIDEO_URL, accepted_video, make_video, upload_source, video_body

FIVE_MEBI = 5 * 1_048_576


@pytest.fixture(autouse=True)
def video_page(site: Site) -> Page:
    site.pages["/photos/1.mp4"] = Page(make_video(), content_type="video/mp4")
    return site.pages["/photos/1.mp4"]


async def test_accepts_a_video_and_tells_its_way(caller: Caller, emulator: Emulator):
    user = await caller.login()
    data = await accepted_video(user)
    assert data.keys() == {"publish_id"}
    assert data["publish_id"].startswith("v_pub_url~v2-1.")
    post = await wait_for(emulator, data["publish_id"], "complete", "failed")
    status = await user.status(data["publish_id"])
    assert status["status"] == "PUBLISH_COMPLETE", post.fail_detail
    assert status["downloaded_bytes"] == len(make_video())
    assert "uploaded_bytes" not in status
    assert len(status["publicaly_available_post_id"]) == 1


async def test_a_draft_goes_to_the_inbox(caller: Caller, emulator: Emulator):
    user = await caller.login()
    data = await accepted_video(user, INBOX_INIT, {"source_info": video_body()["source_info"]})
    assert data["publish_id"].startswith("v_inbox_url~v2.")
    await wait_for(emulator, data["publish_id"], "inbox")
    assert (await user.status(data["publish_id"]))["status"] == "SEND_TO_USER_INBOX"


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "x" * 2_201},
        {"title": "🔥" * 1_101},
        {"description": "videos have none"},
        {"auto_add_music": True},
        {"surprise": 1},
        {"is_aigc": "true"},
        {"disable_duet": 1},
        {"privacy_level": "EVERYBODY"},
        {"video_cover_timestamp_ms": "1000"},
        {"video_cover_timestamp_ms": 1.5},
        {"video_cover_timestamp_ms": 2**31},
        {"privacy_level": "SELF_ONLY", "brand_content_toggle": True},
        {"source_info": {"source": "PULL_FROM_URL"}},
        {"source_info": {"source": "PULL_FROM_URL", "video_url": VIDEO_URL, "video_size": 5}},
        {"source_info": {"source": "PULL_FROM_URL", "photo_images": [VIDEO_URL]}},
        {"source_info": {"source": "PULL_FROM_URL", "video_url": "http://media.example.com/photos/1.mp4"}},
        {"source_info": {"source": "FILE_UPLOAD", "video_size": 5, "chunk_size": 5}},
        {"source_info": {**upload_source(5), "video_url": VIDEO_URL}},
        {"source_info": {"source": "URL", "video_url": VIDEO_URL}},
    ],
    ids=lambda changes: repr(changes)[:70],
)
async def test_a_body_that_does_not_fit_is_refused(caller: Caller, site: Site, changes: dict[str, Any]):
    user = await caller.login()
    assert error_of(await user.post(INIT, video_body(**changes))) == (400, "invalid_param")
    assert site.asked == []


async def test_a_body_without_its_sections_is_refused(caller: Caller):
    user = await caller.login()
    whole = video_body()
    for body in ({"source_info": whole["source_info"]}, {"post_info": whole["post_info"]}, {**whole, "is_aigc": True}):
        assert error_of(await user.post(INIT, body)) == (400, "invalid_param")
    unknown = {**whole, "post_info": {"disable_everything": True}}
    assert error_of(await user.post(INBOX_INIT, unknown)) == (400, "invalid_param")


@pytest.mark.parametrize(
    ("size", "chunk", "count"),
    [
        (1, 1, 1),
        (5_000_000, 5_000_000, 1),
        (64_000_000, 64_000_000, 1),
        (50_000_123, 10_000_000, 5),
        (64_000_001, 10_000_000, 6),
        (2 * FIVE_MEBI - 1, FIVE_MEBI, 1),
        (127_999_999, 64_000_000, 1),
        (4_000_000_000, 10_000_000, 400),
        (0, 0, 0),
        (-5, -5, 1),
        (4_000_000_001, 10_000_000, 400),
        (10_000_000, 5_000_000, 2),
        (50_000_123, 10_000_000, 6),
        (50_000_123, 10_000_000, 4),
        (100_000_000, 65_000_000, 1),
        (70_000_000, 70_000_000, 1),
        (5_000_000, 6_000_000, 1),
        (5_000_000, 6_000_000, 0),
        (4_000_000, 2_000_000, 2),
    ],
)
async def test_chunks_follow_the_official_arithmetic(caller: Caller, size: int, chunk: int, count: int):
    user = await caller.login()
    fine = {
        (1, 1, 1),
        (5_000_000, 5_000_000, 1),
        (64_000_000, 64_000_000, 1),
        (50_000_123, 10_000_000, 5),
        (64_000_001, 10_000_000, 6),
        (2 * FIVE_MEBI - 1, FIVE_MEBI, 1),
        (4_000_000_000, 10_000_000, 400),
    }
    answer = await user.post(INIT, video_body(source_info=upload_source(size, chunk, count)))
    assert error_of(answer) == ((200, "ok") if (size, chunk, count) in fine else (400, "invalid_param"))
    if (size, chunk, count) in fine:
        assert answer.json()["data"]["publish_id"].startswith("v_pub_file~v2-1.")
        assert len(answer.json()["data"]["upload_url"]) <= 256


async def test_each_way_of_posting_needs_its_scope(caller: Caller):
    publisher = await caller.login(scopes=("user.info.basic", "video.publish"))
    uploader = await caller.login(scopes=("user.info.basic", "video.upload"))
    draft = {"source_info": video_body()["source_info"]}
    assert error_of(await publisher.post(INIT, video_body())) == (200, "ok")
    assert error_of(await uploader.post(INBOX_INIT, draft)) == (200, "ok")
    assert error_of(await uploader.post(INIT, video_body())) == (401, "scope_not_authorized")
    assert error_of(await publisher.post(INBOX_INIT, draft)) == (401, "scope_not_authorized")


async def test_audit_privacy_and_ownership_hold_for_videos(caller: Caller):
    user, quiet = await caller.login(), await caller.login(QUIET)
    elsewhere = {"source": "PULL_FROM_URL", "video_url": "https://cdn.example.com/1.mp4"}
    assert error_of(await user.post(INIT, video_body(source_info=elsewhere))) == (403, "url_ownership_unverified")
    assert error_of(await quiet.post(INIT, video_body())) == (403, "privacy_level_option_mismatch")
    await caller.control("settings", {"audited": False})
    unaudited = (403, "unaudited_client_can_only_post_to_private_accounts")
    assert error_of(await user.post(INIT, video_body())) == unaudited
    assert error_of(await quiet.post(INIT, video_body(privacy_level="SELF_ONLY"))) == (200, "ok")
    # A draft is not posted by the app, so its audit does not matter.
    assert error_of(await user.post(INBOX_INIT, {"source_info": video_body()["source_info"]})) == (200, "ok")


async def test_inits_of_a_minute_are_counted_for_each_endpoint_or_together(caller: Caller):
    user = await caller.login()
    for _ in range(6):
        await accepted_video(user)
    assert error_of(await user.post(INIT, video_body())) == (429, "rate_limit_exceeded")
    assert error_of(await user.init()) == (200, "ok")
    await caller.control("reset", {"keep": ["tokens", "properties"]})
    await caller.control("settings", {"inits_share_limit": True})
    for _ in range(3):
        await accepted_video(user)
        await user.accepted()
    assert error_of(await user.init()) == (429, "rate_limit_exceeded")
    assert error_of(await user.post(INIT, video_body())) == (429, "rate_limit_exceeded")


async def test_videos_and_photos_share_the_caps(caller: Caller):
    user = await caller.login()
    await caller.control("settings", {"limits_enabled": False, "daily_cap": 3, "pending_drafts_cap": 2})
    await accepted_video(user)
    await user.accepted()
    await accepted_video(user)
    assert error_of(await user.post(INIT, video_body())) == (403, "spam_risk_too_many_posts")
    assert error_of(await user.init()) == (403, "spam_risk_too_many_posts")
    draft = {"source_info": video_body()["source_info"]}
    await accepted_video(user, INBOX_INIT, draft)
    await accepted_video(user, INBOX_INIT, draft)
    assert error_of(await user.post(INBOX_INIT, draft)) == (403, "spam_risk_too_many_pending_share")
    banned = {"username": "daily.bulletin", "banned": True}
    await caller.control("accounts", banned)
    for path, body in ((INIT, video_body()), (INBOX_INIT, draft)):
        assert error_of(await user.post(path, body)) == (403, "spam_risk_user_banned_from_posting")


@pytest.mark.parametrize(
    ("made", "found"),
    [
        ({}, ("mp4", "h264", 360, 640, 30.0, True)),
        ({"faststart": False}, ("mp4", "h264", 360, 640, 30.0, False)),
        ({"container": "mov"}, ("mov", "h264", 360, 640, 30.0, True)),
        ({"codec": "libx265"}, ("mp4", "hevc", 360, 640, 30.0, True)),
        ({"codec": "libvpx", "container": "webm"}, ("webm", "vp8", 360, 640, 30.0, False)),
        ({"codec": "libvpx-vp9", "container": "webm"}, ("webm", "vp9", 360, 640, 30.0, False)),
        ({"fps": 23}, ("mp4", "h264", 360, 640, 23.0, True)),
        ({"fps": 60}, ("mp4", "h264", 360, 640, 60.0, True)),
        ({"height": 360}, ("mp4", "h264", 360, 360, 30.0, True)),
    ],
    ids=repr,
)
async def test_takes_what_is_within_the_table(
    caller: Caller, emulator: Emulator, video_page: Page, made: dict[str, Any], found: tuple[Any, ...]
):
    user, video = await caller.login(), make_video(**made)
    video_page.body, video_page.content_type = video, "application/octet-stream"
    post = await wait_for(emulator, (await accepted_video(user))["publish_id"], "complete", "failed")
    assert post.stage == "complete", post.fail_detail
    shown = (await caller.read(f"posts/{post.publish_id}"))["video"]
    names = ("container", "video_codec", "width", "height", "fps", "faststart")
    assert tuple(round(shown[name], 1) if name == "fps" else shown[name] for name in names) == found
    assert (shown["size"], len(shown["sha256"])) == (len(video), 64)


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (lambda: Page(make_video(), status=404), "video_pull_failed"),
        (lambda: Page(make_video(), status=206), "video_pull_failed"),
        (lambda: Page(status=302, headers={"location": f"{MEDIA}2.mp4"}), "video_pull_failed"),
        (lambda: Page(b""), "file_format_check_failed"),
        (lambda: Page(b"<html>not a video</html>"), "file_format_check_failed"),
        (lambda: Page(make_video(container="matroska")), "file_format_check_failed"),
        (lambda: Page(make_video(container="avi")), "file_format_check_failed"),
        (lambda: Page(make_video(codec="mpeg4")), "file_format_check_failed"),
        (lambda: Page(make_video()[:-100]), "file_format_check_failed"),
        (lambda: Page(make_video(faststart=False)[:-100]), "file_format_check_failed"),
        (lambda: Page(_half(make_video(codec="libvpx-vp9", container="webm", frames=90))), "file_format_check_failed"),
        (lambda: Page(make_video()[:600] + bytes(len(make_video()) - 600)), "file_format_check_failed"),
        (lambda: Page(make_video(fps=15)), "frame_rate_check_failed"),
        (lambda: Page(make_video(fps=75)), "frame_rate_check_failed"),
        (lambda: Page(make_video(358, 640)), "picture_size_check_failed"),
        (lambda: Page(make_video(4_100, 360, frames=2)), "picture_size_check_failed"),
    ],
    ids=[
        "missing",
        "part",
        "moved",
        "empty",
        "html",
        "matroska",
        "avi",
        "mpeg4",
        "frames-cut-off",
        "index-cut-off",
        "half-a-webm",
        "overwritten",
        "too-slow",
        "too-fast",
        "too-narrow",
        "too-wide",
    ],
)
async def test_what_is_outside_fails_with_tiktoks_reason(
    caller: Caller, emulator: Emulator, site: Site, page: Callable[[], Page], reason: str
):
    user = await caller.login()
    site.pages["/photos/1.mp4"] = page()
    post = await wait_for(emulator, (await accepted_video(user))["publish_id"], "failed", "complete")
    assert (post.stage, post.fail_reason) == ("failed", reason), post.fail_detail
    status = await user.status(post.publish_id)
    assert (status["status"], status["fail_reason"]) == ("FAILED", reason)


def _half(video: bytes) -> bytes:
    return video[: len(video) // 2]


async def test_a_post_is_held_to_the_creators_length_and_a_draft_to_the_apis(caller: Caller, emulator: Emulator):
    user = await caller.login()
    await caller.control("accounts", {"username": "daily.bulletin", "max_video_post_duration_sec": 0})
    too_long = await wait_for(emulator, (await accepted_video(user))["publish_id"], "failed", "complete")
    assert too_long.fail_reason == "duration_check_failed"
    draft = {"source_info": video_body()["source_info"]}
    fine = await wait_for(emulator, (await accepted_video(user, INBOX_INIT, draft))["publish_id"], "inbox", "failed")
    assert fine.stage == "inbox"
    await caller.control("settings", {"video_seconds_limit": 0.5})
    also = await wait_for(emulator, (await accepted_video(user, INBOX_INIT, draft))["publish_id"], "inbox", "failed")
    assert also.fail_reason == "duration_check_failed"


async def test_a_video_that_is_too_large_is_not_pulled_to_its_end(caller: Caller, emulator: Emulator, video_page: Page):
    user = await caller.login()
    await caller.control("settings", {"video_max_bytes": 1_000})
    post = await wait_for(emulator, (await accepted_video(user))["publish_id"], "failed")
    assert post.fail_reason == "file_format_check_failed"
    assert len(video_page.body) > 1_000


async def test_a_site_that_never_answers_is_given_up_after_an_hour(
    caller: Caller, emulator: Emulator, video_page: Page
):
    user = await caller.login()
    video_page.gate = asyncio.Event()
    publish_id = (await accepted_video(user))["publish_id"]
    await caller.control("clock", {"advance_seconds": 3_500})
    assert (await user.status(publish_id))["status"] == "PROCESSING_DOWNLOAD"
    await caller.control("clock", {"advance_seconds": 101})
    post = await wait_for(emulator, publish_id, "failed")
    assert post.fail_reason == "video_pull_failed"


async def test_a_slow_pull_can_be_cancelled(caller: Caller):
    user = await caller.login()
    await caller.control("progression", {"pull_delay": 3_000, "for": "next"})
    publish_id = (await accepted_video(user))["publish_id"]
    assert error_of(await user.post("/v2/post/publish/cancel/", {"publish_id": publish_id})) == (200, "ok")
    assert (await user.status(publish_id))["fail_reason"] == "publish_cancelled"


async def test_progression_and_faults_act_on_videos(caller: Caller, emulator: Emulator):
    user = await caller.login()
    await caller.control("progression", {"fail_reason": "spam_risk_text", "for": "next"})
    refused = await wait_for(emulator, (await accepted_video(user))["publish_id"], "failed")
    assert refused.fail_reason == "spam_risk_text"
    await caller.control("next-errors", {"endpoint": "video_init", "code": "internal_error"})
    assert error_of(await user.post(INIT, video_body())) == (500, "internal_error")
    await caller.control("next-errors", {"endpoint": "video_init", "phase": "after", "raw": "<html>", "times": 1})
    lost = await user.post(INIT, video_body(title="lost"))
    assert lost.status_code == 502
    found = await caller.read("posts?caption=lost")
    assert len(found["items"]) == 1
    assert found["inits"]["by_caption"] == [{"open_id": user.open_id, "caption": "lost", "count": 1}]


async def test_counts_videos_by_their_words_and_by_their_bytes(caller: Caller, emulator: Emulator):
    user = await caller.login()
    for title in ("one", "two", "two"):
        await wait_for(emulator, (await accepted_video(user, body=video_body(title=title)))["publish_id"], "complete")
    await user.accepted(photo_body(title="one", description=""))
    draft = {"source_info": video_body()["source_info"]}
    await accepted_video(user, INBOX_INIT, draft)
    inits = (await caller.read("posts"))["inits"]
    counted = {row["caption"]: row["count"] for row in inits["by_caption"]}
    assert counted == {"one": 2, "two": 2, f"video:{VIDEO_URL}": 1}
    assert (inits["accepted"], inits["max_per_caption"]) == (5, 2)
    assert inits["max_per_content"] >= 3
    counts = await caller.read("counts")
    assert counts["inits"]["accepted"] == 5
    assert sum(counts["stages"].values()) == 5
    newest = (await caller.read("posts?limit=2"))["items"]
    assert [shown["kind"] for shown in newest] == ["photo", "video"]


async def test_the_cover_is_the_frame_that_was_asked_for(caller: Caller, emulator: Emulator):
    user = await caller.login()
    shades = []
    for moment in (None, 900, 5_000, -1):
        changes = {} if moment is None else {"video_cover_timestamp_ms": moment}
        data = await accepted_video(user, body=video_body(**changes))
        await wait_for(emulator, data["publish_id"], "complete")
        poster = await caller.client.get(f"/_emulator/posters/{data['publish_id']}")
        assert poster.headers["content-type"] == "image/jpeg"
        shades.append(_brightness(poster.content))
    # As documented, a moment that is not set, or that the video does not have, means its first frame.
    assert [shade > 150 for shade in shades] == [False, True, False, False]


def _brightness(jpeg: bytes) -> int:
    with Image.open(io.BytesIO(jpeg)) as image:
        return int(image.convert("L").getpixel((image.width // 2, image.height // 2)))  # type: ignore[arg-type]


async def test_the_pages_show_a_video_and_let_it_be_played(caller: Caller, emulator: Emulator):
    user = await caller.login()
    publish_id = (await accepted_video(user))["publish_id"]
    post = await wait_for(emulator, publish_id, "complete")
    page = await caller.client.get("/_emulator/")
    assert f'src="/_emulator/videos/{publish_id}"' in page.text
    public = await caller.client.get(f"/@daily.bulletin/video/{post.post_ids[0]}")
    assert public.status_code == 200
    assert (await caller.client.get(f"/@daily.bulletin/photo/{post.post_ids[0]}")).status_code == 404
    part = await caller.client.get(f"/_emulator/videos/{publish_id}", headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content, part.headers["content-type"]) == (206, b"ftyp", "video/mp4")
    assert part.headers["content-range"] == f"bytes 4-7/{len(make_video())}"
    beyond = await caller.client.get(f"/_emulator/videos/{publish_id}", headers={"Range": "bytes=99999999-"})
    assert beyond.status_code == 416


async def test_videos_are_kept_within_a_bound(caller: Caller, emulator: Emulator):
    user = await caller.login()
    await caller.control("settings", {"video_memory_bytes": len(make_video()) * 2})
    made = [(await accepted_video(user, body=video_body(title=str(number))))["publish_id"] for number in range(3)]
    for publish_id in made:
        await wait_for(emulator, publish_id, "complete")
    for kind in ("videos", "posters"):
        answers = [await caller.client.get(f"/_emulator/{kind}/{publish_id}") for publish_id in made]
        assert sum(answer.status_code == 404 for answer in answers) == 1
    assert (await caller.client.get("/_emulator/")).status_code == 200
