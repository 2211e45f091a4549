"""Pictures and videos that people upload: looked into, kept, served, found by their address, and swept."""

import os
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from app.kit.clock import utcnow
from app.media.models import MediaAsset, MediaGrant
from app.media.service import sweep_media
from app.media.uploads.find import find_uploads, keep_until
from app.resources import Resources
from tests.media.samples import encode, jpeg, photo
from tests.media.videos.films import film
from tests.support.whole_app import log_in_program, make_admin, open_client


@pytest.fixture
async def desk(resources: Resources):
    await make_admin(resources)
    async with open_client(resources) as client:
        await log_in_program(client, resources)
        yield client


async def _send(client, content: bytes, name: str = "IMG_1.png", kind: str = "image/png"):
    return await client.post("/api/uploads", files={"file": (name, content, kind)})


async def test_a_picture_is_converted_and_served_where_public_media_stands(desk, resources):
    answer = await _send(desk, encode(photo(3000, 2000), "PNG"))
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["kind"], told["width"], told["height"], told["duration_seconds"]) == ("photo", 1620, 1080, None)
    assert told["url"].startswith(f"{resources.settings.public_url}/media/")
    served = await desk.get(told["url"], headers={"authorization": ""})
    assert served.headers["content-type"] == "image/jpeg"
    assert len(served.content) == told["size"]
    async with resources.read() as session:
        found = await find_uploads(session, resources.settings, [told["url"], "https://news.example/1.jpg"])
    assert list(found) == [told["url"]]


async def test_a_video_is_looked_into_and_kept_as_it_came(desk):
    sent = film(seconds=2)
    answer = await _send(desk, sent, "film.mp4", "video/mp4")
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told["kind"] == "video"
    assert told["size"] == len(sent)
    assert told["duration_seconds"] == pytest.approx(2, abs=0.2)
    part = await desk.get(told["url"], headers={"range": "bytes=0-9"})
    assert (part.status_code, part.content) == (206, sent[:10])


async def test_what_tiktok_does_not_take_is_refused_and_leaves_nothing(desk, resources):
    for content, code in (
        (b"%PDF-1.7 some document", "image_kind"),
        (b"", "upload_empty"),
        (encode(photo(20, 20), "PNG"), "image_too_small"),
        (b"\xff\xd8\xff broken", "image_damaged"),
        (b"\x00\x00\x00\x18ftypmp42 and no more", "video_incomplete"),
    ):
        answer = await _send(desk, content)
        assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert (await desk.post("/api/uploads", content=b"x")).json()["code"] == "bad_request"
    assert (await desk.post("/api/uploads", files={"other": ("a.jpg", jpeg())})).status_code == 400
    async with resources.read() as session:
        assert (await session.exec(select(MediaAsset))).all() == []
    assert [path for path in resources.media_dir.rglob("*") if path.is_file()] == []


async def test_a_file_that_is_too_large_is_cut_off(desk, resources, monkeypatch):
    monkeypatch.setattr("app.media.uploads.keep.MAX_FILE_BYTES", 10_000)
    monkeypatch.setitem(resources.settings.__dict__, "video_max_bytes", 20_000)
    over_both, over_pictures = jpeg(900, 900) * 3, jpeg(400, 300) + bytes(12_000)
    for content in (over_both, over_pictures):
        answer = await _send(desk, content)
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large"), len(content)


async def test_an_upload_that_nobody_uses_is_swept_and_one_in_use_is_not(desk, resources):
    used, unused = [(await _send(desk, jpeg(300 + 8 * n, 300))).json()["url"] for n in (0, 1)]
    async with resources.transaction() as session:
        found = await find_uploads(session, resources.settings, [used])
        await keep_until(session, list(found.values()), utcnow() + timedelta(days=40))
        for table in (MediaAsset, MediaGrant):
            # Eight days later.
            moved = col(table.delete_after) < utcnow() + timedelta(days=30)
            await session.exec(sa.update(table).where(moved).values(delete_after=utcnow() - timedelta(seconds=1)))
    for path in resources.media_dir.rglob("*.jpg"):
        os.utime(path, (time.time() - 7200,) * 2)
    assert await sweep_media(resources) == 1
    assert (await desk.get(used)).status_code == 200
    assert (await desk.get(unused)).status_code == 404


async def test_the_address_of_a_post_s_media_is_no_upload(desk, resources):
    async with resources.transaction() as session:
        session.add(MediaGrant(token="of-a-post", owner_id="0190b2f0-0000-7000-8000-000000000000"))
        session.add(
            MediaAsset(owner_id="0190b2f0-0000-7000-8000-000000000000", position=0, source_url="", path="a/b.jpg",
                       width=1, height=1, size=1, sha256="0")
        )  # fmt: skip
    async with resources.read() as session:
        url = f"{resources.settings.public_url}/media/of-a-post/1.jpg"
        assert await find_uploads(session, resources.settings, [url]) == {}
