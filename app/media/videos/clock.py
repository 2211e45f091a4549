"""When the parts of a film are shown: measured from its packets' presentation times, and from its edit lists."""

from array import array
from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

from app.media.videos.edits import Edit

if TYPE_CHECKING:
    import av

SOUND_LEEWAY = 0.15
"""Encoders put a little silence before and behind the sound, and hide it by an edit list; nobody cut that away."""

LATE = 0.1
_A_LITTLE = 0.0005
_USUAL_STEPS = 5000
_LEAP = 10.0  # seconds, as FFmpeg judges it when it converts


@dataclass(frozen=True, slots=True)
class Shown:
    """What players show of a track: from when to when, how many of its frames, and whether all of it at its time."""

    first: float
    last: float
    count: int
    is_straight: bool


class Clock:
    """The times of one track's packets. `leaps`: they may jump, as where broadcasts are joined, and no time passes."""

    def __init__(self, *, leaps: bool) -> None:
        self.is_steady = True
        self.hidden = 0.0
        self.heard = 0
        self._leaps, self._leapt = leaps, 0.0
        self._starts, self._lengths = array("d"), array("d")
        self._decoded_at: int | None = None
        self._step = 0.0

    def hear(self, packet: "av.Packet[Any]") -> None:
        at = packet.pts if packet.pts is not None else packet.dts
        self.heard += 1
        if at is None or packet.time_base is None:
            return
        # Its duration is the distance to what is decoded next, which need not be what is shown next.
        self._step = float(packet.duration * packet.time_base) if packet.duration else self._step
        if packet.is_discard:
            self.hidden += self._step
        else:
            self._keep(float(at * packet.time_base))
        if packet.dts is None or (self._decoded_at is not None and packet.dts <= self._decoded_at):
            self.is_steady = False
        self._decoded_at = packet.dts

    def _keep(self, at: float) -> None:
        at += self._leapt
        if self._leaps and self._starts and abs(at - self._starts[-1]) > _LEAP:
            self._leapt += self._starts[-1] + self._step - at
            at = self._starts[-1] + self._step
        self._starts.append(at)
        self._lengths.append(self._step)

    @property
    def count(self) -> int:
        return len(self._starts)

    @property
    def first(self) -> float:
        return min(self._starts)

    def end(self, claimed: float | None) -> float:
        """Tell when the last frame ends: after a usual step, or later where the file says so in two places."""
        at = max(self._starts)
        own = max(length for start, length in zip(self._starts, self._lengths, strict=True) if start == at)
        own = own or self.usual_step
        if claimed is None:
            return at + own
        return min(at + own, max(claimed, at + self.usual_step))

    @property
    def usual_step(self) -> float:
        """The distance from frame to frame as it mostly is; a screen that stands still does not count."""
        times = sorted(self._starts)[:_USUAL_STEPS]
        steps = [after - before for before, after in pairwise(times) if after > before]
        return median(steps) if steps else self._step

    def shown(self, edits: list[Edit], *, leeway: float, claimed: float | None) -> Shown:
        """Tell what is shown, by the edit list if the track has one."""
        last = self.end(claimed)
        if not edits:
            return Shown(self.first, last, self.count, self.hidden <= leeway)
        at, count = 0.0, 0
        first, times = self.first, sorted(self._starts)
        for edit in edits:
            at += edit.gap + max(0.0, min(edit.end, last) - max(edit.start, first))
            count += bisect_left(times, edit.end - _A_LITTLE) - bisect_left(times, edit.start - _A_LITTLE)
        return Shown(edits[0].gap, at, count, self._is_whole(edits, leeway, last))

    def _is_whole(self, edits: list[Edit], leeway: float, last: float) -> bool:
        if len(edits) > 1 or edits[0].gap > LATE:
            return False
        if leeway:
            return edits[0].start - self.first <= leeway and last - edits[0].end <= leeway
        start, end = edits[0].start + _A_LITTLE, edits[0].end - _A_LITTLE
        times = sorted(self._starts)
        return (len(times) < 2 or times[1] > start) and times[-1] < end
