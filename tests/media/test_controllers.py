"""What TikTok fetches, over HTTP: media with ranges, verification files and nothing else."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from litestar import Litestar, get
from litestar.di import Provide
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from app.errors import NotFound
from app.main import provide_resources, provide_session, provide_settings
from app.media import service, serving, verification
from app.media.controllers import route_handlers
from app.media.models import MediaFetch
from app.media.preparing import prepare_images
from app.media.problems import ImageSource
from app.resources import Resources
from app.web.problems import exception_handlers
from tests.media import samples
from tests.support.lent import Lent

FILENAME = "tiktokAbC123_-xyz.txt"
CONTENT = "tiktok-developers-site-verification=AbC123\r\nno newline at the end"


@get("/healthz", opt={"public": True})
async def healthz() -> str:
    return "ok"


def build_app() -> Litestar:
    """The media routes alone, with sessions as the whole application provides them."""
    return Litestar(
        [*route_handlers, healthz],
        dependencies={
            "session": Provide(provide_session),
            "resources": Provide(provide_resources),
            "settings": Provide(provide_settings),
        },
        exception_handlers=exception_handlers,
        logging_config=None,
    )


APPS = Lent(build_app)


@contextmanager
def lend_app(resources: Resources) -> Iterator[Litestar]:
    with APPS.lend() as app:
        app.state.resources = resources
        yield app


def read(path: Path) -> bytes:
    return path.read_bytes()


@asynccontextmanager
async def open_client(resources: Resources) -> AsyncIterator[httpx.AsyncClient]:
    with lend_app(resources) as app:
        transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://newsreel.test") as client:
            yield client


@pytest.fixture
async def client(bench):
    async with open_client(bench) as client:
        yield client


@pytest.fixture
async def both_client(workplace):
    async with open_client(workplace) as client:
        yield client


@pytest.fixture
async def token(bench, origin):
    origin.files = {"/1.jpg": samples.encode(samples.noisy(900, 700), "JPEG"), "/2.jpg": samples.numbered(2)}
    await prepare_images(bench, "post-1", [ImageSource(origin.url("/1.jpg")), ImageSource(origin.url("/2.jpg"))])
    async with bench.transaction() as session:
        return await service.grant_media(session, "post-1")


@pytest.fixture
async def picture(bench, token) -> bytes:
    async with bench.read() as session:
        asset = await service.find_asset(session, token, 1)
        assert asset is not None
    return read(bench.media_dir / asset.path)


async def fetches(resources: Resources) -> list[MediaFetch]:
    async with resources.read() as session:
        return list((await session.exec(select(MediaFetch).order_by("id"))).all())


async def test_a_picture_is_served_whole(client, token, picture):
    answer = await client.get(f"/media/{token}/1.jpg")
    assert (answer.status_code, answer.content) == (200, picture)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-length"] == str(len(picture))
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["accept-ranges"] == "bytes"
    assert "set-cookie" not in answer.headers


async def test_a_head_request_gets_the_same_headers_and_no_body(client, token, picture):
    whole, head = await client.get(f"/media/{token}/1.jpg"), await client.head(f"/media/{token}/1.jpg")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == whole.headers


@pytest.mark.parametrize(
    ("wanted", "part"), [("0-9", slice(0, 10)), ("1000-", slice(1000, None)), ("-7", slice(-7, None))]
)
async def test_a_part_of_a_picture_is_served(client, token, picture, wanted, part):
    answer = await client.get(f"/media/{token}/1.jpg", headers={"Range": f"bytes={wanted}"})
    assert (answer.status_code, answer.content) == (206, picture[part])
    assert answer.headers["content-length"] == str(len(picture[part]))
    assert answer.headers["content-range"].endswith(f"/{len(picture)}")


async def test_a_picture_put_together_from_parts_is_the_picture(client, token, picture):
    parts = []
    for start in range(0, len(picture), 40_000):
        wanted = f"bytes={start}-{start + 39_999}"
        parts.append((await client.get(f"/media/{token}/1.jpg", headers={"Range": wanted})).content)
    assert b"".join(parts) == picture


async def test_a_part_beyond_the_end_is_416(client, token, picture):
    answer = await client.get(f"/media/{token}/1.jpg", headers={"Range": f"bytes={len(picture)}-"})
    assert (answer.status_code, answer.content) == (416, b"")
    assert answer.headers["content-range"] == f"bytes */{len(picture)}"


async def test_an_unchanged_picture_is_304(client, token):
    etag = (await client.get(f"/media/{token}/1.jpg")).headers["etag"]
    answer = await client.get(f"/media/{token}/1.jpg", headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)


OTHER_NAMES = (
    "0.jpg", "3.jpg", "01.jpg", "1.png", "1.JPG", "1", "1.jpg.jpg", "-1.jpg", "1.jpg%00", "1.jpg%0a", "%2e%2e%2f1.jpg",
    "99999999999999999999.jpg", "%D9%A1.jpg",
)  # fmt: skip


async def test_other_names_are_not_found(client, bench, token):
    for name in OTHER_NAMES:
        assert (await client.get(f"/media/{token}/{name}")).status_code == 404, name
    assert await fetches(bench) == []


async def test_unknown_tokens_are_not_found_and_not_logged(client, bench, token):
    for other in ("unknown", "a%00b", "%F0%9F%98%80", "x" * 300):
        assert (await client.get(f"/media/{other}/1.jpg")).status_code == 404, other
        assert (await client.head(f"/media/{other}/1.jpg")).status_code == 404, other
    assert await fetches(bench) == []


async def test_a_token_of_unusual_bytes_is_not_found_on_both_databases(both_client):
    for other in ("a%00b", "%FF%FE", "'; DROP TABLE media_grants; --"):
        assert (await both_client.get(f"/media/{other}/1.jpg")).status_code == 404


async def test_a_picture_whose_file_is_gone_is_not_found(client, bench, token):
    for path in bench.media_dir.rglob("*.jpg"):
        path.unlink()
    assert (await client.get(f"/media/{token}/1.jpg")).status_code == 404


async def test_media_cannot_be_changed_over_http(client, token):
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert (await client.request(method, f"/media/{token}/1.jpg")).status_code == 405, method


async def test_every_fetch_is_logged(client, bench, token):
    await client.head(f"/media/{token}/1.jpg", headers={"User-Agent": "TikTok-fetcher"})
    await client.get(f"/media/{token}/2.jpg", headers={"User-Agent": "x" * 500, "Range": "bytes=0-1"})
    await client.get(f"/media/{token}/1.jpg", headers={"Range": "bytes=99999999-"})
    logged = await fetches(bench)
    assert [(fetch.method, fetch.position, fetch.status, fetch.range) for fetch in logged] == [
        ("HEAD", 0, 200, None),
        ("GET", 1, 206, "bytes=0-1"),
        ("GET", 0, 416, "bytes=99999999-"),
    ]
    assert logged[0].user_agent == "TikTok-fetcher"
    assert len(logged[1].user_agent) == 255
    assert {fetch.token for fetch in logged} == {token}
    assert not any(fetch.is_ours for fetch in logged)


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": service.SELF_CHECK_USER_AGENT},
        {"User-Agent": f"{service.SELF_CHECK_USER_AGENT}/1.0"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Cookie": "session=1"},
    ],
)
async def test_our_own_check_and_a_person_s_browser_prove_nothing(client, bench, token, headers):
    await client.get(f"/media/{token}/1.jpg", headers=headers)
    assert [fetch.is_ours for fetch in await fetches(bench)] == [True]
    async with bench.read() as session:
        assert list(await service.list_fetches(session, [token])) == []


async def test_what_cannot_be_noted_is_not_served(client, token, monkeypatch):
    def transaction(_self):
        raise OperationalError("INSERT", {}, Exception("database is locked"))

    monkeypatch.setattr(Resources, "transaction", transaction)
    answer = await client.get(f"/media/{token}/1.jpg")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")


async def test_a_fetch_is_on_record_before_the_first_byte_leaves(workplace, origin):
    """The process may die, or the line be cut, while TikTok has the file already."""
    origin.files = {"/1.jpg": samples.numbered(1)}
    await prepare_images(workplace, "post-1", [ImageSource(origin.url("/1.jpg"))])
    async with workplace.transaction() as session:
        token = await service.grant_media(session, "post-1")
    noted, ended = [], asyncio.Event()

    async def receive():
        await ended.wait()
        return {"type": "http.disconnect"}

    async def send(message):
        noted.append((message["type"], len(await fetches(workplace))))
        if message["type"] == "http.response.body" and not message.get("more_body"):
            ended.set()

    path = f"/media/{token}/1.jpg"
    scope: Any = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": [],
        "client": ("127.0.0.1", 1), "server": ("newsreel.test", 80),
    }  # fmt: skip
    with lend_app(workplace) as app:
        await app(scope, receive, send)
    assert noted[0] == ("http.response.start", 1)


async def test_a_file_is_read_in_portions(client, token, picture, monkeypatch):
    monkeypatch.setattr(serving, "CHUNK_BYTES", 1000)
    assert (await client.get(f"/media/{token}/1.jpg")).content == picture


async def create(client, filename: str = FILENAME, content: str = CONTENT):
    return await client.post("/api/verification-files", json={"filename": filename, "content": content})


async def test_a_verification_file_is_served_byte_for_byte_at_the_root_and_under_media(both_client):
    answer = await create(both_client)
    assert answer.status_code == 201
    base = "http://127.0.0.1:8000"
    assert answer.json()["urls"] == [f"{base}/{FILENAME}", f"{base}/media/{FILENAME}"]
    for prefix in ("", "/media"):
        served = await both_client.get(f"{prefix}/{FILENAME}")
        assert (served.status_code, served.content) == (200, CONTENT.encode())
        assert served.headers["content-type"].startswith("text/plain")
        head = await both_client.head(f"{prefix}/{FILENAME}")
        assert (head.status_code, head.headers["content-length"]) == (200, str(len(CONTENT.encode())))


async def test_a_verification_file_is_replaced_listed_and_deleted(both_client):
    for filename in ("tiktokB.txt", "tiktokA.txt", "tiktokC.txt"):
        assert (await create(both_client, filename, "old")).status_code == 201
    assert (await create(both_client, "tiktokA.txt", "new")).json()["content"] == "new"
    page = (await both_client.get("/api/verification-files", params={"limit": 2})).json()
    assert [(item["filename"], item["content"]) for item in page["items"]] == [
        ("tiktokA.txt", "new"),
        ("tiktokB.txt", "old"),
    ]
    rest = (await both_client.get("/api/verification-files", params={"cursor": page["next_cursor"]})).json()
    assert [item["filename"] for item in rest["items"]] == ["tiktokC.txt"]
    assert rest["next_cursor"] is None
    assert (await both_client.delete("/api/verification-files/tiktokA.txt")).status_code == 204
    assert (await both_client.delete("/api/verification-files/tiktokA.txt")).status_code == 404
    assert (await both_client.get("/tiktokA.txt")).status_code == 404


OTHER_FILES = (
    "tiktok.txt", "TikTok1.txt", "tiktok1.html", "tiktok1.txt\n", "tiktok 1.txt", "../tiktok1.txt", "",
    "tiktok../1.txt", "tiktok1.txt.txt", "tiktok" + "x" * 65 + ".txt", "tiktokё.txt", "tiktok\x00.txt",
    "a/tiktok1.txt", "xtiktok1.txt",
)  # fmt: skip


async def test_another_filename_is_refused(client):
    for filename in OTHER_FILES:
        answer = await create(client, filename)
        assert (answer.status_code, answer.json()["code"]) == (422, "verification_filename"), filename


async def test_another_content_is_refused(both_client):
    for content in ("", "x" * 1025, "қ" * 513, "a\x00b"):
        answer = await create(both_client, content=content)
        assert (answer.status_code, answer.json()["code"]) == (422, "verification_content"), content


async def test_the_longest_name_and_content_are_taken(both_client):
    filename = "tiktok" + "x" * 64 + ".txt"
    assert (await create(both_client, filename, "қ" * 512)).status_code == 201
    assert (await both_client.get(f"/{filename}")).content == ("қ" * 512).encode()


UNLISTED = (
    "/../tiktok1.txt", "/%2e%2e%2ftiktok1.txt", "/..%5ctiktok1.txt", "/tiktok1.txt%00", "/tiktok1.txt%0a",
    "/%2Fetc%2Fpasswd", "/etc/passwd", "/tiktok%E2%80%A4%E2%80%A4.txt", "/tiktok" + "x" * 4000 + ".txt",
    "/tiktok1%2Etxt%2F..%2Ftiktok1.txt", "/tiktok2.txt", "/README.md", "/.env", "/favicon.ico", "/TIKTOK1.TXT",
    "/media/../tiktok1.txt", "/media/%2e%2e/tiktok1.txt", "/media", "/media/", "/public/tiktok1.txt", "/",
    "/tiktok1.txt/x", "/C:%5ctiktok1.txt", "/tiktok1.txt::$DATA", "/x/tiktok1.txt", "/.%00./tiktok1.txt",
)  # fmt: skip


async def test_only_listed_names_answer(both_client, workplace):
    await create(both_client, "tiktok1.txt", "here")
    with lend_app(workplace) as app:
        for path in UNLISTED:
            assert await ask_raw(app, path) == 404, path
    assert (await both_client.get("/tiktok1.txt")).text == "here"


async def ask_raw(app: Litestar, path: str) -> int:
    """GET a path that no client has tidied up, and tell the status."""
    scope: Any = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": unquote(path), "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": [],
        "server": ("newsreel.test", 80), "client": ("192.0.2.1", 1000), "extensions": {}, "state": {},
    }  # fmt: skip
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False} if not sent else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    status: int = sent[0]["status"]
    return status


async def test_files_of_the_public_folder_are_served_by_name_alone(bench, tmp_path: Path):
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "tiktokA.txt").write_bytes(b"from the folder\r\n")
    (tmp_path / "public" / "other.txt").write_bytes(b"not this one")
    (tmp_path / "tiktokB.txt").write_bytes(b"outside")
    async with bench.read() as session:
        find = verification.read_verification_file
        assert await find(session, "tiktokA.txt", public_dir=tmp_path / "public") == b"from the folder\r\n"
        for name in ("other.txt", "../tiktokB.txt", "tiktokB.txt", "tiktokA.txt\n"):
            with pytest.raises(NotFound):
                await find(session, name, public_dir=tmp_path / "public")
        with pytest.raises(NotFound):
            await find(session, "tiktokA.txt", public_dir=tmp_path / "missing")


async def test_the_table_comes_before_the_public_folder(bench, tmp_path: Path):
    (tmp_path / "tiktokA.txt").write_bytes(b"from the folder")
    async with bench.transaction() as session:
        await verification.save_verification_file(session, "tiktokA.txt", "from the table")
    async with bench.read() as session:
        found = await verification.read_verification_file(session, "tiktokA.txt", public_dir=tmp_path)
    assert found == b"from the table"


async def test_other_routes_at_the_root_are_not_disturbed(client):
    assert (await client.get("/healthz")).text == "ok"


async def test_only_what_tiktok_fetches_is_public(bench):
    routes = {route.path: route for route in build_app().routes if route.path != "/healthz"}
    public = {
        path
        for path, route in routes.items()
        if any(handler.opt.get("public") for handler in getattr(route, "route_handlers", []))
    }
    assert public == {"/media/{token:str}/{name:str}", "/{filename:str}", "/media/{filename:str}"}
