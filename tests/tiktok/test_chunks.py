"""How a video is cut, and what TikTok's progress header means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tiktok.chunks import LARGEST_VIDEO, ChunkPlan, plan_chunks, read_received

FOUR_CHUNKS = ChunkPlan(45_000_000, 10_000_000, 4)


@pytest.mark.parametrize(
    ("size", "plan"),
    [
        (1, (1, 1)),
        (4_999_999, (4_999_999, 1)),
        (64_000_000, (64_000_000, 1)),
        (64_000_001, (10_000_000, 6)),
        (4_000_000_000, (10_000_000, 400)),
    ],
)
def test_cuts_by_the_floor_rule(size: int, plan: tuple[int, int]):
    assert plan_chunks(size) == ChunkPlan(size, *plan)


@pytest.mark.parametrize("size", [-1, 0, LARGEST_VIDEO + 1])
def test_refuses_to_cut_what_tiktok_would_not_take(size: int):
    with pytest.raises(ValueError, match="a video has 1 to"):
        plan_chunks(size)


@given(st.integers(1, LARGEST_VIDEO))
def test_every_plan_keeps_within_both_meanings_of_mb(size: int):
    plan = plan_chunks(size)
    assert plan.total_chunk_count == size // plan.chunk_size
    assert 1 <= plan.total_chunk_count <= 1_000
    if plan.total_chunk_count == 1:
        assert plan.chunk_size == size <= 64_000_000
    else:
        last = size - (plan.total_chunk_count - 1) * plan.chunk_size
        assert 5 * 2**20 <= plan.chunk_size <= last <= 128_000_000
        assert plan.chunk_size <= 64_000_000


@given(st.integers(1, LARGEST_VIDEO))
def test_the_chunks_of_a_plan_follow_each_other_to_the_end(size: int):
    plan = plan_chunks(size)
    position, ends = 0, 0
    while position < size:
        end = plan.chunk_end(position)
        assert end > position
        assert plan.is_border(end)
        position, ends = end, ends + 1
    assert (position, ends) == (size, plan.total_chunk_count)


@pytest.mark.parametrize(
    ("told", "received"),
    [
        ("bytes 0-9999999/45000000", 10_000_000),
        ("bytes 0-10000000/45000000", 10_000_000),
        ("bytes 0-29999999/45000000", 30_000_000),
        ("bytes 0-44999999/45000000", 45_000_000),
        ("bytes 0-45000000/45000000", 45_000_000),
        ("bytes 0-45000000/*", 45_000_000),
        ("bytes 0-0/45000000", 0),
        ("bytes */45000000", 0),
        (" bytes 0-1234567/45000000 ", 1_234_568),
        ("bytes 0-9999999/45000001", None),
        ("bytes 0-45000001/45000000", None),
        ("bytes 5-9999999/45000000", None),
        ("0-9999999/45000000", None),
        ("", None),
    ],
)
def test_reads_progress_as_a_last_byte_or_as_a_count(told: str, received: int | None):
    assert read_received(told, FOUR_CHUNKS) == received
