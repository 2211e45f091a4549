"""Look into a video file, in a limited child process: nothing that the file says about itself is believed unseen."""

import hashlib
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer

from app.media.sniff import Unusable
from app.media.videos.edits import Movie, read_movie
from app.media.videos.kinds import HEAD_BYTES, sniff_video
from app.media.videos.looks import find_cover, look
from app.media.videos.times import Times, measure
from app.media.videos.tracks import describe, find_picture, find_sound
from app.messages import media_faults
from app.messages.message import keep, recognise


def probe(source: str, *, poster: str = "", for_keeps: bool = False) -> dict[str, Any]:
    """Describe the film in the file, as `video_kinds.Film`; with `for_keeps` also `size` and `sha256`.

    Its cover frame is then written as a JPEG to the file `poster`. Or `refused` (a code) and `why`.
    """
    try:
        found = _probe(Path(source), poster)
    except Unusable as refusal:
        return {"refused": refusal.code, "why": keep(refusal.message)}
    except (av.FFmpegError, ValueError) as error:
        return {"refused": "video_damaged", "why": keep(media_faults.film_fails(recognise(type(error).__name__)))}
    if for_keeps:
        found |= _fingerprint(Path(source))
    return found


def _probe(source: Path, poster: str) -> dict[str, Any]:
    with source.open("rb") as file:
        kind = sniff_video(file.read(HEAD_BYTES))
    movie = read_movie(source) if kind == "mov" else None
    if movie is not None and not movie.has_index:
        raise Unusable("video_incomplete", media_faults.DAMAGED)
    with _open(source, kind) as film:
        stream, sound = find_picture(film), find_sound(film)
        found = describe(stream, sound, kind)
        indexes = (stream.index, None if sound is None else sound.index)
        begin = (film.start_time or 0) / 1_000_000
    times = _measure(source, kind, movie, *indexes)
    found |= times.describe_picture(begin)
    if found["sound"]:
        found["sound"] |= times.describe_sound(begin)
    with _open(source, kind) as film:
        seen = look(film, indexes[0], found["seconds"])
    if poster:
        with _open(source, kind) as film:
            seen["cover_ms"] = find_cover(film, indexes[0], Path(poster))
    return found | seen


def _open(source: Path, kind: str, **options: str) -> InputContainer:
    """Open a file as what it is, and nothing that it points to."""
    only = {"protocol_whitelist": "file", **options}
    return av.open(str(source), format=kind, options=only, metadata_errors="ignore")


def _measure(source: Path, kind: str, movie: Movie | None, picture: int, sound: int | None) -> Times:
    """Measure in the tracks' own time, where we know by their edit lists what of it is shown."""
    options = {"ignore_editlist": "1"} if movie is not None and movie.edits else {}
    with _open(source, kind, **options) as film:
        return measure(film, picture, sound, movie)


def _fingerprint(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"size": path.stat().st_size, "sha256": digest}
