"""Content Posting: bodies as the documents show them, answers as types, refusals as errors."""

import json
from typing import Any

import httpx
import pytest
import respx

from app.errors import PermanentError, TransientError
from app.kit.http.client import build_client
from app.tiktok.advice import Until
from app.tiktok.chunks import plan_chunks
from app.tiktok.client import TikTokClient
from app.tiktok.errors import (
    AccessTokenInvalid,
    TikTokHoldsBack,
    TikTokRateLimited,
    TikTokRefused,
    TikTokUnavailable,
)
from app.tiktok.init import InitAccepted
from app.tiktok.models import CreatorInfo, PublishPhase, PublishStatus
from app.tiktok.posting import PhotoPost, VideoPost
from tests.tiktok import scripted as do
from tests.tiktok.scripted import scripted, unused_port

TOKEN = "act.fake-token"
CREATOR = "/v2/post/publish/creator_info/query/"
STATUS = "/v2/post/publish/status/fetch/"
CANCEL = "/v2/post/publish/cancel/"
OK = {"code": "ok", "message": "", "log_id": "log-1"}


def error_body(code: str, message: str = "") -> dict[str, Any]:
    return {"data": {}, "error": {"code": code, "message": message, "log_id": "log-1"}}


def sent(route: respx.Route) -> Any:
    return json.loads(route.calls.last.request.content)


async def test_creator_info_is_read(client: TikTokClient, tiktok: respx.MockRouter):
    data = {
        "creator_avatar_url": "https://lf16.example.test/avatar.webp",
        "creator_username": "aima",
        "creator_nickname": "Аймақ ақшамы",
        "privacy_level_options": ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"],
        "comment_disabled": False,
        "duet_disabled": False,
        "stitch_disabled": True,
        "max_video_post_duration_sec": 300,
        "a_field_of_next_year": {"a": 1},
    }
    route = tiktok.post(CREATOR).respond(200, json={"data": data, "error": OK})
    info = await client.query_creator_info(TOKEN)
    assert info == CreatorInfo(
        creator_avatar_url="https://lf16.example.test/avatar.webp",
        creator_username="aima",
        creator_nickname="Аймақ ақшамы",
        privacy_level_options=("PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"),
        comment_disabled=False,
        duet_disabled=False,
        stitch_disabled=True,
        max_video_post_duration_sec=300,
        log_id="log-1",
    )
    assert not info.is_private
    request = route.calls.last.request
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert request.headers["Content-Type"] == "application/json; charset=UTF-8"
    assert sent(route) == {}


async def test_an_account_that_offers_followers_is_private(client: TikTokClient, tiktok: respx.MockRouter):
    options = ["FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]
    tiktok.post(CREATOR).respond(200, json={"data": {"privacy_level_options": options}, "error": OK})
    assert (await client.query_creator_info(TOKEN)).is_private


@pytest.mark.parametrize(
    ("code", "until"),
    [("spam_risk_too_many_posts", Until.daily_cap), ("reached_active_user_cap", Until.active_users)],
)
async def test_a_cap_inside_http_200_is_an_error(
    client: TikTokClient, tiktok: respx.MockRouter, code: str, until: Until
):
    tiktok.post(CREATOR).respond(200, json=error_body(code))
    with pytest.raises(TransientError) as caught:
        await client.query_creator_info(TOKEN)
    assert isinstance(caught.value, TikTokHoldsBack)
    assert (caught.value.advice.until, caught.value.retry_after, caught.value.log_id) == (until, 86400, "log-1")


async def test_a_ban_inside_http_200_is_an_error(client: TikTokClient, tiktok: respx.MockRouter):
    tiktok.post(CREATOR).respond(200, json=error_body("spam_risk_user_banned_from_posting"))
    with pytest.raises(PermanentError) as caught:
        await client.query_creator_info(TOKEN)
    assert type(caught.value) is TikTokRefused


@pytest.mark.parametrize("body", [error_body("access_token_invalid"), None])
async def test_a_401_has_a_type_of_its_own(client: TikTokClient, tiktok: respx.MockRouter, body: Any):
    tiktok.post(STATUS).respond(401, json=body) if body else tiktok.post(STATUS).respond(401)
    with pytest.raises(AccessTokenInvalid):
        await client.fetch_publish_status(TOKEN, "p1")


async def test_a_missing_scope_is_not_an_invalid_token(client: TikTokClient, tiktok: respx.MockRouter):
    tiktok.post(STATUS).respond(401, json=error_body("scope_not_authorized"))
    with pytest.raises(TikTokRefused) as caught:
        await client.fetch_publish_status(TOKEN, "p1")
    assert not isinstance(caught.value, AccessTokenInvalid)


@pytest.mark.parametrize(("retry_after", "wait"), [(None, 60), ("90", 90), ("1", 60)])
async def test_a_429_says_how_long_to_stay_away(
    client: TikTokClient, tiktok: respx.MockRouter, retry_after: str | None, wait: float
):
    headers = {"Retry-After": retry_after} if retry_after else {}
    tiktok.post(STATUS).respond(429, json=error_body("rate_limit_exceeded"), headers=headers)
    with pytest.raises(TikTokRateLimited) as caught:
        await client.fetch_publish_status(TOKEN, "p1")
    assert caught.value.retry_after == wait


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (500, json.dumps(error_body("internal_error")).encode()),
        (500, b""),
        (502, b"<html>"),
        (200, json.dumps(error_body("internal_error")).encode()),
        (200, b""),
        (200, b"{}"),
        (200, b"not json"),
        (204, b""),
        (408, b""),
    ],
)
async def test_a_failure_inside_tiktok_is_transient(
    client: TikTokClient, tiktok: respx.MockRouter, status: int, content: bytes
):
    tiktok.post(STATUS).respond(status, content=content)
    with pytest.raises(TikTokUnavailable) as caught:
        await client.fetch_publish_status(TOKEN, "p1")
    assert not caught.value.is_unsent


@pytest.mark.parametrize(
    ("status", "code"), [(301, "http_redirect"), (302, "http_redirect"), (403, "http_refused"), (404, "http_refused")]
)
async def test_a_refusal_without_words_is_permanent(
    client: TikTokClient, tiktok: respx.MockRouter, status: int, code: str
):
    tiktok.post(STATUS).respond(status, text="<html></html>", headers={"Location": "https://evil.test/"})
    with pytest.raises(TikTokRefused) as caught:
        await client.fetch_publish_status(TOKEN, "p1")
    assert caught.value.vendor_code == code


async def test_an_unknown_code_is_kept_and_is_permanent(client: TikTokClient, tiktok: respx.MockRouter):
    tiktok.post(STATUS).respond(400, json=error_body("a_code_of_next_year", "Something new."))
    with pytest.raises(TikTokRefused) as caught:
        await client.fetch_publish_status(TOKEN, "p1")
    assert (caught.value.vendor_code, caught.value.detail) == ("a_code_of_next_year", "Something new.")


@pytest.mark.parametrize(
    "error", [httpx.ReadTimeout, httpx.ReadError, httpx.RemoteProtocolError, httpx.WriteError, httpx.ConnectError]
)
async def test_trouble_on_the_wire_is_transient(
    client: TikTokClient, tiktok: respx.MockRouter, error: type[httpx.RequestError]
):
    tiktok.post(STATUS).mock(side_effect=error)
    with pytest.raises(TikTokUnavailable) as caught:
        await client.fetch_publish_status(TOKEN, "p1")
    assert caught.value.is_unsent is (error is httpx.ConnectError)


async def test_a_poll_ends_at_its_deadline():
    async with scripted(do.drips_body) as server, build_client() as http:
        client = TikTokClient(http, client_key="k", client_secret="s", api_base_url=server.url, read_deadline=0.3)
        with pytest.raises(TikTokUnavailable, match="TikTok did not answer: timeout"):
            await client.fetch_publish_status(TOKEN, "p1")


async def test_a_poll_that_cannot_connect_is_transient():
    async with build_client() as http:
        base = f"http://127.0.0.1:{unused_port()}"
        client = TikTokClient(http, client_key="k", client_secret="s", api_base_url=base)
        with pytest.raises(TikTokUnavailable):
            await client.query_creator_info(TOKEN)


STATUS_WORDS = [
    ("PROCESSING_UPLOAD", PublishPhase.processing),
    ("PROCESSING_DOWNLOAD", PublishPhase.processing),
    ("SEND_TO_USER_INBOX", PublishPhase.in_inbox),
    ("PUBLISH_COMPLETE", PublishPhase.complete),
    ("FAILED", PublishPhase.failed),
    ("A_STATUS_OF_NEXT_YEAR", PublishPhase.unknown),
    (None, PublishPhase.unknown),
    (7, PublishPhase.unknown),
]


@pytest.mark.parametrize(("word", "phase"), STATUS_WORDS)
async def test_every_status_has_a_phase_and_unknown_ones_are_values(
    client: TikTokClient, tiktok: respx.MockRouter, word: object, phase: PublishPhase
):
    route = tiktok.post(STATUS).respond(200, json={"data": {"status": word}, "error": OK})
    status = await client.fetch_publish_status(TOKEN, "p_pub_url~v2.1")
    assert status.phase is phase
    assert status.status == ("" if word is None else str(word))
    assert sent(route) == {"publish_id": "p_pub_url~v2.1"}


async def test_a_finished_post_is_read(client: TikTokClient, tiktok: respx.MockRouter):
    body = (
        b'{"data":{"status":"PUBLISH_COMPLETE","publicaly_available_post_id":[7602997517160123667],'
        b'"uploaded_bytes":0,"downloaded_bytes":10000},"error":{"code":"ok","message":"","log_id":"log-1"}}'
    )
    tiktok.post(STATUS).respond(200, content=body)
    assert await client.fetch_publish_status(TOKEN, "p1") == PublishStatus(
        status="PUBLISH_COMPLETE",
        post_ids=("7602997517160123667",),
        uploaded_bytes=0,
        downloaded_bytes=10000,
        log_id="log-1",
    )


async def test_a_failed_post_is_read(client: TikTokClient, tiktok: respx.MockRouter):
    data = {"status": "FAILED", "fail_reason": "picture_size_check_failed", "publicaly_available_post_id": []}
    tiktok.post(STATUS).respond(200, json={"data": data, "error": {"code": "ok", "message": "", "logid": "log-2"}})
    status = await client.fetch_publish_status(TOKEN, "p1")
    assert (status.phase, status.fail_reason, status.post_ids, status.log_id) == (
        PublishPhase.failed,
        "picture_size_check_failed",
        (),
        "log-2",
    )


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("publicaly_available_post_id", "[7602997517160123667, 7602997517160123668]", 2),
        ("publicly_available_post_id", '["7602997517160123667"]', 1),
        ("publicaly_available_post_id", "7602997517160123667", 1),
        ("publicaly_available_post_id", '"7602997517160123667"', 1),
        ("publicaly_available_post_id", '["7602997517160123667", 7602997517160123667]', 1),
        ("publicaly_available_post_id", "null", 0),
        ("publicaly_available_post_id", '[0, "", null, {}, true, [1]]', 0),
    ],
)
async def test_post_ids_keep_every_digit_in_every_spelling(
    client: TikTokClient, tiktok: respx.MockRouter, key: str, value: str, expected: int
):
    content = f'{{"data":{{"status":"PUBLISH_COMPLETE","{key}":{value}}},"error":{{"code":"ok"}}}}'
    tiktok.post(STATUS).respond(200, content=content.encode())
    status = await client.fetch_publish_status(TOKEN, "p1")
    assert status.post_ids == ("7602997517160123667", "7602997517160123668")[:expected]


@pytest.mark.parametrize("code", ["invalid_publish_id", "token_not_authorized_for_specified_publish_id"])
async def test_a_publish_id_that_tiktok_does_not_know_is_a_refusal(
    client: TikTokClient, tiktok: respx.MockRouter, code: str
):
    tiktok.post(STATUS).respond(400, json=error_body(code))
    with pytest.raises(TikTokRefused) as caught:
        await client.fetch_publish_status(TOKEN, "p1")
    assert caught.value.vendor_code == code


async def test_a_post_is_cancelled(client: TikTokClient, tiktok: respx.MockRouter):
    route = tiktok.post(CANCEL).respond(200, json={"error": OK})
    await client.cancel_publish(TOKEN, "p1")
    assert sent(route) == {"publish_id": "p1"}


async def test_a_post_that_cannot_be_cancelled_any_more_is_a_refusal(client: TikTokClient, tiktok: respx.MockRouter):
    tiktok.post(CANCEL).respond(400, json=error_body("publish_not_cancellable"))
    with pytest.raises(TikTokRefused):
        await client.cancel_publish(TOKEN, "p1")


ACCEPTED = {"data": {"publish_id": "p1"}, "error": OK}


async def test_a_direct_photo_post_sends_every_toggle_as_a_boolean(client: TikTokClient, tiktok: respx.MockRouter):
    route = tiktok.post("/v2/post/publish/content/init/").respond(200, json=ACCEPTED)
    post = PhotoPost(
        photo_images=("https://media.example.test/1.jpg", "https://media.example.test/2.jpg"),
        photo_cover_index=1,
        title="Қазақстан жаңалықтары 🔥",
        description="Толығырақ #жаңалық",
        privacy_level="SELF_ONLY",
        auto_add_music=True,
    )
    assert await client.init_photo_post(TOKEN, post) == InitAccepted("p1", "log-1")
    assert sent(route) == {
        "media_type": "PHOTO",
        "post_mode": "DIRECT_POST",
        "is_aigc": False,
        "post_info": {
            "title": "Қазақстан жаңалықтары 🔥",
            "description": "Толығырақ #жаңалық",
            "privacy_level": "SELF_ONLY",
            "disable_comment": False,
            "auto_add_music": True,
            "brand_content_toggle": False,
            "brand_organic_toggle": False,
        },
        "source_info": {
            "source": "PULL_FROM_URL",
            "photo_images": ["https://media.example.test/1.jpg", "https://media.example.test/2.jpg"],
            "photo_cover_index": 1,
        },
    }


@pytest.mark.parametrize("is_aigc", [True, False])
async def test_a_photo_draft_sends_only_its_text(client: TikTokClient, tiktok: respx.MockRouter, is_aigc: bool):
    route = tiktok.post("/v2/post/publish/content/init/").respond(200, json=ACCEPTED)
    post = PhotoPost(
        photo_images=("https://media.example.test/1.jpg",),
        post_mode="MEDIA_UPLOAD",
        title="Title",
        privacy_level="SELF_ONLY",
        disable_comment=True,
        is_aigc=is_aigc,
    )
    await client.init_photo_post(TOKEN, post)
    assert sent(route) == {
        "media_type": "PHOTO",
        "post_mode": "MEDIA_UPLOAD",
        **({"is_aigc": True} if is_aigc else {}),
        "post_info": {"title": "Title"},
        "source_info": {
            "source": "PULL_FROM_URL",
            "photo_images": ["https://media.example.test/1.jpg"],
            "photo_cover_index": 0,
        },
    }


async def test_half_a_surrogate_pair_does_not_stop_a_post(client: TikTokClient, tiktok: respx.MockRouter):
    route = tiktok.post("/v2/post/publish/content/init/").respond(200, json=ACCEPTED)
    await client.init_photo_post(TOKEN, PhotoPost(photo_images=("https://a.test/1.jpg",), title="broken \ud83d"))
    assert sent(route)["post_info"]["title"] == "broken ?"


async def test_a_direct_video_post_has_its_label_inside_post_info(client: TikTokClient, tiktok: respx.MockRouter):
    route = tiktok.post("/v2/post/publish/video/init/").respond(200, json=ACCEPTED)
    post = VideoPost(
        video_url="https://media.example.test/v.mp4", title="Caption", privacy_level="SELF_ONLY", is_aigc=True
    )
    assert await client.init_video_post(TOKEN, post) == InitAccepted("p1", "log-1")
    assert sent(route) == {
        "post_info": {
            "title": "Caption",
            "privacy_level": "SELF_ONLY",
            "disable_comment": False,
            "disable_duet": False,
            "disable_stitch": False,
            "brand_content_toggle": False,
            "brand_organic_toggle": False,
            "is_aigc": True,
        },
        "source_info": {"source": "PULL_FROM_URL", "video_url": "https://media.example.test/v.mp4"},
    }


async def test_a_video_draft_sends_only_its_source(client: TikTokClient, tiktok: respx.MockRouter):
    route = tiktok.post("/v2/post/publish/inbox/video/init/").respond(200, json=ACCEPTED)
    await client.init_video_post(TOKEN, VideoPost(video_url="https://a.test/v.mp4", post_mode="MEDIA_UPLOAD"))
    assert sent(route) == {"source_info": {"source": "PULL_FROM_URL", "video_url": "https://a.test/v.mp4"}}


async def test_an_upload_announces_its_chunks_and_a_cover_its_moment(client: TikTokClient, tiktok: respx.MockRouter):
    route = tiktok.post("/v2/post/publish/video/init/").respond(200, json=ACCEPTED)
    post = VideoPost(upload=plan_chunks(70_000_000), privacy_level="SELF_ONLY", video_cover_timestamp_ms=0)
    await client.init_video_post(TOKEN, post)
    assert sent(route)["source_info"] == {
        "source": "FILE_UPLOAD",
        "video_size": 70_000_000,
        "chunk_size": 10_000_000,
        "total_chunk_count": 7,
    }
    assert sent(route)["post_info"]["video_cover_timestamp_ms"] == 0


@pytest.mark.parametrize("changes", [{}, {"video_url": "https://a.test/v.mp4", "upload": plan_chunks(5)}], ids=repr)
def test_a_video_without_one_source_is_no_post(changes: dict[str, Any]):
    with pytest.raises(ValueError, match="either an address or a plan"):
        VideoPost(**changes)


async def test_nothing_that_is_printed_or_logged_shows_the_token(
    client: TikTokClient, tiktok: respx.MockRouter, caplog: pytest.LogCaptureFixture
):
    tiktok.post(STATUS).mock(
        side_effect=[httpx.Response(401, json=error_body("access_token_invalid")), httpx.ReadError]
    )
    shown = []
    with caplog.at_level(0):
        for _ in range(2):
            with pytest.raises((AccessTokenInvalid, TikTokUnavailable)) as caught:
                await client.fetch_publish_status(TOKEN, "p1")
            shown.append(f"{caught.value} {caught.value!r}")
    assert TOKEN not in f"{shown} {caplog.text}"
