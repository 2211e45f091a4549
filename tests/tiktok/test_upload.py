"""Sending a video: to a server that does what a test tells it to, and to the emulator over real HTTP."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import respx

from app.emulator import create_emulator
from app.kit.http.client import build_client
from app.kit.redact import redact
from app.tiktok.chunks import ChunkPlan, plan_chunks
from app.tiktok.client import TikTokClient
from app.tiktok.init import InitAccepted
from app.tiktok.models import PublishPhase
from app.tiktok.posting import VideoPost
from app.tiktok.upload import UploadDone, UploadExpired, UploadInterrupted, UploadOutcome, UploadRefused
from tests.emulator.support import Caller, serve
from tests.emulator.videos import make_video, pad
from tests.tiktok.scripted import (
    Behaviour,
    ScriptedServer,
    Wire,
    answers,
    answers_always,
    http_answer,
    resets_after_body,
    resets_at_once,
    scripted,
    unused_port,
)

THREE = ChunkPlan(30, 8, 3)
CONTENT = bytes(range(30))
ALL = "bytes 0-29/30"
TAKEN = http_answer("206 Partial Content")
DONE = http_answer("201 Created")


def moved(told: str) -> bytes:
    return http_answer("416 Range Not Satisfiable", headers={"Content-Range": told})


def turns(*behaviours: Behaviour) -> Behaviour:
    """Behave differently at every connection; the last one stays."""
    left = list(behaviours)

    async def behave(wire: Wire) -> None:
        await (left.pop(0) if len(left) > 1 else left[0])(wire)

    return behave


def ranges(server: ScriptedServer) -> list[str | None]:
    return [received.header("Content-Range") for received in server.received]


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "video.mp4"
    path.write_bytes(CONTENT)
    return path


async def upload(
    server: ScriptedServer,
    path: Path,
    *,
    plan: ChunkPlan = THREE,
    deadline: float = 60.0,
    resume_from: int = 0,
    progress: list[int] | None = None,
) -> UploadOutcome:
    heard = progress if progress is not None else []

    async def note(uploaded: int) -> None:
        heard.append(uploaded)

    async with build_client() as http:
        client = TikTokClient(http, client_key="fake-key", client_secret="fake-secret", api_base_url=server.url)
        return await client.upload_video(
            f"{server.url}/upload/?upload_id=7&upload_token=fake-upload-token",
            path,
            plan,
            content_type="video/mp4",
            deadline=deadline,
            resume_from=resume_from,
            on_progress=note,
            first_pause=0.01,
        )


async def test_sends_the_chunks_one_after_the_other(video: Path):
    heard: list[int] = []
    async with scripted(turns(answers(TAKEN), answers(TAKEN), answers(DONE))) as server:
        assert await upload(server, video, progress=heard) == UploadDone()
    assert ranges(server) == ["bytes 0-7/30", "bytes 8-15/30", "bytes 16-29/30"]
    assert b"".join(received.body for received in server.received) == CONTENT
    assert heard == [8, 16, 30]
    first = server.received[0]
    assert first.line == "PUT /upload/?upload_id=7&upload_token=fake-upload-token HTTP/1.1"
    assert (first.header("Content-Type"), first.header("Content-Length")) == ("video/mp4", "8")
    assert first.header("Authorization") is None
    assert first.header("Transfer-Encoding") is None


async def test_goes_on_from_where_it_was_told_to(video: Path):
    async with scripted(turns(answers(TAKEN), answers(DONE))) as server:
        assert await upload(server, video, resume_from=8) == UploadDone()
    assert ranges(server) == ["bytes 8-15/30", "bytes 16-29/30"]


async def test_sends_nothing_where_everything_is_there(video: Path):
    async with scripted(answers(DONE)) as server:
        assert await upload(server, video, resume_from=30) == UploadDone()
    assert server.connections == 0


async def test_goes_on_from_where_a_416_says(video: Path):
    script = turns(answers(moved("bytes 0-15/30")), answers(DONE))
    async with scripted(script) as server:
        assert await upload(server, video) == UploadDone()
    assert ranges(server) == ["bytes 0-7/30", "bytes 16-29/30"]


async def test_a_chunk_whose_answer_was_lost_is_not_sent_into_the_next_ones_place(video: Path):
    script = turns(answers(TAKEN), resets_after_body, answers(moved("bytes 0-15/30")), answers(DONE))
    async with scripted(script) as server:
        assert await upload(server, video) == UploadDone()
    assert ranges(server) == ["bytes 0-7/30", "bytes 8-15/30", "bytes 8-15/30", "bytes 16-29/30"]


async def test_a_416_that_has_everything_ends_it(video: Path):
    async with scripted(answers_always(moved(ALL))) as server:
        assert await upload(server, video) == UploadDone()
    assert server.connections == 1


@pytest.mark.parametrize("told", ["", "bytes 0-15/99", "nonsense"])
async def test_a_416_that_does_not_say_where_to_go_on_is_a_refusal(video: Path, told: str):
    async with scripted(answers_always(moved(told))) as server:
        assert await upload(server, video) == UploadRefused("range_refused", 416)


async def test_a_server_that_keeps_losing_chunks_is_given_up(video: Path):
    script = turns(*[answers(moved("bytes 0-7/30")), answers(moved("bytes 0-15/30"))] * 10)
    async with scripted(script) as server:
        assert await upload(server, video) == UploadRefused("range_refused", 416)
    assert server.connections < 12


@pytest.mark.parametrize("status", ["403 Forbidden", "404 Not Found"])
async def test_a_dead_address_says_whether_the_last_byte_had_been_sent(video: Path, status: str):
    code = int(status[:3])
    async with scripted(answers(http_answer(status))) as server:
        assert await upload(server, video) == UploadExpired(code, may_be_complete=False)
    async with scripted(turns(answers(http_answer("502 Bad Gateway")), answers(http_answer(status)))) as server:
        assert await upload(server, video, resume_from=16) == UploadExpired(code, may_be_complete=True)


@pytest.mark.parametrize("status", ["500 Oops", "502 Bad Gateway", "503 Busy", "429 Too Many Requests", "408 Late"])
async def test_a_passing_failure_is_tried_again(video: Path, status: str):
    script = turns(answers(http_answer(status)), answers(TAKEN), answers(TAKEN), answers(DONE))
    async with scripted(script) as server:
        assert await upload(server, video) == UploadDone()
    assert ranges(server)[:2] == ["bytes 0-7/30", "bytes 0-7/30"]


async def test_a_failure_that_stays_interrupts_it_and_says_how_far_it_came(video: Path):
    async with scripted(turns(answers(TAKEN), answers_always(http_answer("502 Bad Gateway")))) as server:
        assert await upload(server, video) == UploadInterrupted("http_502", 8)
    assert ranges(server)[1:] == ["bytes 8-15/30"] * 5


async def test_a_long_wait_that_the_server_asks_for_is_the_callers(video: Path):
    busy = http_answer("503 Busy", headers={"Retry-After": "120"})
    async with scripted(answers_always(busy)) as server:
        assert await upload(server, video) == UploadInterrupted("http_503", 0, retry_after=120.0)
    assert server.connections == 1


async def test_a_broken_connection_is_tried_again(video: Path):
    script = turns(resets_at_once, answers(TAKEN), answers(TAKEN), answers(DONE))
    async with scripted(script) as server:
        assert await upload(server, video) == UploadDone()


async def test_nobody_there_interrupts_it(video: Path):
    outcome = await upload(ScriptedServer(resets_at_once, unused_port()), video)
    assert outcome == UploadInterrupted("connection_refused", 0)


@pytest.mark.parametrize("status", ["400 Bad Request", "401 Unauthorized", "413 Too Large", "302 Found"])
async def test_what_will_not_pass_is_not_repeated(video: Path, status: str):
    reply = http_answer(status, headers={"Location": "https://elsewhere.example.test/"})
    async with scripted(answers_always(reply)) as server:
        assert await upload(server, video) == UploadRefused(f"http_{status[:3]}", int(status[:3]))
    assert server.connections == 1


async def test_the_deadline_ends_it_in_the_middle(video: Path):
    async def waits(wire: Wire) -> None:
        await wire.receive()
        await asyncio.sleep(60)

    heard: list[int] = []
    async with scripted(turns(answers(TAKEN), waits)) as server:
        outcome = await upload(server, video, deadline=3.0, progress=heard)
    assert outcome == UploadInterrupted("deadline", heard[-1] if heard else 0)


async def test_a_server_that_takes_nothing_any_more_is_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr("app.tiktok.upload.STALL_SECONDS", 0.3)
    large = tmp_path / "large.mp4"
    await asyncio.to_thread(large.write_bytes, bytes(30_000_000))

    async def reads_the_head_only(wire: Wire) -> None:
        await wire.receive_head()
        await asyncio.sleep(60)

    async with scripted(reads_the_head_only) as server:
        outcome = await upload(server, large, plan=plan_chunks(30_000_000))
    assert outcome == UploadInterrupted("timeout", 0)


async def test_another_file_than_announced_is_not_sent(video: Path, tmp_path: Path):
    async with scripted(answers_always(TAKEN)) as server:
        await asyncio.to_thread(video.write_bytes, CONTENT + b"more")
        assert await upload(server, video) == UploadRefused("file_unusable")
        assert await upload(server, tmp_path / "gone.mp4") == UploadRefused("file_unusable")
        assert await upload(server, tmp_path) == UploadRefused("file_unusable")
    assert server.connections == 0


async def test_a_file_that_shrinks_meanwhile_ends_it(video: Path):
    async def shrinks(wire: Wire) -> None:
        await asyncio.to_thread(video.write_bytes, CONTENT[:10])
        await answers(TAKEN)(wire)

    async with scripted(shrinks) as server:
        assert await upload(server, video) == UploadRefused("file_unusable")


async def test_an_answer_that_comes_before_the_body_was_heard_counts(tmp_path: Path):
    large = tmp_path / "large.mp4"
    await asyncio.to_thread(large.write_bytes, bytes(30_000_000))

    async def refuses_by_the_head(wire: Wire) -> None:
        await wire.receive_head()
        await wire.send(http_answer("403 Forbidden"))
        await asyncio.sleep(60)

    async with scripted(refuses_by_the_head) as server:
        outcome = await upload(server, large, plan=plan_chunks(30_000_000))
    assert outcome == UploadExpired(403, may_be_complete=False)
    assert server.connections == 1


async def test_cancelling_passes_through(video: Path):
    async def waits(wire: Wire) -> None:
        await wire.receive()
        await asyncio.sleep(60)

    async with scripted(waits) as server:
        task = asyncio.create_task(upload(server, video))
        await server.arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


REAL = "https://open.tiktokapis.com"


@pytest.mark.parametrize(
    ("address", "base", "is_allowed"),
    [
        ("https://open-upload.tiktokapis.com/video/?upload_id=1", REAL, True),
        ("https://upload.us.tiktokapis.com/upload/?upload_id=1", REAL, True),
        ("http://open-upload.tiktokapis.com/video/?upload_id=1", REAL, False),
        ("https://user:secret@upload.us.tiktokapis.com/", REAL, False),
        ("https://127.0.0.1/upload/", REAL, False),
        ("https://localhost/upload/", REAL, False),
        ("http://127.0.0.1:8090/upload/", REAL, False),
        ("https://169.254.169.254/latest/", REAL, False),
        ("https://[::1]/upload/", REAL, False),
        ("https://", REAL, False),
        ("https://host:port/", REAL, False),
        ("file:///etc/passwd", REAL, False),
        ("https://upload.example.test/\r\nX-Header: 1", REAL, False),
        ("http://127.0.0.1:8090/upload/", "http://127.0.0.1:8091", True),
        ("http://localhost:8090/upload/", "http://127.0.0.1:8090", True),
        ("http://10.0.0.7:8090/upload/", "http://127.0.0.1:8090", False),
    ],
)
async def test_a_video_goes_only_where_tiktok_or_its_emulator_may_stand(
    video: Path, address: str, base: str, is_allowed: bool
):
    with respx.mock(using="httpx", assert_all_called=False) as router:
        route = router.put(url__regex=".*").respond(201)
        async with build_client() as http:
            client = TikTokClient(http, client_key="fake-key", client_secret="fake-secret", api_base_url=base)
            outcome = await client.upload_video(
                address, video, plan_chunks(30), content_type="video/mp4", deadline=60.0
            )
    assert outcome == (UploadDone() if is_allowed else UploadRefused("address_refused"))
    assert route.called == is_allowed


async def test_the_address_is_hidden_from_reprs_and_logs(client: TikTokClient, tiktok: respx.MockRouter):
    address = "https://upload.us.tiktokapis.com/video/?upload_id=67890&upload_token=Fake-Upload-Token-0001"
    body = {"data": {"publish_id": "p1", "upload_url": address}, "error": {"code": "ok", "log_id": "log-1"}}
    tiktok.post("/v2/post/publish/video/init/").respond(200, json=body)
    outcome = await client.init_video_post("act.fake-token", VideoPost(upload=plan_chunks(30)))
    assert outcome == InitAccepted("p1", "log-1", address)
    assert "Fake-Upload-Token-0001" not in repr(outcome)
    logged = redact(f"PUT {address} failed; the query was upload_id=67890&upload_token=Fake-Upload-Token-0001")
    assert "67890" not in logged
    assert "Fake-Upload-Token-0001" not in logged


@pytest.mark.parametrize("address", [None, True, "", "x" * 9_000, ["https://a.test"]], ids=lambda value: str(value)[:9])
async def test_an_address_that_cannot_be_one_is_left_out(
    client: TikTokClient, tiktok: respx.MockRouter, address: object
):
    body = {"data": {"publish_id": "p1", "upload_url": address}, "error": {"code": "ok", "log_id": "log-1"}}
    tiktok.post("/v2/post/publish/inbox/video/init/").respond(200, json=body)
    post = VideoPost(upload=plan_chunks(30), post_mode="MEDIA_UPLOAD")
    assert await client.init_video_post("act.fake-token", post) == InitAccepted("p1", "log-1", None)


class Emulated:
    """A client that is logged in at an emulator."""

    def __init__(self, client: TikTokClient, caller: Caller, access_token: str) -> None:
        self.client = client
        self.caller = caller
        self.access_token = access_token

    async def init(self, plan: ChunkPlan) -> InitAccepted:
        post = VideoPost(upload=plan, title="A video", privacy_level="SELF_ONLY", video_cover_timestamp_ms=100)
        outcome = await self.client.init_video_post(self.access_token, post)
        assert isinstance(outcome, InitAccepted)
        assert outcome.upload_url is not None
        return outcome

    async def send(self, accepted: InitAccepted, path: Path, plan: ChunkPlan) -> UploadOutcome:
        return await self.client.upload_video(
            accepted.upload_url or "", path, plan, content_type="video/mp4", deadline=120.0, first_pause=0.05
        )

    async def verdict(self, accepted: InitAccepted) -> PublishPhase:
        async with asyncio.timeout(60):
            while True:
                await asyncio.sleep(0.2)
                status = await self.client.fetch_publish_status(self.access_token, accepted.publish_id)
                if status.phase is not PublishPhase.processing:
                    return status.phase


@pytest.fixture
async def emulated() -> AsyncIterator[Emulated]:
    with serve(create_emulator()) as base:
        async with build_client() as http, httpx.AsyncClient(base_url=base, timeout=30) as control:
            caller = Caller(control)
            await caller.control("settings", {"limits_enabled": False})
            user = await caller.login()
            client = TikTokClient(http, client_key="fake-key", client_secret="fake-secret", api_base_url=base)
            yield Emulated(client, caller, user.access_token)


@pytest.fixture
def large_video(tmp_path: Path) -> Path:
    path = tmp_path / "large.mp4"
    path.write_bytes(pad(make_video(), 64_000_001))
    return path


async def test_a_small_video_arrives_at_the_emulator(emulated: Emulated, tmp_path: Path):
    path = tmp_path / "small.mp4"
    path.write_bytes(make_video())
    plan = plan_chunks(path.stat().st_size)
    accepted = await emulated.init(plan)
    assert await emulated.send(accepted, path, plan) == UploadDone()
    assert await emulated.verdict(accepted) is PublishPhase.complete


async def test_a_large_video_arrives_through_every_kind_of_trouble(emulated: Emulated, large_video: Path):
    plan = plan_chunks(64_000_001)
    assert plan.total_chunk_count == 6
    accepted = await emulated.init(plan)
    await emulated.caller.control(
        "next-errors",
        [
            {"endpoint": "upload", "cut_after": 3_000_000},
            {"endpoint": "upload", "phase": "after", "cut": True},
            {"endpoint": "upload", "raw": "bad gateway", "http_status": 502},
            {"endpoint": "upload", "phase": "after", "raw": "", "http_status": 504},
        ],
    )
    assert await emulated.send(accepted, large_video, plan) == UploadDone()
    assert await emulated.verdict(accepted) is PublishPhase.complete
    log = await emulated.caller.read("log?endpoint=upload")
    assert log["violations_total"] == 0
    # Six chunks, two that were not kept, and two questions after answers that were lost.
    assert log["calls"]["upload"] == 10
    assert await emulated.send(accepted, large_video, plan) == UploadDone()


async def test_an_expired_address_is_told_apart(emulated: Emulated, large_video: Path):
    plan = plan_chunks(64_000_001)
    accepted = await emulated.init(plan)
    await emulated.caller.control("clock", {"advance_seconds": 3_601})
    assert await emulated.send(accepted, large_video, plan) == UploadExpired(403, may_be_complete=False)
    status = await emulated.client.fetch_publish_status(emulated.access_token, accepted.publish_id)
    assert (status.phase, status.uploaded_bytes) == (PublishPhase.processing, 0)
