"""How long a film is, and whether it is whole: by when its frames are shown, whatever headers and decoders say."""

from pathlib import Path
from typing import Any

import av
import pytest

from app.media.problems import MediaProblem
from app.media.videos.gather import Video
from tests.media.videos import film_edits as edits
from tests.media.videos import films
from tests.media.videos.test_videos import gather, look

STANDING_STILL = "testsrc2=s=640x360:r=60:d=6,select='lt(t,1)+gte(t,5.5)'"
PASSED_ON = ("-fps_mode", "passthrough")


def span_of(file: Path, kind: str) -> tuple[float, float]:
    """When the first frame of a track is shown, and the last."""
    with av.open(str(file)) as film:
        frames: Any = film.decode(**{kind: 0})
        times = [float(frame.time) for frame in frames]
    return times[0], times[-1]


async def test_a_screen_that_stood_still_is_as_long_as_it_was_seen(origin, tmp_path):
    content = films.film(codecs=edits.B_FRAMES, picture=STANDING_STILL, sound=False, options=PASSED_ON)
    film = look(tmp_path, content)
    assert film.seconds == pytest.approx(6.0, abs=0.05)
    assert film.usual_fps == pytest.approx(60, abs=0.5)
    found, _ = await gather(origin, tmp_path, content)
    assert isinstance(found, Video), found
    assert found.duration_ms == pytest.approx(6000, abs=60)


def test_a_last_frame_that_is_held_counts_for_as_long_as_it_is(tmp_path):
    held = films.film(picture="testsrc2=s=640x360:r=30:d=1,tpad=stop_mode=clone:stop_duration=3", sound=False)
    slides = films.film(codecs=edits.B_FRAMES, fps=0.5, seconds=6, sound=False)
    assert look(tmp_path, held).seconds == pytest.approx(4.0, abs=0.05)
    assert look(tmp_path, slides).seconds == pytest.approx(6.0, abs=0.05)


@pytest.mark.parametrize(("fps", "made"), [(1, 23), (240, 60)])
async def test_very_slow_and_very_fast_films_get_a_rate_that_tiktok_takes(origin, tmp_path, fps, made):
    content = films.film(size="64x64", fps=fps, seconds=2, codecs=edits.B_FRAMES, sound=False)
    found, _ = await gather(origin, tmp_path, content)
    assert isinstance(found, Video), found
    film = look(tmp_path, found.file.read_bytes())
    assert film.fps == pytest.approx(made, rel=0.01)
    assert film.seconds == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize("suffix", ["webm", "mkv"])
def test_a_film_that_does_not_say_how_long_it_is_is_measured(tmp_path, suffix):
    codecs = films.VP9 if suffix == "webm" else edits.B_FRAMES
    live = films.film(suffix, codecs, size="64x64", options=("-live", "1"))
    film = look(tmp_path, live)
    assert film.seconds == pytest.approx(2, abs=0.1)


async def test_where_broadcasts_are_joined_no_time_passes(origin, tmp_path):
    first = films.film("ts", edits.B_FRAMES, size="64x64")
    later = films.film("ts", edits.B_FRAMES, size="64x64", options=("-output_ts_offset", "5000"))
    found, _ = await gather(origin, tmp_path, first + later)
    assert isinstance(found, Video), found
    assert found.duration_ms == pytest.approx(4000, abs=300)


async def test_a_picture_that_begins_after_the_sound_is_held_until_then(origin, tmp_path):
    content = films.film("ts", edits.B_FRAMES, options=("-vf", "setpts=PTS+1/TB"))
    found, _ = await gather(origin, tmp_path, content)
    assert isinstance(found, Video), found
    film = look(tmp_path, found.file.read_bytes())
    assert film.is_straight
    assert film.seconds == pytest.approx(3, abs=0.1)


async def test_a_film_from_the_middle_of_a_broadcast_keeps_picture_and_sound_together(origin, tmp_path):
    whole = films.film("ts", (*edits.B_FRAMES, "-g", "60"), size="64x64", seconds=4)
    torn = whole[len(whole) // 4 // 188 * 188 :]
    found, _ = await gather(origin, tmp_path, torn)
    assert isinstance(found, Video), found
    begun, ended = zip(*(span_of(found.file, kind) for kind in ("video", "audio")), strict=True)
    assert begun == pytest.approx([0, 0], abs=0.1)
    assert ended == pytest.approx([3, 3], abs=0.3)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (lambda: films.cut_off(films.faststart()), "video_incomplete"),
        (lambda: films.cut_off(films.faststart(), 0.97), "video_incomplete"),
        (lambda: films.cut_off(films.film()), "video_incomplete"),
        (lambda: films.cut_off(films.film(options=("-movflags", "frag_keyframe+empty_moov"))), "video_incomplete"),
        (lambda: films.cut_off(films.film("mkv", seconds=6)), "video_incomplete"),
        (lambda: b"", "fetch_empty"),
        (lambda: b"\x00", "video_kind"),
    ],
    ids=["index in front", "last bit missing", "index behind", "fragments", "Matroska", "nothing", "one byte"],
)
async def test_what_is_cut_off_is_refused_and_says_so(origin, tmp_path, content, code):
    problem, _ = await gather(origin, tmp_path, content())
    assert isinstance(problem, MediaProblem)
    assert problem.code == code


def test_a_subtitle_track_that_lasts_longer_is_no_missing_end(tmp_path):
    words = tmp_path / "words.srt"
    words.write_text("1\n00:00:00,000 --> 00:00:09,000\nСөз\n")
    film, both = tmp_path / "film.mkv", tmp_path / "both.mkv"
    film.write_bytes(films.film("mkv"))
    films.ffmpeg("-i", str(film), "-i", str(words), "-map", "0", "-map", "1", "-c:v", "copy", str(both))
    assert look(tmp_path, both.read_bytes()).seconds == pytest.approx(2, abs=0.1)
