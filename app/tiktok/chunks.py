"""How a video is cut for FILE_UPLOAD, and how far TikTok says it has come."""

import re
from dataclasses import dataclass

# TikTok does not say whether its MB has 10^6 or 2^20 bytes, so what is sent keeps within both.
LARGEST_VIDEO = 4_000_000_000
LARGEST_PIECE = 64_000_000
_CHUNK = 10_000_000

_RECEIVED = re.compile(r"bytes (?:0-(?P<last>[0-9]{1,15})|\*)/(?P<total>[0-9]{1,15}|\*)")


@dataclass(frozen=True, slots=True)
class ChunkPlan:
    """The three numbers of `source_info`. The last chunk carries what the division leaves over."""

    video_size: int
    chunk_size: int
    total_chunk_count: int

    def chunk_end(self, position: int) -> int:
        """Tell where the chunk ends in which this byte stands, as the position after its last byte."""
        number = min(position // self.chunk_size, self.total_chunk_count - 1)
        return self.video_size if number == self.total_chunk_count - 1 else (number + 1) * self.chunk_size

    def is_border(self, position: int) -> bool:
        return position in (0, self.video_size) or self.chunk_end(position - 1) == position


def plan_chunks(video_size: int) -> ChunkPlan:
    """Cut a video: one piece up to 64 MB, else chunks of 10 MB and their number rounded down.

    In August 2026 TikTok began to refuse plans that older clients had always sent; see
    https://github.com/DayMoonDevelopment/post-for-me/issues/327.
    """
    if not 0 < video_size <= LARGEST_VIDEO:
        raise ValueError(f"a video has 1 to {LARGEST_VIDEO} bytes, not {video_size}")
    if video_size <= LARGEST_PIECE:
        return ChunkPlan(video_size, video_size, 1)
    return ChunkPlan(video_size, _CHUNK, video_size // _CHUNK)


def read_received(content_range: str, plan: ChunkPlan) -> int | None:
    """Count the bytes that TikTok says it has; `None` where it does not say.

    It documents `bytes 0-{UPLOADED_BYTES}/{TOTAL}`, which by its name is a count and by the header's standard the last
    byte. It takes whole chunks, so whichever of the two is a border between chunks is meant.
    """
    found = _RECEIVED.fullmatch(content_range.strip())
    if found is None or found["total"] not in ("*", str(plan.video_size)):
        return None
    told = int(found["last"] or 0)
    received = told if plan.is_border(told) else told + 1
    return received if received <= plan.video_size else None
