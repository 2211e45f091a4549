"""What a request says of its own address changes nothing, and no path leads to a file that was not meant."""

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest

from app.resources import Resources
from tests.support.whole_app import EMAIL, PASSWORD, log_in_program, make_admin, open_client, serve

PUBLIC_URL = "https://news.example.org"
LIES = {
    "host": "evil.example",
    "x-forwarded-host": "evil.example",
    "x-forwarded-proto": "http",
    "x-original-host": "evil.example",
    "forwarded": "host=evil.example;proto=http",
}
FILE = "tiktokAbC123_-.txt"
CONTENT = "tiktok-developers-site-verification=AbC123\r\n"


@pytest.fixture
def there(sqlite_resources: Resources) -> Resources:
    settings = sqlite_resources.settings.model_copy(update={"public_url": PUBLIC_URL})
    return dataclasses.replace(sqlite_resources, settings=settings)


async def test_a_false_host_does_not_change_where_tiktok_sends_people_back(there):
    await make_admin(there)
    async with open_client(there) as client:
        await log_in_program(client, there)
        hop = await client.get("/api/tiktok/auth", headers=LIES)
        link = (await client.get("/tiktok/auth-url", headers=LIES)).json()["url"]
    for address in (hop.headers["location"], link):
        assert parse_qs(urlsplit(address).query)["redirect_uri"] == [f"{PUBLIC_URL}/api/tiktok/callback"]


async def test_a_false_host_stands_in_no_answer(there):
    await make_admin(there)
    async with open_client(there) as client:
        await log_in_program(client, there)
        source = await client.post("/api/sources", json={"name": "News", "kind": "generic"}, headers=LIES)
        assert source.json()["webhook_url"].startswith(f"{PUBLIC_URL}/webhooks/cms/")
        file = {"filename": FILE, "content": CONTENT}
        stored = await client.post("/api/verification-files", json=file, headers=LIES)
        assert stored.json()["urls"] == [f"{PUBLIC_URL}/{FILE}", f"{PUBLIC_URL}/media/{FILE}"]
        for path in ("/", "/admin", "/admin/login", "/admin/posts", "/api/tiktok/callback", "/schema", "/no/such/page"):
            answer = await client.get(path, headers=LIES)
            assert "evil.example" not in answer.text + str(answer.headers), path


async def test_the_login_leads_on_to_this_site_only(sqlite_resources):
    await make_admin(sqlite_resources)
    elsewhere = [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        " //evil.example",
        "/\n/evil.example",
    ]
    async with open_client(sqlite_resources) as client:
        form = {"email": EMAIL, "password": PASSWORD, "next": elsewhere[0]}
        answer = await client.post("/admin/login", data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/admin/")
        for next_path in elsewhere:
            again = await client.get("/admin/login", params={"next": next_path})
            assert (again.status_code, again.headers["location"]) == (303, "/admin/"), next_path


@pytest.fixture
async def port(sqlite_resources: Resources) -> AsyncIterator[int]:
    await make_admin(sqlite_resources)
    async with open_client(sqlite_resources) as client:
        await log_in_program(client, sqlite_resources)
        stored = await client.post("/api/verification-files", json={"filename": FILE, "content": CONTENT})
        assert stored.status_code == 201
    for folder in (sqlite_resources.settings.data_dir, sqlite_resources.media_dir):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "tiktokSecret.txt").write_text("not for the world")
    async with serve(sqlite_resources) as opened:
        yield opened


async def get(port: int, path: bytes) -> tuple[int, bytes, bytes]:
    """Ask for a path exactly as it stands; give back status, head and body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET " + path + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), head, body


async def test_a_verification_file_is_served_byte_for_byte_as_plain_text(port):
    for path in (f"/{FILE}", f"/media/{FILE}"):
        status, head, body = await get(port, path.encode())
        assert (status, body) == (200, CONTENT.encode())
        assert b"content-type: text/plain" in head.lower()
        assert b"\r\nlocation:" not in head.lower()


NAMES = [
    b"tiktokSecret.txt",
    b"var/tiktokSecret.txt",
    b"../tiktokSecret.txt",
    b"%2e%2e%2ftiktokSecret.txt",
    b"..%2ftiktokSecret.txt",
    b"..%5ctiktokSecret.txt",
    b"..%c0%aftiktokSecret.txt",
    b"tiktok%00.txt",
    FILE.encode() + b"%00",
    FILE.encode() + b"%00.txt",
    b"/etc/passwd",
    b"%2fetc%2fpasswd",
    b"..%2f..%2f..%2fetc%2fpasswd",
    b"%ef%bc%8e%ef%bc%8e/etc/passwd",
    b"%e2%80%a4%e2%80%a4%2fetc%2fpasswd",
    FILE.upper().encode(),
    b"tiktok" + b"a" * 65 + b".txt",
    b"tiktok" + b"a" * 20_000 + b".txt",
    b"%ff%fe",
    b".env",
    b"secret.key",
    b"newsreel.db",
]


async def test_nothing_else_answers_at_a_verification_files_place(port):
    for path in (folder + name for name in NAMES for folder in (b"/", b"/media/", b"/static/")):
        status, _, body = await get(port, path)
        assert status in {400, 404, 414, 431}, path[:100]
        assert b"not for the world" not in body, path[:100]
        assert b"root:" not in body, path[:100]
        if status == 404:
            assert json.loads(body)["status"] == 404, path[:100]
