"""Films are looked into beside each other, each for a bounded time: one that takes long does not hold the others."""

import asyncio
import os
from pathlib import Path

import pytest

from app.kit.sandbox.pool import ProcessPool, TaskLimits
from app.media.problems import MediaProblem
from app.media.videos import probing
from app.media.videos.gather import inspect_file
from tests.media.videos import films


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    """A file that never ends, as far as its reader can tell."""
    file = tmp_path / "endless"
    os.mkfifo(file)
    return file


async def test_a_film_that_takes_long_does_not_hold_the_next(tmp_path, endless):
    file = tmp_path / "film"
    file.write_bytes(films.fitting())
    long = asyncio.create_task(probing.probers.run(source=str(endless)))
    found = await probing.probers.run(source=str(file))
    assert (found["codec"], long.done()) == ("h264", False)
    with endless.open("wb") as pipe:
        pipe.write(b"\x00" * 4096)
    assert (await long)["refused"] == "video_kind"


async def test_a_film_that_takes_too_long_is_given_up(endless, tmp_path, monkeypatch):
    impatient = ProcessPool("app.media.videos.probe:probe", limits=TaskLimits(seconds=0.5))
    monkeypatch.setattr(probing, "probers", impatient)
    problem = await inspect_file(endless, tmp_path / "poster.jpg")
    assert isinstance(problem, MediaProblem)
    assert (problem.code, problem.is_transient) == ("video_too_heavy", True)
    impatient.close()
