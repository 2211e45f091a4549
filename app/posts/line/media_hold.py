"""TikTok refused the address of our media: one refusal holds everything back that it would have to fetch from there."""

from dataclasses import replace

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account, AccountKind
from app.accounts.tokens.credentials import get_tiktok_app
from app.media.holds import media_prefix, refuse_media
from app.messages import notifications, publishing
from app.messages.kinds import Quote
from app.messages.message import keep_whole
from app.outbox.emit import emit
from app.outbox.models import EventType
from app.posts.gates import UNPROVEN, wait_for_proof
from app.posts.models import PostAttempt
from app.posts.waits import Halt
from app.resources import Resources
from app.tiktok.init import InitRefused

log = structlog.get_logger(__name__)


def is_of_address(attempt: PostAttempt, refused: InitRefused) -> bool:
    """Tell whether TikTok refused an attempt for the address from which it would have to fetch."""
    return refused.advice.code == UNPROVEN and not attempt.by_upload


async def hold_media(app: Resources, session: AsyncSession, attempt: PostAttempt, refused: InitRefused) -> Halt:
    """Hold back what else TikTok would fetch for accounts of this kind; the refused post waits with the others."""
    account = await session.get_one(Account, attempt.account_id)
    prefix, halt = media_prefix(app.settings), wait_for_proof()
    begins = await refuse_media(
        session,
        account.kind,
        prefix=prefix,
        client_key=await client_key_of(app, session, account.kind),
        post_id=attempt.post_id,
        refused_at=attempt.started_at,
        log_id=refused.log_id,
    )
    if begins:
        log.warning("media_refused", portal=account.kind, prefix=prefix, log_id=refused.log_id)
        data = {"portal": account.kind, "prefix": prefix, "reason": UNPROVEN, "log_id": refused.log_id,
                "why": keep_whole(notifications.posts_wait(cause=refused.advice.words))}  # fmt: skip
        await emit(session, EventType.media_refused, subject=f"media:{account.kind}", data=data)
    said = refused.detail
    detail = publishing.with_tiktok_s_words(cause=halt.detail, said=Quote(said)) if said else halt.detail
    return replace(halt, detail=detail, log_id=refused.log_id)


async def client_key_of(app: Resources, session: AsyncSession, portal: AccountKind) -> str:
    """Name the app whose accounts these are: TikTok verifies addresses for each app, sandbox and production apart."""
    if portal is AccountKind.business:
        return app.business.app_id
    return (await get_tiktok_app(session, app.settings)).client_key
