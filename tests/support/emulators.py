"""Emulators for one test each, with an empty memory."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from app.emulator import Emulator, EmulatorSettings, create_emulator
from app.emulator.world.world import World
from tests.support.lent import Lent

_EMULATORS = Lent(create_emulator)


@contextmanager
def lend_emulator(
    settings: EmulatorSettings | None = None, *, transport: httpx.AsyncBaseTransport | None = None
) -> Iterator[Emulator]:
    """Lend an emulator with a memory of its own, like `create_emulator`."""
    with _EMULATORS.lend() as emulator:
        emulator.state.world = World(settings or EmulatorSettings(), transport)
        # That of the Business API is made anew when it is first asked for.
        emulator.state.business = None
        yield emulator
