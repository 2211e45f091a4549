"""The vault of advertisers' tokens: the only place that reads their table, and sees one in plain text."""

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.errors import TokensUnreadable
from app.ads.models import AdsToken
from app.kit.clock import utcnow
from app.kit.crypto import Keyring, Undecryptable
from app.kit.redact import hide
from app.kit.reseal import SealedColumn
from app.kit.upsert import upsert
from app.messages import access


def _place(connection_id: str) -> str:
    return f"ads_tokens|{connection_id}|access_token_encrypted"


SEALED = (SealedColumn(AdsToken, "access_token_encrypted", _place),)
"""What the vault keeps, for a change of the key."""


async def store_token(session: AsyncSession, keyring: Keyring, connection_id: str, token: str) -> None:
    """Seal a connection's token, in the place of the one before."""
    hide(token)
    sealed = keyring.encrypt(token, place=_place(connection_id))
    row = AdsToken(id=connection_id, access_token_encrypted=sealed, created_at=utcnow())
    await upsert(session, row, key=("id",), change=("access_token_encrypted", "created_at"))


async def open_token(session: AsyncSession, keyring: Keyring, connection_id: str) -> str:
    """Give a connection's token. Raises TokensUnreadable."""
    row = (await session.exec(select(AdsToken).where(AdsToken.id == connection_id))).first()
    if row is None:
        raise TokensUnreadable(access.NO_TOKEN)
    try:
        token = keyring.decrypt(row.access_token_encrypted, place=_place(connection_id))
    except Undecryptable:
        raise TokensUnreadable from None
    hide(token)
    return token


async def forget_token(session: AsyncSession, connection_id: str) -> None:
    """Delete a connection's token."""
    await session.exec(sa.delete(AdsToken).where(col(AdsToken.id) == connection_id))
