"""One-time links: what they open needs no login, and opens once."""

from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.models import LinkPurpose, OneTimeLink
from app.auth.tokens import hash_token
from app.errors import NotFound
from app.kit.clock import utcnow
from app.kit.ids import new_token
from app.kit.redact import hide
from app.messages import access

INVITATION_LIFE = timedelta(hours=72)
SETUP_LIFE = timedelta(days=7)
_LIVES = {LinkPurpose.invitation: INVITATION_LIFE, LinkPurpose.setup: SETUP_LIFE}


class LinkIsOver(NotFound):
    """The link was used, replaced, ran out, or never was one."""

    code = "link_over"
    title = access.LINK_OVER


async def make_link(session: AsyncSession, purpose: LinkPurpose, admin_id: str | None = None) -> str:
    """Make a link's token, which is kept nowhere. Another one for the same person is good for nothing from now on."""
    if admin_id is not None:
        await session.exec(sa.delete(OneTimeLink).where(col(OneTimeLink.admin_id) == admin_id))
    token = new_token()
    hide(token)
    expires_at = utcnow() + _LIVES[purpose]
    session.add(OneTimeLink(purpose=purpose, token_hash=hash_token(token), admin_id=admin_id, expires_at=expires_at))
    await session.flush()
    return token


async def find_link(session: AsyncSession, purpose: LinkPurpose, token: str) -> OneTimeLink:
    """Give the link that a token opens, and leave it good. Raises LinkIsOver."""
    link = (await session.exec(select(OneTimeLink).where(*_is_good(purpose, token)))).first()
    if link is None:
        raise LinkIsOver
    return link


async def spend_link(session: AsyncSession, purpose: LinkPurpose, token: str) -> None:
    """Use a link up. Raises LinkIsOver, also for the slower of two."""
    spent = await session.exec(sa.delete(OneTimeLink).where(*_is_good(purpose, token)))
    if spent.rowcount != 1:
        raise LinkIsOver


async def spend_all_links(session: AsyncSession, purpose: LinkPurpose, token: str) -> None:
    """Use a link up together with all others of its purpose. Of several who do so at once one wins.

    Raises LinkIsOver.
    """
    # In one order, so that two who hold different links cannot block each other.
    same = select(OneTimeLink.id).where(OneTimeLink.purpose == purpose)
    await session.exec(same.order_by(col(OneTimeLink.id)).with_for_update())
    await spend_link(session, purpose, token)
    await forget_links(session, purpose)


async def forget_links(session: AsyncSession, purpose: LinkPurpose) -> None:
    """Let no link of this purpose be good any more."""
    await session.exec(sa.delete(OneTimeLink).where(col(OneTimeLink.purpose) == purpose))


async def forget_old_links(session: AsyncSession) -> None:
    """Delete links whose time is over."""
    await session.exec(sa.delete(OneTimeLink).where(col(OneTimeLink.expires_at) <= utcnow()))


def _is_good(purpose: LinkPurpose, token: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        col(OneTimeLink.purpose) == purpose,
        col(OneTimeLink.token_hash) == hash_token(token),
        col(OneTimeLink.expires_at) > utcnow(),
    )
