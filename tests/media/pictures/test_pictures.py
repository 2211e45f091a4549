"""From an article's addresses to pictures in a folder: order, duplicates, dead links, limits."""

import asyncio
import errno
import os
from pathlib import Path

import pytest

from app.errors import TransientError
from app.kit.http.downloads import Downloads
from app.kit.sandbox.pool import ProcessPool, TaskLimits
from app.media.pictures import gather as pictures
from app.media.pictures.gather import gather_pictures
from app.media.problems import ImageSource, MediaProblem
from app.messages.message import Message
from tests.media import samples
from tests.tiktok.scripted import unused_port


def sources(origin, *paths: str) -> list[ImageSource]:
    return [ImageSource(origin.url(path)) for path in paths]


async def gather(origin, folder: Path, images: list[ImageSource], **options):
    return await gather_pictures(images, folder, allow_hosts=[origin.host], **options)


async def test_pictures_come_in_the_article_s_order_whoever_answers_first(origin, tmp_path):
    paths = [f"/{number}.jpg" for number in range(6)]
    origin.files = {path: samples.numbered(number) for number, path in enumerate(paths)}
    origin.slow = {"/0.jpg": 0.3, "/2.jpg": 0.2}
    gathered = await gather(origin, tmp_path, sources(origin, *paths))
    assert [picture.source.url for picture in gathered.pictures] == [origin.url(path) for path in paths]
    assert gathered.problems == []
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [f"{number}.jpg" for number in range(6)]


async def test_the_same_address_is_fetched_once_and_keeps_its_first_place(origin, tmp_path):
    origin.files = {"/a.jpg": samples.numbered(1), "/b.jpg": samples.numbered(2)}
    images = [
        ImageSource(origin.url(path), alt) for path, alt in (("/a.jpg", "first"), ("/b.jpg", ""), ("/a.jpg", "2"))
    ]
    gathered = await gather(origin, tmp_path, images)
    assert [picture.source.alt for picture in gathered.pictures] == ["first", ""]
    assert sorted(origin.asked) == ["/a.jpg", "/b.jpg"]


async def test_the_same_picture_under_two_addresses_counts_once(origin, tmp_path):
    origin.files = {"/a.jpg": samples.numbered(1), "/b.jpg": samples.numbered(1), "/c.jpg": samples.numbered(2)}
    gathered = await gather(origin, tmp_path, sources(origin, "/a.jpg", "/b.jpg", "/c.jpg"))
    assert [picture.source.url for picture in gathered.pictures] == [origin.url("/a.jpg"), origin.url("/c.jpg")]


async def test_what_does_not_work_is_skipped_with_a_line_for_the_editor(origin, tmp_path):
    origin.files = {"/a.jpg": samples.jpeg(), "/page.jpg": samples.HTML, "/x.svg": samples.SVG, "/1.gif": 500}
    images = [
        *sources(origin, "/gone.jpg?token=sesame", "/page.jpg", "/x.svg", "/a.jpg", "/1.gif"),
        ImageSource("http://localhost/a.jpg"),
        ImageSource(f"http://127.0.0.1:{unused_port()}/a.jpg"),
        ImageSource("data:image/png;base64,AAAA"),
        ImageSource("http://news.test/a\x00.jpg"),
    ]
    gathered = await gather(origin, tmp_path, images)
    assert len(gathered.pictures) == 1
    codes = [(problem.code, problem.is_transient) for problem in gathered.problems]
    assert codes == [
        ("fetch_not_found", True),
        ("image_is_page", False),
        ("image_kind", False),
        ("fetch_server_error", True),
        ("fetch_address_odd", False),
        ("fetch_address_port", False),
        ("fetch_address_scheme", False),
        ("fetch_address_odd", False),
    ]
    lines = [problem.line for problem in gathered.problems]
    assert lines[0].startswith(origin.url("/gone.jpg: "))
    assert all("sesame" not in line and "\x00" not in line for line in lines)


async def test_a_server_that_fails_for_a_moment_is_asked_again(origin, tmp_path):
    origin.files = {"/a.jpg": [503, samples.jpeg()]}
    gathered = await gather(origin, tmp_path, sources(origin, "/a.jpg"))
    assert len(gathered.pictures) == 1
    assert origin.asked == ["/a.jpg", "/a.jpg"]


async def test_it_stops_at_thirty_five_good_pictures(origin, tmp_path):
    good = [f"/{number}.jpg" for number in range(60)]
    origin.files = {path: samples.numbered(number) for number, path in enumerate(good)}
    gathered = await gather(origin, tmp_path, sources(origin, "/gone.jpg", *good))
    assert [picture.source.url for picture in gathered.pictures] == [origin.url(path) for path in good[:35]]
    assert len(origin.asked) == 36
    lines = [problem.line for problem in gathered.problems]
    assert lines[1:] == [f"{origin.url(path)}: TikTok takes at most 35 pictures in one post" for path in good[35:]]
    assert origin.most_under_way <= 4


async def test_it_stops_after_two_hundred_candidates(origin, tmp_path):
    origin.files = {"/late.jpg": samples.jpeg()}
    gathered = await gather(origin, tmp_path, sources(origin, *(f"/gone{n}.jpg" for n in range(250)), "/late.jpg"))
    assert gathered.pictures == []
    assert len(origin.asked) == 200
    assert [problem.code for problem in gathered.problems] == ["fetch_not_found"] * 200 + ["address_not_used"] * 51
    assert gathered.problems[-1].line.endswith(": only the first 200 pictures of an article are looked at")


async def test_an_article_without_images_is_no_problem(origin, tmp_path):
    gathered = await gather(origin, tmp_path, [])
    assert (gathered.pictures, gathered.problems) == ([], [])


async def test_many_posts_at_once_share_the_limit_of_downloads(origin, tmp_path):
    paths = [f"/{number}.jpg" for number in range(4)]
    origin.files = {path: samples.numbered(number) for number, path in enumerate(paths)}
    origin.slow = dict.fromkeys(paths, 0.05)
    folders = [tmp_path / str(number) for number in range(6)]
    for folder in folders:
        folder.mkdir()
    shared = Downloads()
    several = (gather(origin, folder, sources(origin, *paths), downloads=shared) for folder in folders)
    results = await asyncio.gather(*several)
    assert [len(gathered.pictures) for gathered in results] == [4] * 6
    assert 4 < origin.most_under_way <= 6


async def test_a_picture_that_is_too_heavy_is_a_problem_of_its_own_and_not_of_the_others(origin, tmp_path, monkeypatch):
    limits = TaskLimits(memory_bytes=300 * 1024 * 1024)
    small = ProcessPool("app.media.pictures.convert:convert", limits=limits, environment={"VIPS_CONCURRENCY": "1"})
    monkeypatch.setattr(pictures, "converters", small)
    heavy = samples.encode(samples.noisy(2000, 1500).resize((7000, 5000)), "JPEG", progressive=True, subsampling=0)
    origin.files = {"/heavy.jpg": heavy, "/a.jpg": samples.jpeg()}
    gathered = await gather(origin, tmp_path, sources(origin, "/heavy.jpg", "/a.jpg"))
    small.close()
    assert [picture.source.url for picture in gathered.pictures] == [origin.url("/a.jpg")]
    assert [problem.code for problem in gathered.problems] == ["image_too_heavy"]


async def test_a_disk_that_is_full_while_downloading_ends_it_and_may_be_tried_again(origin, tmp_path, monkeypatch):
    def write(_descriptor, _data):
        raise OSError(errno.ENOSPC, "No space left on device")

    origin.files = {f"/{number}.jpg": samples.numbered(number) for number in range(30)}
    monkeypatch.setattr(os, "write", write)
    with pytest.raises(TransientError) as full:
        await gather(origin, tmp_path, sources(origin, *origin.files))
    assert full.value.code == "media_disk_full"
    assert len(origin.asked) <= 8
    assert list(tmp_path.iterdir()) == []


async def test_a_disk_that_is_full_while_converting_ends_it_too(origin, tmp_path, monkeypatch):
    limits = TaskLimits(file_bytes=100)
    small = ProcessPool("app.media.pictures.convert:convert", limits=limits)
    monkeypatch.setattr(pictures, "converters", small)
    origin.files = {"/a.jpg": samples.jpeg()}
    with pytest.raises(TransientError):
        await gather(origin, tmp_path, sources(origin, "/a.jpg"))
    small.close()


async def test_a_cancelled_preparation_leaves_no_download_behind(origin, tmp_path):
    origin.files = {f"/{number}.jpg": samples.numbered(number) for number in range(8)}
    origin.slow = {"/7.jpg": 30}
    task = asyncio.create_task(gather(origin, tmp_path, sources(origin, *origin.files)))
    while len(list(tmp_path.glob("*.jpg"))) < 7:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list(tmp_path.glob("*.download")) == []


def test_a_line_is_short_and_printable():
    problem = MediaProblem(
        "https://news.test/" + "x" * 500 + "\n\x1b[2J?sig=secret", "fetch_not_found", Message("gone")
    )
    assert len(problem.line) < 200
    assert problem.line.isprintable()
    assert problem.line.endswith(": gone")


async def test_a_picture_may_be_as_large_as_phones_make_them(origin, tmp_path):
    large, too_large = samples.jpeg() + b"\0" * 70_000_000, samples.jpeg() + b"\0" * 105_000_000
    origin.files = {"/phone.jpg": large, "/scan.jpg": too_large}
    gathered = await gather(origin, tmp_path, sources(origin, "/phone.jpg", "/scan.jpg"))
    assert [picture.source.url for picture in gathered.pictures] == [origin.url("/phone.jpg")]
    assert [problem.line for problem in gathered.problems] == [
        f"{origin.url('/scan.jpg')}: the file is larger than 100 MB"
    ]
    assert [entry.name for entry in tmp_path.iterdir()] == ["0.jpg"]
