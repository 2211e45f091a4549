"""An ad account's pictures, videos and money, by the desk."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from app.ads.models import AdsUpload, UploadState
from app.ads.uploads import progress
from app.kit.clock import utcnow
from app.kit.ids import new_id
from tests.ads.conftest import TikTok
from tests.ads.desk import ANALYST, consent
from tests.ads.reporting import ADVERTISER, Desk, open_desk
from tests.functional.stack import jpeg
from tests.media.videos import films

UPLOAD = "file/video/ad/upload/"


@pytest.fixture
async def desk(tmp_path: Path, sqlite_url: str, tiktok: TikTok, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path, sqlite_url, tiktok, monkeypatch) as opened:
        yield opened


async def test_a_film_is_stored_once_with_its_md5_and_found_again_where_the_answer_was_lost(desk: Desk):
    film = films.fitting()
    videos = f"/api/ads/{ADVERTISER}/videos"
    await desk.tiktok.fail_next(UPLOAD, phase="after", cut=True)
    made = await desk.http.post(videos, files={"file": ("жаңалық.mp4", film, "video/mp4")})
    assert made.status_code == 201, made.text
    assert made.json()["signature"] == hashlib.md5(film).hexdigest()
    shown = await desk.get(f"{ADVERTISER}/videos/{made.json()['video_id']}")
    assert (shown["size"], shown["file_name"]) == (len(film), "жаңалық.mp4")
    again = await desk.http.post(videos, files={"file": ("жаңалық.mp4", film, "video/mp4")})
    assert again.json()["video_id"] == made.json()["video_id"]
    other = await desk.http.post(videos, files={"file": ("жаңалық.mp4", film + b"\0" * 9, "video/mp4")})
    assert (other.status_code, other.json()["code"]) == (409, "file_name_taken")
    named = await desk.http.post(
        videos, files={"file": ("жаңалық.mp4", film + b"\0" * 9, "video/mp4")}, data={"file_name": "second.mp4"}
    )
    assert named.status_code == 201, named.text
    assert list((desk.app.settings.data_dir / "ads-uploads").iterdir()) == []


async def test_an_upload_tells_how_far_it_is_and_how_it_ended(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(progress, "NOTED_EVERY_SECONDS", 0.01)
    film, videos = films.fitting(), f"/api/ads/{ADVERTISER}/videos"
    boundary, upload_id = b"--b", new_id()
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
    half_is_here = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield head + film[: len(film) // 2]
        await half_is_here.wait()
        yield film[len(film) // 2 :] + b"\r\n" + boundary + b"--\r\n"

    headers = {"content-type": "multipart/form-data; boundary=b"}
    sending = asyncio.create_task(
        desk.http.post(videos, params={"upload_id": upload_id}, content=body(), headers=headers)
    )
    async with asyncio.timeout(30):
        while True:
            told = (await desk.http.get(f"/api/ads/uploads/{upload_id}")).json()
            if told.get("received", 0) >= len(film) // 3:
                break
            await asyncio.sleep(0.01)
    assert (told["state"], told["sent"]) == ("receiving", 0)
    half_is_here.set()
    made = await sending
    assert (made.status_code, made.headers["upload-id"]) == (201, upload_id), made.text
    end = await desk.get(f"uploads/{upload_id}")
    assert (end["state"], end["percent"], end["media_id"]) == ("ready", 100, made.json()["video_id"])
    assert end["received"] == end["sent"] == end["size"] == len(film)
    again = await desk.http.post(videos, params={"upload_id": upload_id}, files={"file": ("b.mp4", film)})
    assert (again.status_code, again.json()["code"]) == (409, "upload_id_taken")
    refused = await desk.http.post(videos, files={"file": ("c.mp4", b"no film")})
    failed = (await desk.http.get("/api/ads/uploads/none", headers={"accept-language": "ru"})).json()
    assert (refused.status_code, failed["code"]) == (422, "upload_not_found")
    async with desk.app.transaction() as session:
        rows = (await session.exec(select(AdsUpload).order_by(col(AdsUpload.id).desc()))).all()
        (last,) = [row for row in rows if row.state == "failed"]
        assert (last.reason, last.finished_at is not None) == ("file_type", True)
        # Whoever carried it is no more.
        last.state, last.finished_at, last.updated_at = UploadState.sending, None, utcnow() - timedelta(minutes=1)
        session.add(last)
    lost = await desk.get(f"uploads/{last.id}")
    assert (lost["state"], lost["reason"]) == ("failed", "interrupted")


async def test_a_picture_is_stored_and_what_is_none_is_refused_before_a_call(desk: Desk):
    images = f"/api/ads/{ADVERTISER}/images"
    made = await desk.http.post(images, files={"file": ("a.jpg", jpeg(640, 640), "image/jpeg")})
    assert (made.status_code, bool(made.json()["image_id"])) == (201, True), made.text
    calls = await desk.count("file/image/ad/upload/")
    for content, code in ((b"GIF89a" + b"x" * 50, "file_type"), (b"", "file_empty")):
        refused = await desk.http.post(images, files={"file": ("b.jpg", content)})
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert (await desk.http.post(images, json={"file_name": "x"})).status_code == 400
    assert (await desk.http.post(images, files={"other": b"x"})).status_code == 400
    cut_off = {"content-type": "multipart/form-data; boundary=b"}
    assert (await desk.http.post(images, content=b"--b\r\n", headers=cut_off)).status_code == 400
    inside = await desk.http.post(images, json={"url": "http://169.254.169.254/latest"})
    assert inside.status_code == 422
    assert await desk.count("file/image/ad/upload/") == calls


async def test_an_analyst_uploads_nothing_and_reads_the_rest(desk: Desk):
    await consent(desk.app, desk.tiktok, ANALYST)
    refused = await desk.http.post(f"/api/ads/{ADVERTISER}/videos", files={"file": ("a.mp4", films.fitting())})
    assert (refused.status_code, refused.json()["code"]) == (403, "role_forbids")
    assert await desk.count(UPLOAD) == 0


async def test_the_balance_and_what_moved_are_tiktok_s_own_figures_as_of_now(desk: Desk):
    told = await desk.get(f"{ADVERTISER}/balance")
    assert (told["advertiser_id"], told["account_balance"] > 0) == (ADVERTISER, True)
    assert told["as_of"].endswith("Z")
    moved = await desk.get(f"{ADVERTISER}/transactions", page_size=1)
    assert {row["account_id"] for row in moved["items"]} <= {ADVERTISER}
    assert (await desk.http.get(f"/api/ads/{ADVERTISER}/transactions?start_date=0000-01-01&x=1")).status_code == 422
