"""The small first picture of each post, which outlives its media: lists of old posts do not go blank.

One file a post, named after it, beside the media folder. The rows of media go with the media; these files need none.
"""

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from app.media.pictures.thumbs import keep_beside, read_small
from app.resources import Resources

MOST_BYTES = 16 * 1024
"""More than twice what such a picture takes; a larger one is not kept."""

MOST_KEPT = 50_000
"""The newest stay: some years of a busy newsroom, in 0.4 GB as a rule and never in more than 0.8 GB."""


def lasting_dir(resources: Resources) -> Path:
    """Where the small pictures lie that outlive the media of a post."""
    return resources.settings.data_dir / "small"


def lasting_file(folder: Path, owner_id: str) -> Path:
    """Where the small picture of a post lies."""
    return folder / owner_id[-2:] / f"{owner_id}.jpg"


def keep_lasting(folder: Path, pictures: Iterable[tuple[str, Path]]) -> int:
    """Keep the small ones of prepared pictures, by the post whose first each is; return how many are new.

    A picture that is gone or damaged is passed over, and so is what a full disk does not take.
    """
    count = 0
    for owner_id, picture in pictures:
        target = lasting_file(folder, owner_id)
        with contextlib.suppress(OSError):
            small = read_small(picture)
            if len(small) <= MOST_BYTES:
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                count += not target.exists()
                keep_beside(target, small)
    return count


def prune_lasting(folder: Path, most: int = MOST_KEPT) -> int:
    """Let the oldest go beyond so many; return how many went. Ids of posts, and so names, grow with time."""
    kept = sorted(_files(folder), key=lambda file: file.name)
    surplus = kept[: max(0, len(kept) - most)]
    for file in surplus:
        file.unlink(missing_ok=True)
    return len(surplus)


def _files(folder: Path) -> Iterator[Path]:
    return folder.glob("*/*.jpg")
