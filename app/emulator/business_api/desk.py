"""The one emulated Business API of an application: made when it is first asked for."""

from pathlib import Path
from typing import Any

from litestar.datastructures import State

from app.emulator.business_api.book import Book
from app.emulator.business_api.first import make_first
from app.emulator.business_api.settings import BusinessSettings
from app.emulator.world.world import World


def open_book(world: World, settings: BusinessSettings | None = None, path: Path | None = None) -> Book:
    """Open a state: that of a file, which lasts and may be shared, or one in memory. Its time goes with the world's."""

    def clock() -> float:
        # The world gets another clock when it is reset.
        return world.clock.now()

    book = Book(settings, path, clock)
    with book.turn():
        make_first(book)
    return book


def find_book(state: State) -> Book:
    """Give the application's state; a test that took the memory away finds a new one."""
    book: Any = state.get("business")
    if book is None:
        book = open_book(state.world, state.get("business_settings"), state.get("business_path"))
        state.business = book
    return book  # type: ignore[no-any-return]


def reset(book: Book) -> None:
    """Forget everything and begin anew. Runs within a turn."""
    version = book.store.recall("facts", 0)
    book.store.forget_all()
    # Other processes may keep rows of the old story.
    book.store.remember("facts", version + 1)
    make_first(book)
