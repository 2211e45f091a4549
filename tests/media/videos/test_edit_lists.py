"""What an editor cut away without encoding anew is not published: what players show of a film is what is made of it."""

from pathlib import Path

import pytest

from app.media.problems import MediaProblem
from app.media.videos.convert import choose
from app.media.videos.edits import read_movie
from app.media.videos.gather import Video, VideoLimits, gather_video
from tests.media.videos import film_edits as edits
from tests.media.videos import films
from tests.media.videos.test_videos import look


async def _hear_nothing(*_: object) -> None:
    pass


async def make(origin, folder: Path, content: bytes) -> Video:
    origin.files["/film"] = content
    found = await gather_video(
        origin.url("/film"), folder, VideoLimits(10_000_000), allow_hosts=[origin.host], on_step=_hear_nothing
    )
    assert isinstance(found, Video), found
    return found


WHOLE = [(0, 1.0), (1, 1.0), (2, 1.0), (3, 1.0), (4, 1.0)]
AFTER_2_5 = [(2, 0.5), (3, 1.0), (4, 1.0)]
KINDS = pytest.mark.parametrize(
    ("suffix", "codecs"), [("mp4", edits.B_FRAMES), ("mov", edits.HEVC_10)], ids=["H.264", "10-bit HEVC in MOV"]
)


@KINDS
async def test_a_film_that_is_trimmed_at_its_beginning_begins_there(origin, tmp_path, suffix, codecs):
    film = await make(origin, tmp_path, edits.trimmed(suffix, codecs))
    assert edits.shades_of(film.file) == AFTER_2_5
    assert film.duration_ms == pytest.approx(2500, abs=60)


@KINDS
@pytest.mark.parametrize(
    ("stretches", "seen"),
    [
        ([(1.5, 2.0)], [(1, 0.5), (2, 1.0), (3, 0.5)]),
        ([(0.5, 1.0), (3.5, 1.5)], [(0, 0.5), (1, 0.5), (3, 0.5), (4, 1.0)]),
        ([(3.5, 1.0), (0.5, 1.0)], [(3, 0.5), (4, 0.5), (0, 0.5), (1, 0.5)]),
        ([(-1, 1.0), (1.0, 2.0)], [(1, 2.0), (2, 1.0)]),
    ],
    ids=["both ends", "a piece from the middle", "pieces exchanged", "begins late"],
)
async def test_the_stretches_of_an_edit_list_are_what_is_published(origin, tmp_path, suffix, codecs, stretches, seen):
    content = edits.edited(edits.shaded(suffix, codecs), stretches)
    film = await make(origin, tmp_path, content)
    assert edits.shades_of(film.file) == seen
    assert film.duration_ms == pytest.approx(1000 * sum(length for _, length in stretches), abs=60)


async def test_the_sound_follows_its_own_edit_list(origin, tmp_path):
    content = edits.edited(edits.shaded(), [(3.0, 1.0), (1.0, 2.0)])
    film = await make(origin, tmp_path, content)
    assert edits.loudness_of(film.file) == [3, 3, 1, 1, 2, 2]


async def test_sound_that_is_trimmed_alone_is_trimmed_under_a_picture_that_is_copied(origin, tmp_path):
    whole = edits.shaded(seconds=3, size="640x360")
    content = edits.edited(whole, [(1.0, 2.0)], tracks=(b"soun",))
    film = look(tmp_path, content)
    assert (choose(film).new_picture, choose(film).new_sound) == (False, True)
    made = await make(origin, tmp_path, content)
    assert edits.loudness_of(made.file)[:4] == [1, 1, 2, 2]


@pytest.mark.parametrize("frames", [1, 2, 5])
async def test_a_short_trim_is_one_too(origin, tmp_path, frames):
    content = edits.edited(edits.shaded(), [(1 - frames / 30, 1.0)])
    film = await make(origin, tmp_path, content)
    assert edits.shades_of(film.file) == [(0, round(frames / 30, 2)), (1, round(1 - frames / 30, 2))]


async def test_a_fragmented_film_is_trimmed_too(origin, tmp_path):
    whole = edits.shaded(options=("-movflags", "frag_keyframe+empty_moov+default_base_moof"))
    film = await make(origin, tmp_path, edits.edited(whole, [(1.5, 2.0)]))
    assert edits.shades_of(film.file) == [(1, 0.5), (2, 1.0), (3, 0.5)]


async def test_a_still_screen_that_is_cut_in_its_middle_is_seen_from_there(origin, tmp_path):
    still = films.film(
        picture="nullsrc=s=640x360:r=30:d=4,geq=lum='40+40*floor(T)':cb=128:cr=128,select='lt(t,1)+gte(t,3)'",
        options=("-fps_mode", "passthrough", "-bf", "0"), sound=False,
    )  # fmt: skip
    film = await make(origin, tmp_path, edits.edited(still, [(2.0 - 2 / 30, 2.0)]))
    assert edits.shades_of(film.file) == [(0, 1.0), (3, 1.0)]


async def test_more_stretches_than_are_opened_one_by_one_still_hide_what_is_cut(origin, tmp_path):
    stretches = [(2 + number / 30, 2 / 30) for number in range(0, 60, 2)] + [(1.0, 0.1)] * 20
    found = await make(origin, tmp_path, edits.edited(edits.shaded(), stretches))
    assert {shade for shade, _ in edits.shades_of(found.file)} == {1, 2, 3}


def test_a_film_with_the_edit_list_that_every_encoder_writes_is_copied(tmp_path):
    for content in (films.film(), films.film("mov"), films.film(codecs=edits.B_FRAMES)):
        film = look(tmp_path, content)
        assert (choose(film).new_picture, choose(film).new_sound, film.edits) == (False, False, ())


def test_edit_lists_are_read_in_the_tracks_own_time(tmp_path):
    file = tmp_path / "film"
    file.write_bytes(edits.edited(edits.shaded(), [(-1, 1.5), (1.0, 0.5), (1.5, 0.5), (4.0, 0.25)], tracks=(b"vide",)))
    movie = read_movie(file)
    assert [(round(edit.start - 2 / 30, 3), edit.seconds, edit.gap) for edit in movie.edits[1]] == [
        (1.0, 1.0, 1.5),
        (4.0, 0.25, 0.0),
    ]
    assert (movie.has_index, movie.is_cut_off) == (True, False)


@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 100, b"\x00\x00\x00\x08moov", b"\xff" * 64, b"\x00\x00\x00\x01mdat"]
)
def test_boxes_that_make_no_sense_are_no_edit_list(tmp_path, content):
    file = tmp_path / "film"
    file.write_bytes(content)
    assert read_movie(file).edits == {}


def test_torn_edit_lists_do_not_end_the_probe(tmp_path):
    whole = edits.trimmed()
    for at in range(whole.index(b"elst") - 8, whole.index(b"elst") + 24):
        file = tmp_path / "film"
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        movie = read_movie(file)
        assert (movie.has_index, movie.is_cut_off) == (True, False), at


async def test_a_trimmed_file_that_is_cut_off_is_refused(origin, tmp_path):
    origin.files["/film"] = films.cut_off(edits.trimmed())
    found = await gather_video(
        origin.url("/film"), tmp_path, VideoLimits(10_000_000), allow_hosts=[origin.host], on_step=_hear_nothing
    )
    assert isinstance(found, MediaProblem)
    assert found.code == "video_incomplete"
