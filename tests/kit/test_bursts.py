"""A burst of one sender: the first are told of at once, the others wait for a sweep, and nobody waits for them."""

from app.kit.bursts import Bursts

AT_ONCE, PER_SECOND = 60, 5.0


def test_so_many_are_told_of_at_once_and_then_none_until_the_sweep_has_caught_up():
    now = 100.0
    told = Bursts(AT_ONCE, PER_SECOND, lambda: now)
    assert [told.admits("wire", "daily") for _ in range(AT_ONCE + 2)] == [True] * AT_ONCE + [False] * 2
    assert told.admits("wire", "city"), "another account's posts are its own"
    assert told.admits("desk", "daily"), "and another source's"
    now += 2
    assert not told.admits("wire", "daily"), "it would overtake the two that wait for the sweep"
    now += (AT_ONCE + 3) / PER_SECOND - 1.9
    assert told.admits("wire", "daily"), "the sweep has handed out all of them"
    now += 3600
    assert all(told.admits("wire", "daily") for _ in range(AT_ONCE)), "a pause gives no more than a burst"
    assert not told.admits("wire", "daily")
