"""How long a film is, and what of it players show: all its packets are gone through, none is decoded.

What a header claims to hold may not be there, or be far more.
"""

from dataclasses import asdict, dataclass
from typing import Any

from av.container import InputContainer
from av.stream import Stream

from app.media.sniff import Unusable
from app.media.videos.clock import LATE, SOUND_LEEWAY, Clock, Shown
from app.media.videos.edits import Edit, Movie
from app.messages import media_faults

_MOST_PACKETS = 400_000
_MOST_EDITS = 24
_TO_THE_END = Edit(0.0, 1e9)
_WHOLE_SHARE, _WHOLE_SECONDS = 0.05, 1.0
_EVEN = 0.1


@dataclass(slots=True)
class Times:
    """When a film's picture and sound are shown. `edits` are to be followed by us; left to FFmpeg where too many."""

    picture: Shown
    sound: Shown | None
    clock: Clock
    picture_edits: list[Edit]
    sound_edits: list[Edit]

    @property
    def is_straight(self) -> bool:
        return self.picture.is_straight and (self.sound is None or self.sound.is_straight)

    @property
    def is_followed(self) -> bool:
        """Whether we follow the edit lists."""
        edits = max(len(self.picture_edits), len(self.sound_edits))
        return not self.is_straight and 0 < edits <= _MOST_EDITS

    @property
    def start(self) -> float:
        if self.is_followed:
            return 0.0
        return min(shown.first for shown in (self.picture, self.sound) if shown is not None)

    def describe_picture(self, begin: float) -> dict[str, Any]:
        """Fill in the times of a `Film`; `begin` is where FFmpeg begins to count."""
        picture = self.picture
        length = max(picture.last - picture.first, 0.0)
        fps = picture.count / length if length else 0.0
        usual = 1 / self.clock.usual_step if self.clock.usual_step else fps
        ends = [shown.last for shown in (picture, self.sound) if shown is not None]
        return {
            "fps": fps,
            "usual_fps": fps if abs(fps - usual) <= usual * _EVEN else usual,
            "seconds": max(ends) - self.start,
            "picture_seconds": picture.last - self.start,
            "is_steady": self.clock.is_steady,
            "is_straight": picture.is_straight and self._is_in_time(picture, begin),
            "lead": 0.0 if self.is_followed else self.start - begin,
            "edits": self._follow(self.picture_edits) if not picture.is_straight else [],
        }

    def describe_sound(self, begin: float) -> dict[str, Any]:
        """Fill in the times of a `Sound`."""
        assert self.sound is not None
        edits = self._follow(self.sound_edits or [_TO_THE_END])
        return {"is_straight": not edits and self._is_in_time(self.sound, begin), "edits": edits}

    def _is_in_time(self, shown: Shown, begin: float) -> bool:
        return shown.first - self.start <= LATE and abs(self.start - begin) <= LATE

    def _follow(self, edits: list[Edit]) -> list[dict[str, Any]]:
        return [asdict(edit) for edit in edits] if self.is_followed else []


def measure(film: InputContainer, picture: int, sound: int | None, movie: Movie | None) -> Times:
    """Go through all packets. Raises Unusable where there are none, too many, or fewer than there should be."""
    clocks = {stream.index: Clock(leaps=film.format.name == "mpegts") for stream in film.streams}
    for count, packet in enumerate(film.demux()):
        if count > _MOST_PACKETS:
            raise Unusable("video_too_many_parts", media_faults.TOO_MANY_FRAMES)
        if packet.size:
            clocks[packet.stream.index].hear(packet)
        elif packet.dts is not None:
            clocks[packet.stream.index].heard += 1  # a frame that was dropped when it was recorded
    clock, stream = clocks[picture], film.streams[picture]
    if clock.count == 0:
        raise Unusable("video_damaged", media_faults.NO_FRAMES)
    if movie is not None:
        _check_index(stream, clock, movie)
    elif film.format.name != "mpegts":  # a broadcast has no header that could tell its length
        _check_claims(film, clocks)
    return _sort_out(film, clocks, picture, sound, movie.edits if movie is not None else {})


def _sort_out(
    film: InputContainer, clocks: dict[int, Clock], picture: int, sound: int | None, edits: dict[int, list[Edit]]
) -> Times:
    stream, clock = film.streams[picture], clocks[picture]
    shown = clock.shown(edits.get(stream.id, []), leeway=0.0, claimed=_claimed_end(stream))
    times = Times(shown, None, clock, edits.get(stream.id, []), [])
    if sound is not None and clocks[sound].count:
        stream, clock = film.streams[sound], clocks[sound]
        times.sound_edits = edits.get(stream.id, [])
        times.sound = clock.shown(times.sound_edits, leeway=SOUND_LEEWAY, claimed=_claimed_end(stream))
    return times


def _claimed_end(stream: Stream) -> float | None:
    if stream.duration is None or stream.time_base is None:
        return None
    return float(((stream.start_time or 0) + stream.duration) * stream.time_base)


def _check_index(stream: Stream, clock: Clock, movie: Movie) -> None:
    """Compare what could be read with what the index of an MP4 names."""
    missing = len(stream.index_entries) - clock.heard
    whole = len(stream.index_entries) * clock.usual_step
    end = clock.heard * clock.usual_step
    if missing > 0 and (movie.is_cut_off or _is_too_short(end, whole)):
        raise _incomplete(whole, end)


def _check_claims(film: InputContainer, clocks: dict[int, Clock]) -> None:
    """Compare what could be read, of any track, with the length that the header tells."""
    heard = [clock for clock in clocks.values() if clock.count]
    claimed = (film.duration or 0) / 1_000_000
    end = max(clock.end(None) for clock in heard) - max(min(clock.first for clock in heard), 0.0)
    if _is_too_short(end, claimed):
        raise _incomplete(claimed, end)


def _is_too_short(end: float, whole: float) -> bool:
    return whole - end > max(_WHOLE_SECONDS, whole * _WHOLE_SHARE)


def _incomplete(whole: float, end: float) -> Unusable:
    return Unusable("video_incomplete", media_faults.incomplete(round(whole), round(end)))
