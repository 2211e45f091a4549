import gzip
from typing import Any

import httpx
import pytest

from app.web.compression import SMALLEST, Compression

PAGE = "<p>Қазақстан жаңалықтары</p>" * 400


def app_answering(body: bytes, status: int = 200, *, chunks: int = 1, length: bool = True, **more: str) -> Compression:
    named = {name.replace("_", "-"): value for name, value in more.items()}
    given = {"content-type": "text/html; charset=utf-8", **named}

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        names = [(name.encode(), value.encode()) for name, value in given.items()]
        size = [(b"content-length", str(len(body)).encode())] if length else []
        await send({"type": "http.response.start", "status": status, "headers": [*names, *size]})
        sent = b"" if scope["method"] == "HEAD" else body
        step = max(1, len(sent) // chunks)
        for at in range(0, max(len(sent), 1), step):
            more = at + step < len(sent)
            await send({"type": "http.response.body", "body": sent[at : at + step], "more_body": more})

    return Compression(app)


async def ask(app: Any, method: str = "GET", **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
        asked = {"accept-encoding": "gzip", **{name.replace("_", "-"): value for name, value in headers.items()}}
        return await client.request(method, "/static/page", headers=asked)


@pytest.mark.parametrize("chunks", [1, 7])
@pytest.mark.parametrize("length", [True, False])
async def test_a_page_leaves_packed_and_arrives_whole(chunks: int, length: bool) -> None:
    answer = await ask(app_answering(PAGE.encode(), chunks=chunks, length=length, etag='"a"', vary="Cookie"))
    assert answer.text == PAGE
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["etag"] == 'W/"a"'
    assert answer.headers["vary"] == "Cookie, Accept-Encoding"
    assert int(answer.headers["content-length"]) < len(PAGE.encode()) / 10


@pytest.mark.parametrize(
    "kind", ["text/css", "text/javascript", "application/json", "application/problem+json", "image/svg+xml"]
)
async def test_texts_of_every_kind_are_packed(kind: str) -> None:
    assert (await ask(app_answering(PAGE.encode(), content_type=kind))).headers["content-encoding"] == "gzip"


@pytest.mark.parametrize("kind", ["image/jpeg", "video/mp4", "application/octet-stream", "font/woff2"])
async def test_media_are_left_as_they_are(kind: str) -> None:
    answer = await ask(app_answering(PAGE.encode(), content_type=kind, accept_ranges="bytes"))
    assert "content-encoding" not in answer.headers
    assert "vary" not in answer.headers
    assert answer.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize("accepted", ["identity", "br", "gzip;q=0", "gzip; q=0.0", ""])
async def test_who_does_not_take_it_gets_it_plain_and_caches_know(accepted: str) -> None:
    answer = await ask(app_answering(PAGE.encode()), accept_encoding=accepted)
    assert "content-encoding" not in answer.headers
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.text == PAGE


@pytest.mark.parametrize(
    ("body", "status", "headers"),
    [
        (b"x" * (SMALLEST - 1), 200, {}),
        (b"", 204, {}),
        (b"", 304, {"etag": '"a"'}),
        (b"y" * 5000, 206, {"content_range": "bytes 0-4999/9000"}),
        (gzip.compress(PAGE.encode() * 50), 200, {"content_encoding": "gzip"}),
    ],
)
async def test_what_is_small_partial_unchanged_or_packed_goes_as_it_is(body: bytes, status: int, headers: Any) -> None:
    answer = await ask(app_answering(body, status, **headers))
    assert answer.status_code == status
    assert int(answer.headers["content-length"]) == len(body)
    assert answer.headers.get("etag", '"a"') == '"a"'


async def test_a_part_is_never_packed() -> None:
    answer = await ask(app_answering(PAGE.encode()), range="bytes=0-10")
    assert "content-encoding" not in answer.headers


async def test_head_says_what_get_would() -> None:
    app = app_answering(PAGE.encode(), etag='"a"')
    head, get = await ask(app, "HEAD"), await ask(app)
    for name in ("content-encoding", "etag", "vary", "content-type"):
        assert head.headers[name] == get.headers[name]
    assert "content-length" not in head.headers
    assert head.content == b""


async def test_what_does_not_change_is_packed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    packed: list[int] = []
    compress = gzip.compress

    def pack(body: bytes, *args: int, **options: int) -> bytes:
        packed.append(1)
        return compress(body, *args, **options)

    monkeypatch.setattr(gzip, "compress", pack)
    app = app_answering(PAGE.encode() * 10, etag='"a"')
    for _ in range(3):
        await ask(app)
    assert packed == [1]
