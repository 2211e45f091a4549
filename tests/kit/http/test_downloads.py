"""Downloads share fairly, and a host that does not answer is left alone."""

import asyncio

import pytest

from app.kit.http.downloads import Circuits, FairSlots, MediaPlaces


class FakeClock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


class Crowd:
    """Tasks that take a slot and keep it until they are told to end."""

    def __init__(self, slots: FairSlots) -> None:
        self.slots = slots
        self.inside: list[str] = []
        self.end = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []

    def join(self, name: str, host: str, source: str) -> asyncio.Task[None]:
        task = asyncio.create_task(self._stay(name, host, source))
        self.tasks.append(task)
        return task

    async def _stay(self, name: str, host: str, source: str) -> None:
        async with self.slots.take(host, source):
            self.inside.append(name)
            await self.end.wait()


async def test_one_host_and_one_source_get_a_part_at_most_and_others_go_in_at_once() -> None:
    crowd = Crowd(FairSlots(10, per_host=2, per_source=4))
    for number in range(6):
        crowd.join(f"dead{number}", "dead", "one")
    for number in range(6):
        crowd.join(f"other{number}", f"host{number}", "one")
    await settle()
    assert crowd.inside == ["dead0", "dead1", "other0", "other1"]
    crowd.join("quick", "quick", "two")
    await settle()
    assert crowd.inside[-1] == "quick"
    crowd.end.set()
    await asyncio.gather(*crowd.tasks)
    assert len(crowd.inside) == 13


async def test_a_free_slot_goes_to_the_source_that_has_the_fewest() -> None:
    slots = FairSlots(2, per_host=2, per_source=2)
    crowd, release = Crowd(slots), asyncio.Event()

    async def first() -> None:
        async with slots.take("b", "many"):
            await release.wait()

    task = asyncio.create_task(first())
    await settle()
    crowd.join("a1", "a", "many")
    await settle()
    crowd.join("a2", "a", "many")
    crowd.join("few", "c", "few")
    await settle()
    release.set()
    await task
    await settle()
    assert crowd.inside == ["a1", "few"]
    crowd.end.set()
    await asyncio.gather(*crowd.tasks)


async def test_who_gives_up_while_waiting_takes_no_slot_along() -> None:
    crowd = Crowd(FairSlots(1))
    inside, waiting, last = (crowd.join(name, name, name) for name in ("in", "waiting", "last"))
    await settle()
    waiting.cancel()
    inside.cancel()
    await asyncio.wait({waiting, inside})
    await settle()
    assert crowd.inside == ["in", "last"]
    last.cancel()
    await asyncio.wait({last})
    async with crowd.slots.take("x", "y"):
        pass


def test_places_are_shared_between_sources() -> None:
    places = MediaPlaces(3, per_source=2)
    with places.take("a") as first, places.take("a") as second, places.take("a") as third:
        assert (first, second, third) == (True, True, False)
        with places.take("b") as other, places.take("c") as late:
            assert (other, late) == (True, False)
    with places.take("a") as again:
        assert again


def test_a_host_that_was_silent_several_times_in_a_row_is_left_alone_for_ever_longer_whiles() -> None:
    clock = FakeClock()
    circuits = Circuits(clock)
    for _ in range(2):
        circuits.fell_silent("dead")
    assert circuits.rest_of("dead") == 0
    for _ in range(4):  # three more were under way when the third gave it up
        circuits.fell_silent("dead")
    assert circuits.rest_of("dead") == pytest.approx(30)
    assert circuits.rest_of("other") == 0
    for rest in (60, 120, 120):
        clock.now += 1000
        assert circuits.rest_of("dead") == 0  # one is let through,
        assert circuits.rest_of("dead") > 0  # and no other
        circuits.fell_silent("dead")
        assert circuits.rest_of("dead") == pytest.approx(rest)
    clock.now += 1000
    assert circuits.rest_of("dead") == 0
    circuits.answered("dead")
    assert circuits.rest_of("dead") == 0


def test_whom_a_host_has_answered_so_far_is_let_through_though_others_wait() -> None:
    circuits = Circuits(FakeClock())
    for _ in range(3):
        circuits.fell_silent("cms", "hangs")
    assert circuits.rest_of("cms", "hangs") == pytest.approx(30)
    assert circuits.rest_of("cms", "good") == 0  # one is tried at a time,
    assert circuits.rest_of("cms", "other") > 0
    circuits.fell_silent("cms", "good")
    assert circuits.rest_of("cms", "good") == pytest.approx(30)  # and the host rests no longer for its silence
    assert circuits.rest_of("cms", "other") == 0
    circuits.answered("cms")
    assert circuits.rest_of("cms", "hangs") == 0


def test_one_answer_in_between_makes_a_host_alive() -> None:
    circuits = Circuits(FakeClock())
    for _ in range(10):
        circuits.fell_silent("slow")
        circuits.fell_silent("slow")
        circuits.answered("slow")
    assert circuits.rest_of("slow") == 0


def test_the_memory_of_silent_hosts_is_bounded() -> None:
    circuits = Circuits(FakeClock())
    for _ in range(Circuits.MOST_TIMES):
        circuits.fell_silent("first")
    for number in range(Circuits.MOST_HOSTS):
        assert circuits.rest_of("first") > 0
        circuits.fell_silent(f"host{number}")
    assert circuits.rest_of("first") == 0
