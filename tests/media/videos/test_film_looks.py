"""How a film looks in the end: whole frames, upright, in plain colours, of the track that is the film."""

import subprocess
from pathlib import Path

import av
import pytest

from app.media.problems import MediaProblem
from app.media.videos.convert import choose
from app.media.videos.gather import Video
from tests.media.videos import films
from tests.media.videos.test_videos import gather, look

BOX = "color=black:s=640x360:r=50:d=1,drawbox=x=0:w=60:c=white:t=fill,scroll=horizontal=-0.015"
MOVING = f"{BOX},interlace,setfield=tff"
FIELDS = (*films.H264, "-flags", "+ildct+ilme", "-x264opts", "tff=1")
CORNER = "color=black:s=640x360:r=25:d=1,drawbox=w=320:h=180:c=white:t=fill"


async def made(origin, folder: Path, content: bytes) -> Path:
    found, _ = await gather(origin, folder, content)
    assert isinstance(found, Video), found
    return found.file


def combs_of(file: Path) -> int:
    """How many frames FFmpeg's own eye takes for interlaced."""
    told = subprocess.run(
        [films.FFMPEG, "-hide_banner", "-nostdin", "-i", str(file), "-vf", "idet", "-f", "null", "-"],
        capture_output=True, text=True, check=True, timeout=60,
    ).stderr  # fmt: skip
    line = [line for line in told.splitlines() if "Multi frame detection" in line][-1]
    words = line.partition("TFF:")[2].replace("BFF:", "").replace("Progressive:", "").split()
    return int(words[0]) + int(words[1])


def greys_of(file: Path, *, side: int = 2) -> list[int]:
    """The brightness of the first frame in a few places, row by row."""
    with av.open(str(file)) as film:
        small = next(film.decode(video=0)).reformat(width=side * 8, height=side * 8, format="gray")
    plane, line = bytes(small.planes[0]), small.planes[0].line_size
    return [plane[(row * 8 + 4) * line + column * 8 + 4] for row in range(side) for column in range(side)]


# Fields.


@pytest.mark.parametrize("suffix", ["mp4", "mov", "ts"])
async def test_fields_become_whole_frames_and_motion_stays(origin, tmp_path, suffix):
    content = films.film(suffix, FIELDS, picture=MOVING, sound=False)
    film = look(tmp_path, content)
    assert (film.fields, choose(film).new_picture) == ("marked", True)
    assert combs_of(tmp_path / "film") > 10
    file = await made(origin, tmp_path, content)
    film = look(tmp_path, file.read_bytes())
    assert film.fields == ""
    assert film.fps == pytest.approx(50, abs=0.1)
    assert film.seconds == pytest.approx(1, abs=0.05)
    assert combs_of(file) == 0
    with av.open(str(file)) as opened:
        assert opened.streams.video[0].codec_context.field_order == 1  # progressive
        frames = [bytes(frame.planes[0]) for frame in opened.decode(video=0)]
    assert len(set(frames)) == len(frames)


async def test_fields_that_begin_later_in_the_film_are_found(origin, tmp_path):
    whole, combed = tmp_path / "a.ts", tmp_path / "b.ts"
    whole.write_bytes(films.film("ts", (*FIELDS, "-g", "10"), picture="testsrc2=s=640x360:r=25:d=1", sound=False))
    combed.write_bytes(films.film("ts", (*FIELDS, "-g", "10"), picture=MOVING, sound=False))
    joined = tmp_path / "joined.mp4"
    films.ffmpeg("-i", f"concat:{whole}|{combed}", "-c", "copy", str(joined))
    film = look(tmp_path, joined.read_bytes())
    assert film.fields == "marked"


# Which way up.


@pytest.mark.parametrize(
    ("how", "white"),
    [
        (("-display_rotation", "90"), 2),
        (("-display_rotation", "-90"), 1),
        (("-display_rotation", "180"), 3),
        (("-display_hflip",), 1),
        (("-display_vflip",), 2),
        (("-display_rotation", "90", "-display_hflip"), 3),
        (("-display_rotation", "-90", "-display_hflip"), 0),
    ],
    ids=["90", "270", "180", "mirrored", "upside down", "turned and mirrored", "turned the other way and mirrored"],
)
async def test_turned_and_mirrored_films_are_made_upright(origin, tmp_path, how, white):
    lying, turned = tmp_path / "lying.mp4", tmp_path / ("turned.mov" if "-display_hflip" in how else "turned.mp4")
    lying.write_bytes(films.film(picture=CORNER, sound=False))
    films.ffmpeg(*how, "-i", str(lying), "-c", "copy", str(turned))
    assert choose(look(tmp_path, turned.read_bytes())).new_picture
    file = await made(origin, tmp_path, turned.read_bytes())
    film = look(tmp_path, file.read_bytes())
    assert (film.rotation, film.is_mirrored) == (0, False)
    assert [grey > 200 for grey in greys_of(file)] == [place == white for place in range(4)]


# Colours.


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"], ids=["PQ", "HLG"])
async def test_bright_colours_become_plain_ones(origin, tmp_path, transfer):
    marks = f"setparams=color_trc={transfer}:color_primaries=bt2020:colorspace=bt2020nc,format=yuv420p10le"
    grey = f"color=0x808080:s=64x64:r=25:d=1,{marks}"
    film = look(tmp_path, films.film("mov", films.HEVC, picture=grey, sound=False))
    assert film.is_hdr
    file = await made(origin, tmp_path, films.film("mov", films.HEVC, picture=grey, sound=False))
    film = look(tmp_path, file.read_bytes())
    assert (film.is_hdr, film.pixels) == (False, "yuv420p")
    with av.open(str(file)) as opened:
        assert opened.streams.video[0].codec_context.color_trc == 1  # BT.709
    assert all(60 < brightness < 200 for brightness in greys_of(file))


@pytest.mark.parametrize(
    ("codecs", "size"),
    [
        (("-c:v", "libx264", "-pix_fmt", "yuv422p10le"), "64x64"),
        (("-c:v", "prores_ks", "-profile:v", "2"), "64x64"),
        (("-c:v", "libx264", "-pix_fmt", "yuv444p"), "641x361"),
        (("-c:v", "ffv1"), "65x363"),
    ],
    ids=["4:2:2", "ProRes", "odd sides", "odd and narrow"],
)
async def test_colours_and_sides_that_tiktok_does_not_take_are_made_to_fit(origin, tmp_path, codecs, size):
    suffix = "mkv" if "ffv1" in codecs else "mov"
    file = await made(origin, tmp_path, films.film(suffix, codecs, size=size, seconds=1, sound=False))
    film = look(tmp_path, file.read_bytes())
    assert (film.pixels, film.codec) == ("yuv420p", "h264")
    assert (film.width % 2, film.height % 2) == (0, 0)


# Which track.


@pytest.fixture
def still(tmp_path: Path) -> Path:
    file = tmp_path / "still.png"
    films.ffmpeg("-f", "lavfi", "-i", "color=red:s=1280x720", "-frames:v", "1", str(file))
    return file


@pytest.mark.parametrize("marked", [(), ("-disposition:v:0", "attached_pic")], ids=["a track", "a cover"])
async def test_a_still_before_the_film_is_not_the_film(origin, tmp_path, still, marked):
    film, both = tmp_path / "moving.mp4", tmp_path / "both.mp4"
    film.write_bytes(films.film())
    films.ffmpeg("-i", str(still), "-i", str(film), "-map", "0", "-map", "1", "-c", "copy", *marked, str(both))
    file = await made(origin, tmp_path, both.read_bytes())
    assert look(tmp_path, file.read_bytes()).upright == (640, 360)


async def test_a_timecode_track_is_left_out(origin, tmp_path):
    content = films.film("mov", options=("-timecode", "10:00:00:00"))
    assert b"tmcd" in content
    file = await made(origin, tmp_path, content)
    assert b"tmcd" not in file.read_bytes()


async def test_of_several_sound_tracks_the_usual_one_is_taken(origin, tmp_path):
    film, many = tmp_path / "one.mp4", tmp_path / "many.mp4"
    film.write_bytes(films.film())
    films.ffmpeg(
        *("-i", str(film), "-f", "lavfi", "-i", "anullsrc=d=2", "-map", "0:v", "-map", "1:a", "-map", "0:a"),
        *("-c:v", "copy", "-c:a", "aac", "-disposition:a:0", "0", "-disposition:a:1", "default", str(many)),
    )
    found = look(tmp_path, many.read_bytes())
    assert found.sound is not None
    assert found.sound.index == 2
    with av.open(str(await made(origin, tmp_path, many.read_bytes()))) as opened:
        assert len(opened.streams.audio) == 1
        loud = max(abs(value) for frame in opened.decode(audio=0) for value in memoryview(frame.planes[0]).cast("f"))
    assert loud > 0.05


# What is too much to look at.


@pytest.mark.parametrize("size", ["7680x7680", "8192x4400"])
async def test_frames_that_are_too_large_are_refused_by_the_header(origin, tmp_path, size):
    content = films.film(
        codecs=(*films.H264, "-tune", "stillimage"), picture=f"color=gray:s={size}:r=1:d=1", sound=False
    )
    assert len(content) < 200_000
    problem, _ = await gather(origin, tmp_path, content)
    assert isinstance(problem, MediaProblem)
    assert problem.code == "video_frame_size"
