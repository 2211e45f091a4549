"""Drawing a headline card, in a process of its own."""

import os
from dataclasses import dataclass
from pathlib import Path

from app.errors import TransientError
from app.kit.sandbox.pool import ProcessPool, TaskError, TaskFailed
from app.media import store
from app.media.pictures.converting import Picture
from app.media.problems import ImageSource, disk_full
from app.messages import media_faults

cards = ProcessPool("app.media.cards.render:render", size=1, environment={"MALLOC_ARENA_MAX": "2"})


@dataclass(frozen=True, slots=True)
class HeadlineCard:
    """The words and colours of a card."""

    title: str
    section: str
    source: str
    background: str
    text: str


async def draw_card(folder: Path, card: HeadlineCard) -> Picture | None:
    """Draw it into a file there; None where its title has nothing to show. Raises TransientError."""
    file = folder / "card.jpg"
    try:
        found = await cards.run(
            target=str(file),
            title=card.title,
            section=card.section,
            source=card.source,
            background=card.background,
            text=card.text,
        )
    except TaskFailed as error:
        if error.errno in store.REFUSALS:
            raise disk_full(os.strerror(error.errno)) from error
        raise TransientError(media_faults.CARD_NOT_DRAWN, code="card_not_drawn") from error
    except TaskError as error:
        raise TransientError(media_faults.CARD_NOT_DRAWN, code="card_not_drawn") from error
    if "refused" in found:
        return None
    return Picture(ImageSource("", card.title), file, found["width"], found["height"], found["size"], found["sha256"])
