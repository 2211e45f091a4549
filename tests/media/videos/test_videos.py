"""From an article's video to what TikTok takes: looked at, converted where needed, refused where nothing helps."""

import asyncio
from dataclasses import replace
from pathlib import Path

import imageio_ffmpeg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psutil import process_iter

from app.kit.http.fetch import Fetcher, FetchFailed, FetchLimits
from app.media.problems import MediaProblem
from app.media.sniff import Unusable
from app.media.videos.command import Task, command, fit, rate
from app.media.videos.convert import choose, convert
from app.media.videos.gather import Step, Video, VideoLimits, gather_video
from app.media.videos.kinds import Film, Sound, check_film, read_film, sniff_video
from app.media.videos.probe import probe
from tests.media.videos import films
from tests.tiktok.scripted import Wire, scripted

GOOD = Film(
    kind="mov", index=0, codec="h264", pixels="yuv420p", width=1080, height=1920, aspect=1.0, rotation=0, fps=30.0,
    seconds=30.0, is_hdr=False, is_steady=True, sound=Sound(1, "aac", 48_000, 2), cover_ms=0, usual_fps=30.0,
    picture_seconds=30.0,
)  # fmt: skip


def but(**changes: object) -> Film:
    return replace(GOOD, **changes)  # type: ignore[arg-type]


def look(folder: Path, content: bytes) -> Film:
    file = folder / "film"
    file.write_bytes(content)
    return read_film(probe(str(file)))


class Steps(list[Step]):
    async def __call__(self, step: Step, _facts: str) -> None:
        self.append(step)


async def gather(origin, folder: Path, content: bytes | int, **limits) -> tuple[Video | MediaProblem, Steps]:
    origin.files["/film"] = content
    steps = Steps()
    rules = VideoLimits(**({"max_bytes": 10_000_000} | limits))
    return await gather_video(origin.url("/film"), folder, rules, allow_hosts=[origin.host], on_step=steps), steps


# What a film is.


@pytest.mark.parametrize(
    ("how", "kind", "codec"),
    [
        ({}, "mov", "h264"),
        ({"suffix": "mov"}, "mov", "h264"),
        ({"suffix": "webm", "codecs": films.VP9}, "matroska", "vp9"),
        ({"suffix": "mkv"}, "matroska", "h264"),
        ({"suffix": "avi", "codecs": ("-c:v", "mpeg4", "-c:a", "mp3")}, "avi", "mpeg4"),
        ({"suffix": "ts"}, "mpegts", "h264"),
        ({"suffix": "flv"}, "flv", "h264"),
    ],
    ids=["mp4", "mov", "webm", "mkv", "avi", "ts", "flv"],
)
def test_films_of_many_kinds_are_understood(tmp_path, how, kind, codec):
    film = look(tmp_path, films.film(**how))
    assert (film.kind, film.codec, film.upright, film.rotation) == (kind, codec, (640, 360), 0)
    assert film.fps == pytest.approx(30, rel=0.05)
    assert film.seconds == pytest.approx(2, abs=0.2)
    assert film.sound is not None


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_film_that_lies_is_measured_upright(tmp_path, degrees):
    film = look(tmp_path, films.turned(degrees))
    assert film.upright == ((640, 360) if degrees == 180 else (360, 640))
    assert choose(film).new_picture


@pytest.mark.parametrize("head", [b"", b"#!/bin/sh", b"%PDF-1.7", b"\x00" * 100, b"GIF89a"])
def test_what_is_no_film_is_not_opened(head):
    with pytest.raises(Unusable, match="no video that is known"):
        sniff_video(head)


# What is done to it.


def test_what_fits_is_copied():
    assert (choose(GOOD).new_picture, choose(GOOD).new_sound) == (False, False)
    for film in (
        but(fps=23.976),
        but(fps=59.94),
        but(fps=60.0001),
        but(width=4096, height=360),
        but(codec="hevc"),
        but(sound=None),
        but(seconds=600),
    ):
        assert not choose(film).new_picture, film


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "matroska"},
        {"codec": "av1"},
        {"codec": "mpeg4"},
        {"pixels": "yuv422p10le"},
        {"pixels": "yuv444p"},
        {"fps": 15.0},
        {"fps": 22.9},
        {"fps": 120.0},
        {"width": 4098},
        {"width": 358},
        {"rotation": 90},
        {"aspect": 1.5},
        {"is_hdr": True},
        {"is_steady": False},
        {"is_straight": False},
        {"is_mirrored": True},
        {"fields": "marked"},
        {"fields": "tff"},
    ],
    ids=str,
)
def test_what_does_not_fit_gets_a_new_picture(changes):
    assert choose(but(**changes)).new_picture


@pytest.mark.parametrize(
    "sound",
    [
        Sound(1, "opus", 48_000, 2),
        Sound(1, "aac", 96_000, 2),
        Sound(1, "aac", 48_000, 6),
        Sound(1, "aac", 48_000, 2, is_straight=False),
    ],
)
def test_strange_sound_is_made_anew_without_touching_the_picture(sound):
    recipe = choose(but(sound=sound))
    assert (recipe.new_picture, recipe.new_sound) == (False, True)


@given(st.integers(16, 8192), st.integers(16, 8192))
def test_every_size_ends_within_tiktoks(width, height):
    wide, high, padding = fit(width, height)
    if padding:
        wide, high = max(wide, 360), max(high, 360)
    assert wide % 2 == high % 2 == 0
    assert 360 <= min(wide, high) <= max(wide, high) <= 1920
    assert min(wide, high) <= 1080


@given(st.integers(400, 4000), st.integers(400, 4000))
def test_no_film_is_stretched(width, height):
    wide, high, _ = fit(width, height)
    assert wide / high == pytest.approx(width / height, rel=0.01)


@pytest.mark.parametrize(
    ("fps", "steady"),
    [(15, 30), (15.005, 30), (10, 30), (12.5, 25), (20, 40), (8, 24), (1, 23), (23.976, 23.976), (29.97, 29.97),
     (60, 60), (60.0001, 60), (90, 45), (120, 60), (240, 60), (0, 30), (5000, 30)],
)  # fmt: skip
def test_the_new_rate_is_the_films_own_or_a_multiple_of_it(fps, steady):
    assert rate(fps) == pytest.approx(steady, rel=0.001)


@given(st.floats(0, 2000, allow_nan=False))
def test_every_rate_ends_within_tiktoks(fps):
    assert 23 <= rate(fps) <= 60


@pytest.mark.parametrize(
    ("film", "code"),
    [
        (but(seconds=181), "video_too_long"),
        (but(seconds=0.5), "video_too_short"),
        (but(width=3000, height=200), "video_too_narrow"),
    ],
)
def test_what_no_conversion_mends_is_refused(film, code):
    with pytest.raises(Unusable) as refusal:
        check_film(film, 180)
    assert refusal.value.code == code


def test_nothing_of_the_metadata_is_copied_and_no_other_file_is_opened():
    line = " ".join(command(Task(Path("in"), Path("out"), GOOD, choose(GOOD), 600), "ffmpeg"))
    assert "-map_metadata -1" in line
    assert "-map_chapters -1" in line
    assert "-protocol_whitelist file -" in line
    assert "+faststart" in line


# The whole way.


async def test_a_film_that_fits_arrives_as_it_is(origin, tmp_path):
    film, steps = await gather(origin, tmp_path, films.fitting())
    assert isinstance(film, Video)
    assert (film.width, film.height, steps) == (640, 360, [])
    assert film.duration_ms == pytest.approx(2000, abs=100)
    assert film.file.stat().st_size == film.size
    assert film.poster.read_bytes().startswith(b"\xff\xd8")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["video.jpg", "video.mp4"]


@pytest.mark.parametrize(
    "how",
    [
        {"suffix": "webm", "codecs": films.VP9, "fps": 15},
        {"size": "200x700"},
        {"size": "2160x3840", "seconds": 1.2, "fps": 10},
        {"fps": 120, "seconds": 1.5},
        {"codecs": films.HEVC, "picture": f"testsrc2=s=640x360:r=30:d=2,{films.HLG}", "sound": False},
        {"codecs": ("-c:v", "libx264", "-pix_fmt", "yuv444p", "-c:a", "aac", "-ac", "6")},
        {"suffix": "avi", "codecs": ("-c:v", "mpeg4", "-c:a", "mp3"), "fps": 12},
        {"options": ("-vf", "setsar=4/3")},
    ],
    ids=["vp9 15 fps", "narrow", "4K 10 fps", "120 fps", "HDR", "4:4:4 and 5.1", "avi 12 fps", "wide pixels"],
)
async def test_a_film_that_does_not_fit_is_made_to(origin, tmp_path, how):
    found, steps = await gather(origin, tmp_path, films.film(**how))
    assert isinstance(found, Video), found
    assert steps[0] is Step.converting
    film = look(tmp_path, found.file.read_bytes())
    recipe = choose(film)
    assert (recipe.new_picture, recipe.new_sound) == (False, False), film
    assert (film.codec, film.pixels, film.is_hdr) == ("h264", "yuv420p", False)
    assert max(film.upright) <= 1920


async def test_a_file_that_is_cut_off_is_not_posted_in_part(origin, tmp_path):
    problem, _ = await gather(origin, tmp_path, films.cut_off(films.faststart()))
    assert isinstance(problem, MediaProblem)
    assert (problem.code, problem.is_transient) == ("video_incomplete", False)


async def test_frames_of_an_absurd_size_are_not_decoded(origin, tmp_path):
    content = films.film("mkv", ("-c:v", "mjpeg"), size="8400x16", seconds=1.2, fps=5, sound=False)
    problem, _ = await gather(origin, tmp_path, content)
    assert isinstance(problem, MediaProblem)
    assert problem.code == "video_frame_size"


async def test_an_endless_stream_ends_at_the_size_limit(tmp_path):
    async def pour(wire: Wire) -> None:
        await wire.receive()
        await wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\n\r\n" + films.fitting())
        while True:
            await wire.send(b"\x00" * 65_536)

    async with scripted(pour) as server:
        problem = await gather_video(
            f"{server.url}/live", tmp_path, VideoLimits(2_000_000), allow_hosts=[f"127.0.0.1:{server.port}"],
            on_step=Steps(),
        )  # fmt: skip
    assert isinstance(problem, MediaProblem)
    assert (problem.code, problem.is_transient) == ("fetch_too_large", False)
    assert list(tmp_path.iterdir()) == []


async def test_a_download_that_stands_still_is_given_up_for_now(tmp_path):
    async def stall(wire: Wire) -> None:
        await wire.receive()
        await wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"\x00" * 1000)
        await asyncio.sleep(600)

    limits = FetchLimits(max_bytes=2_000_000, seconds=300, stall_seconds=0.5)
    async with scripted(stall) as server, Fetcher([f"127.0.0.1:{server.port}"], limits=limits) as fetcher:
        with pytest.raises(FetchFailed) as failure:
            await fetcher.fetch(f"{server.url}/film", tmp_path / "film")
    assert failure.value.code == "stalled"
    assert list(tmp_path.iterdir()) == []


async def test_addresses_inside_our_network_are_not_asked(tmp_path):
    for url in ("http://127.0.0.1/film.mp4", "http://169.254.169.254/film.mp4", "file:///etc/passwd", "rtmp://a.b/c"):
        problem = await gather_video(url, tmp_path, VideoLimits(1000), on_step=Steps())
        assert isinstance(problem, MediaProblem)
        assert not problem.is_transient


async def test_a_conversion_ends_when_it_is_cancelled(tmp_path):
    source = tmp_path / "film"
    source.write_bytes(films.film(size="1280x720", seconds=20, fps=15))
    film = read_film(probe(str(source)))
    begun = asyncio.Event()

    async def hear(_share: float) -> None:
        begun.set()

    task = Task(source, tmp_path / "out.mp4", film, choose(film), 600)
    running = asyncio.create_task(convert(task, ffmpeg=imageio_ffmpeg.get_ffmpeg_exe(), seconds=300, on_progress=hear))
    waiting = asyncio.create_task(begun.wait())
    await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
    running.cancel()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not any(str(tmp_path) in " ".join(process.info["cmdline"] or ()) for process in process_iter(["cmdline"]))
