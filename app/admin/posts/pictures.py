"""The files of a post's pictures: as they were posted, and small as the list shows them."""

import asyncio
from contextlib import suppress
from pathlib import Path

import anyio

from app.accounts.queries import is_id
from app.errors import NotFound
from app.media.pictures.lasting import lasting_dir, lasting_file
from app.media.pictures.thumbs import read_small
from app.media.service import list_assets
from app.media.store import poster_of
from app.messages import post_refusals
from app.resources import Resources


async def find_picture(resources: Resources, post_id: str, number: int) -> Path:
    """Find the file of a post's picture 1, 2, …, or the one that stands for its video. Raises NotFound."""
    require_id(post_id)
    async with resources.read() as session:
        assets = await list_assets(session, post_id)
    for asset in assets:
        path = poster_of(resources.media_dir, asset.path)
        if asset.position == number - 1 and await anyio.Path(path).is_file():
            return path
    raise NotFound(post_refusals.NO_SUCH_PICTURE)


async def find_small_picture(resources: Resources, post_id: str, number: int) -> bytes:
    """Give a post's picture as the list shows it; of an old post there is the first alone. Raises NotFound."""
    try:
        path = await find_picture(resources, post_id, number)
        return await asyncio.to_thread(read_small, path)
    except (NotFound, OSError):
        lasting = lasting_file(lasting_dir(resources), post_id)
    if number == 1:
        with suppress(OSError):
            return await asyncio.to_thread(lasting.read_bytes)
    raise NotFound(post_refusals.NO_SUCH_PICTURE)


def require_id(post_id: str) -> None:
    """Raises NotFound for what cannot be the id of a post."""
    # A NUL in an address is no id, and PostgreSQL would end the query with an error.
    if not is_id(post_id):
        raise NotFound(post_refusals.NO_POST)
