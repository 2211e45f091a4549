"""Finding what was uploaded by the public address that was given out for it."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from app.config import Settings
from app.media.models import MediaAsset, MediaGrant

OWNER = "upload-"
"""With which the owner's name begins of an asset that no post has yet."""

_ADDRESS = re.compile(r"/media/([A-Za-z0-9_-]{1,64})/1\.(?:jpg|mp4)")


async def find_uploads(session: AsyncSession, settings: Settings, addresses: Iterable[str]) -> dict[str, MediaAsset]:
    """Find the uploads among some addresses of pictures and videos. No question is asked where there can be none."""
    tokens = {token: address for address in addresses if (token := _token_of(settings, address))}
    if not tokens:
        return {}
    query = (
        select(MediaGrant.token, MediaAsset)
        .join(MediaAsset, col(MediaAsset.owner_id) == col(MediaGrant.owner_id))
        .where(col(MediaGrant.token).in_(tokens), col(MediaAsset.owner_id).startswith(OWNER, autoescape=True))
    )
    return {tokens[token]: asset for token, asset in (await session.exec(query)).all()}


async def find_owned(session: AsyncSession, owner_id: str) -> MediaAsset | None:
    """Find an upload by its owner's name."""
    if not owner_id.startswith(OWNER):
        return None
    return (await session.exec(select(MediaAsset).where(MediaAsset.owner_id == owner_id))).first()


async def keep_until(session: AsyncSession, uploads: Sequence[MediaAsset], at: datetime) -> None:
    """Keep uploads at least until a time, because somebody means to use them."""
    owners = [asset.owner_id for asset in uploads]
    for table in (MediaAsset, MediaGrant):
        same = (col(table.owner_id).in_(owners), col(table.delete_after) < at)
        await session.exec(update(table).where(*same).values(delete_after=at))


def is_upload_address(settings: Settings, address: str) -> bool:
    """Tell whether an address could be that of an upload."""
    return bool(_token_of(settings, address))


def _token_of(settings: Settings, address: str) -> str:
    path = address.removeprefix(settings.public_url)
    found = _ADDRESS.fullmatch(path) if path != address else None
    return found[1] if found else ""
