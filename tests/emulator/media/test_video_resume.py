"""A pull whose connection breaks goes on from there, over real sockets."""

from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
import pytest

from app.emulator import Emulator, create_emulator
from app.emulator.world.records import Post, UrlProperty
from tests.emulator.support import BASE, Caller, wait_for
from tests.emulator.videos import accepted_video, make_video, video_body
from tests.tiktok.scripted import Behaviour, ScriptedServer, Wire, http_answer, scripted

BREAK = 2_000


@pytest.fixture
def emulator() -> Emulator:
    return create_emulator()


@pytest.fixture
async def caller(emulator: Emulator) -> AsyncIterator[Caller]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=cast("Any", emulator)), base_url=BASE) as client:
        yield Caller(client)


async def breaks(wire: Wire) -> None:
    """Promise all of the video, and send its beginning."""
    await wire.receive()
    video = make_video()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: {len(video)}\r\n\r\n"
    await wire.send(head.encode() + video[:BREAK])


def gives(first: int, status: str = "206 Partial Content") -> Behaviour:
    """Give the video from a position on, and say so."""

    async def behave(wire: Wire) -> None:
        await wire.receive()
        video = make_video()
        told = {"Content-Range": f"bytes {first}-{len(video) - 1}/{len(video)}"}
        await wire.send(http_answer(status, video[first:], kind="video/mp4", headers=told))

    return behave


def in_turn(*behaviours: Behaviour) -> Behaviour:
    left = list(behaviours)

    async def behave(wire: Wire) -> None:
        await left.pop(0)(wire)

    return behave


async def pull(emulator: Emulator, caller: Caller, server: ScriptedServer) -> Post:
    prefix = f"{server.url}/media/"
    emulator.state.world.properties["1"] = UrlProperty("1", "prefix", prefix, "x" * 32, verified=True)
    user = await caller.login()
    source = {"source": "PULL_FROM_URL", "video_url": f"{prefix}1.mp4"}
    data = await accepted_video(user, body=video_body(source_info=source))
    return cast("Post", await wait_for(emulator, data["publish_id"], "complete", "failed"))


async def test_goes_on_from_where_the_connection_broke(emulator: Emulator, caller: Caller):
    async with scripted(in_turn(breaks, gives(BREAK))) as server:
        post = await pull(emulator, caller, server)
    assert post.stage == "complete", post.fail_detail
    assert [received.header("Range") for received in server.received] == [None, f"bytes={BREAK}-"]
    assert post.downloaded_bytes == len(make_video())


@pytest.mark.parametrize(
    "second",
    [gives(BREAK, "200 OK"), gives(BREAK + 1), gives(0), gives(BREAK, "404 Not Found")],
    ids=["whole", "later", "earlier", "gone"],
)
async def test_a_site_that_does_not_go_on_there_fails_the_post(emulator: Emulator, caller: Caller, second: Behaviour):
    async with scripted(in_turn(breaks, second)) as server:
        post = await pull(emulator, caller, server)
    assert post.fail_reason == "video_pull_failed"


async def test_a_site_that_breaks_again_and_again_fails_the_post(emulator: Emulator, caller: Caller):
    async def breaks_always(wire: Wire) -> None:
        asked = (await wire.receive()).header("Range")
        first = int((asked or "bytes=0-").removeprefix("bytes=").removesuffix("-"))
        size = len(make_video())
        head = f"Content-Range: bytes {first}-{size - 1}/{size}\r\nContent-Length: {size - first}\r\n\r\n"
        status = "206 Partial Content" if asked else "200 OK"
        await wire.send(f"HTTP/1.1 {status}\r\n{head}".encode() + make_video()[first : first + 10])

    async with scripted(breaks_always) as server:
        post = await pull(emulator, caller, server)
    assert post.fail_reason == "video_pull_failed"
    assert server.connections == 4
