"""FILE_UPLOAD: chunks in order, exactly as announced, until the address dies."""

import asyncio

import httpx
import pytest

from app.emulator import Emulator
from tests.emulator.support import Caller, User, error_of, serve, wait_for
from tests.emulator.videos import (
    INBOX_INIT,
    accepted_video,
    chunks,
    make_video,
    pad,
    put,
    upload_source,
    video_body,
)
from tests.support.waiting import eventually

CHUNK = 5 * 1_048_576
SIZE = 2 * CHUNK + 123


@pytest.fixture
def video() -> bytes:
    return pad(make_video(), SIZE)


async def start(user: User, size: int = SIZE, chunk: int | None = CHUNK, count: int = 2) -> tuple[str, str]:
    data = await accepted_video(user, body=video_body(source_info=upload_source(size, chunk, count)))
    return data["publish_id"], data["upload_url"]


async def test_takes_a_small_video_in_one_piece(caller: Caller, emulator: Emulator):
    user, video = await caller.login(), make_video()
    publish_id, upload_url = await start(user, len(video), None, 1)
    assert upload_url.startswith("http://emulator.test/upload/?upload_id=")
    status = await user.status(publish_id)
    assert status == {"status": "PROCESSING_UPLOAD", "uploaded_bytes": 0}
    answer = await put(user, upload_url, video, 0, len(video))
    assert (answer.status_code, answer.headers["content-range"]) == (201, f"bytes 0-{len(video) - 1}/{len(video)}")
    post = await wait_for(emulator, publish_id, "complete", "failed")
    assert post.stage == "complete", post.fail_detail
    assert (await user.status(publish_id))["uploaded_bytes"] == len(video)


async def test_takes_chunks_in_order_and_answers_206_until_the_last(caller: Caller, emulator: Emulator, video: bytes):
    user = await caller.login()
    publish_id, upload_url = await start(user)
    statuses = []
    for first, chunk in chunks(video, CHUNK, 2):
        answer = await put(user, upload_url, chunk, first, SIZE)
        statuses.append((answer.status_code, answer.headers["content-range"]))
    assert statuses == [(206, f"bytes 0-{CHUNK - 1}/{SIZE}"), (201, f"bytes 0-{SIZE - 1}/{SIZE}")]
    post = await wait_for(emulator, publish_id, "complete", "failed")
    assert post.stage == "complete", post.fail_detail
    assert (await caller.read("log"))["violations_total"] == 0


async def test_an_uploaded_draft_reaches_the_inbox(caller: Caller, emulator: Emulator):
    user, video = await caller.login(), make_video()
    data = await accepted_video(user, INBOX_INIT, {"source_info": upload_source(len(video))})
    assert data["publish_id"].startswith("v_inbox_file~v2.")
    assert (await put(user, data["upload_url"], video, 0, len(video))).status_code == 201
    await wait_for(emulator, data["publish_id"], "inbox")


@pytest.mark.parametrize("counted", ["last_byte", "count"])
async def test_tells_how_far_it_has_come_when_the_range_is_another(caller: Caller, video: bytes, counted: str):
    user = await caller.login()
    await caller.control("settings", {"upload_range": counted})
    _, upload_url = await start(user)
    (first, one), (second, two) = chunks(video, CHUNK, 2)
    ahead = await put(user, upload_url, two, second, SIZE)
    assert (ahead.status_code, ahead.headers["content-range"]) == (416, f"bytes 0-0/{SIZE}")
    assert (await put(user, upload_url, one, first, SIZE)).status_code == 206
    again = await put(user, upload_url, one, first, SIZE)
    told = CHUNK if counted == "count" else CHUNK - 1
    assert (again.status_code, again.headers["content-range"]) == (416, f"bytes 0-{told}/{SIZE}")
    assert (await put(user, upload_url, two, second, SIZE)).status_code == 201


@pytest.mark.parametrize(
    "headers",
    [
        {"Content_Type": "video/x-matroska"},
        {"Content_Type": ""},
        {"Content_Range": ""},
        {"Content_Range": f"bytes 0-{CHUNK - 1}/*"},
        {"Content_Range": f"bytes 0-{CHUNK - 1}/{SIZE - 1}"},
        {"Content_Range": f"0-{CHUNK - 1}/{SIZE}"},
        {"Content_Range": f"bytes 0-{CHUNK - 2}/{SIZE}"},
        {"Authorization": "Bearer act.fake-token-that-does-not-belong-here"},
    ],
    ids=repr,
)
async def test_headers_that_are_not_right_are_refused(
    caller: Caller, emulator: Emulator, video: bytes, headers: dict[str, str]
):
    user = await caller.login()
    publish_id, upload_url = await start(user)
    assert (await put(user, upload_url, video[:CHUNK], 0, SIZE, **headers)).status_code == 400
    assert (await caller.read("log"))["violations"] == {"upload.bad_request": 1}
    assert emulator.state.world.posts[publish_id].uploaded_bytes == 0


async def test_a_chunk_that_was_not_announced_is_refused(caller: Caller, video: bytes):
    user = await caller.login()
    _, upload_url = await start(user)
    for length in (1_000, CHUNK - 1, CHUNK + 1, SIZE):
        assert (await put(user, upload_url, video[:length], 0, SIZE)).status_code == 400
    assert (await put(user, upload_url, video[:CHUNK], 0, SIZE)).status_code == 206


async def test_an_address_that_nobody_was_given_is_not_found(caller: Caller):
    user, video = await caller.login(), make_video()
    _, upload_url = await start(user, len(video), None, 1)
    for wrong in (upload_url + "x", upload_url.replace("upload_id=7", "upload_id=8"), upload_url.split("?")[0]):
        assert (await put(user, wrong, video, 0, len(video))).status_code == 404


async def test_an_address_dies_after_an_hour_and_the_post_never_gets_on(caller: Caller, video: bytes):
    user = await caller.login()
    publish_id, upload_url = await start(user)
    assert (await put(user, upload_url, video[:CHUNK], 0, SIZE)).status_code == 206
    await caller.control("clock", {"advance_seconds": 3_601})
    assert (await put(user, upload_url, video[CHUNK:], CHUNK, SIZE)).status_code == 403
    assert await user.status(publish_id) == {"status": "PROCESSING_UPLOAD", "uploaded_bytes": CHUNK}


async def test_a_test_can_end_an_address_at_once(caller: Caller):
    user, video = await caller.login(), make_video()
    publish_id, upload_url = await start(user, len(video), None, 1)
    await caller.control(f"posts/{publish_id}/expire-upload")
    assert (await put(user, upload_url, video, 0, len(video))).status_code == 403
    await caller.control(f"posts/{publish_id}/expire-upload", expect=409)


@pytest.mark.parametrize("answer", [404, 416])
async def test_a_finished_upload_takes_no_more(caller: Caller, answer: int):
    user, video = await caller.login(), make_video()
    await caller.control("settings", {"upload_finished_answer": answer})
    _, upload_url = await start(user, len(video), None, 1)
    assert (await put(user, upload_url, video, 0, len(video))).status_code == 201
    again = await put(user, upload_url, video, 0, len(video))
    assert again.status_code == answer
    assert again.headers.get("content-range") == (f"bytes 0-{len(video) - 1}/{len(video)}" if answer == 416 else None)


async def test_a_cancelled_upload_is_gone(caller: Caller):
    user, video = await caller.login(), make_video()
    publish_id, upload_url = await start(user, len(video), None, 1)
    assert error_of(await user.post("/v2/post/publish/cancel/", {"publish_id": publish_id})) == (200, "ok")
    assert (await put(user, upload_url, video, 0, len(video))).status_code == 404
    assert (await user.status(publish_id))["fail_reason"] == "publish_cancelled"


async def test_what_was_uploaded_is_judged_like_what_was_pulled(caller: Caller, emulator: Emulator):
    user, video = await caller.login(), make_video(fps=15)
    publish_id, upload_url = await start(user, len(video), None, 1)
    assert (await put(user, upload_url, video, 0, len(video))).status_code == 201
    post = await wait_for(emulator, publish_id, "failed")
    assert post.fail_reason == "frame_rate_check_failed"


async def test_faults_spoil_a_chunk_before_and_after_its_effect(caller: Caller, emulator: Emulator, video: bytes):
    user = await caller.login()
    publish_id, upload_url = await start(user)
    post = emulator.state.world.posts[publish_id]
    await caller.control("next-errors", {"endpoint": "upload", "raw": "bad gateway"})
    assert (await put(user, upload_url, video[:CHUNK], 0, SIZE)).status_code == 502
    assert post.uploaded_bytes == 0
    await caller.control("next-errors", {"endpoint": "upload", "phase": "after", "raw": "", "http_status": 504})
    assert (await put(user, upload_url, video[:CHUNK], 0, SIZE)).status_code == 504
    assert post.uploaded_bytes == CHUNK
    await caller.control("next-errors", {"endpoint": "upload", "code": "x", "http_status": 403})
    assert (await put(user, upload_url, video[CHUNK:], CHUNK, SIZE)).status_code == 403
    assert post.stage == "uploading"


@pytest.mark.parametrize(
    "fault",
    [
        {"endpoint": "video_init", "cut_after": 5},
        {"endpoint": "*", "cut_after": 5},
        {"endpoint": "upload", "cut_after": 5, "phase": "after"},
    ],
    ids=repr,
)
async def test_a_cut_within_a_body_can_only_be_ordered_for_uploads(caller: Caller, fault: dict[str, object]):
    await caller.control("next-errors", fault, expect=400)


async def test_the_log_shows_the_range_and_not_the_token(caller: Caller):
    user, video = await caller.login(), make_video()
    _, upload_url = await start(user, len(video), None, 1)
    await put(user, upload_url, video, 0, len(video))
    token = upload_url.partition("upload_token=")[2]
    log = await caller.read("log")
    assert log["calls"]["upload"] == 1
    assert log["items"][-1]["request"]["content-range"] == f"bytes 0-{len(video) - 1}/{len(video)}"
    assert token not in str(log)
    assert token not in str(await caller.read("posts"))


async def test_a_client_that_leaves_in_the_middle_leaves_nothing_behind(emulator: Emulator, video: bytes):
    with serve(emulator) as base:
        async with httpx.AsyncClient(base_url=base, timeout=30) as client:
            user = await Caller(client).login()
            publish_id, upload_url = await start(user)
            host, _, port = base.removeprefix("http://").partition(":")
            _, writer = await asyncio.open_connection(host, int(port))
            head = (
                f"PUT {upload_url.removeprefix(base)} HTTP/1.1\r\nHost: {host}\r\nContent-Type: video/mp4\r\n"
                f"Content-Length: {CHUNK}\r\nContent-Range: bytes 0-{CHUNK - 1}/{SIZE}\r\n\r\n"
            )
            writer.write(head.encode() + video[:200_000])
            await writer.drain()
            writer.close()
            await writer.wait_closed()
            assert (await user.status(publish_id))["uploaded_bytes"] == 0
            for first, chunk in chunks(video, CHUNK, 2):
                assert (await put(user, upload_url, chunk, first, SIZE)).is_success
            await eventually(lambda: emulator.state.world.posts[publish_id].stage == "complete")
