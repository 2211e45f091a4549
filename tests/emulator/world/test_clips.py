"""The shelf of videos."""

import io

import pytest

from app.emulator.world.clips import ClipShelf
from app.emulator.world.records import Clip


def make_clip(size: int) -> Clip:
    return Clip("mp4", "h264", None, "yuv420p", 360, 640, 30.0, 1.0, True, size, "0" * 64, b"poster")


def test_keeps_the_newest_within_the_bytes():
    shelf = ClipShelf()
    files, clips = [io.BytesIO(b"video") for _ in range(3)], [make_clip(5) for _ in range(3)]
    for number in range(3):
        shelf.put(str(number), files[number], clips[number], bound=10)
    assert [shelf.get(str(number)) for number in range(3)] == [None, files[1], files[2]]
    assert [file.closed for file in files] == [True, False, False]
    assert [clip.poster for clip in clips] == [b"", b"poster", b"poster"]


def test_keeps_no_more_files_than_a_process_can_have_open(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.emulator.world.clips.MOST_KEPT", 4)
    shelf = ClipShelf()
    files = [io.BytesIO(b"video") for _ in range(10)]
    for number, file in enumerate(files):
        shelf.put(str(number), file, make_clip(5), bound=1_000_000)
    assert [file.closed for file in files] == [True] * 6 + [False] * 4


def test_a_video_larger_than_the_bound_is_not_kept():
    shelf = ClipShelf()
    file = io.BytesIO(b"video")
    shelf.put("1", file, make_clip(5), bound=4)
    assert shelf.get("1") is None
    assert file.closed
