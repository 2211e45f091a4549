"""How media that is made ready is counted."""

from dataclasses import dataclass, field

import pytest

from app.kit import metrics
from app.media.telemetry import watched


@dataclass
class Made:
    assets: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@pytest.fixture(autouse=True)
def _nothing_counted_yet() -> None:
    metrics.take()


@pytest.mark.parametrize(
    ("made", "result"),
    [(Made(["1.jpg"]), "ok"), (Made(["1.jpg"], ["too small"]), "partly"), (Made([], ["gone"]), "nothing")],
)
async def test_what_was_made_is_counted_by_its_result(made, result):
    @watched("photo")
    async def prepare(which: Made) -> Made:
        return which

    assert await prepare(made) is made
    taken = metrics.take()
    assert taken["newsreel_media_total", ("photo", result)] == 1
    assert ("newsreel_media_seconds_sum", ("photo",)) in taken


async def test_an_error_is_counted_and_goes_on():
    @watched("video")
    async def prepare() -> Made:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        await prepare()
    assert metrics.take()["newsreel_media_total", ("video", "error")] == 1
