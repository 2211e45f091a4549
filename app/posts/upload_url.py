"""The address that TikTok gives for a video's bytes: sealed while it is needed, forgotten afterwards."""

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.jobs import enqueue
from app.kit.clock import utcnow
from app.kit.crypto import Keyring
from app.posts.models import PostAttempt


async def keep_upload_url(session: AsyncSession, keyring: Keyring, attempt_id: str, upload_url: str | None) -> bool:
    """Store where the bytes of an accepted attempt go, and wake a worker to send them; None where TikTok fetches.

    False where the upload was given up meanwhile: its post may have been sent anew, so the bytes must not go.
    """
    if upload_url is None:
        return True
    sealed = keyring.encrypt(upload_url, place=_place(attempt_id))
    kept = await session.exec(
        sa.update(PostAttempt)
        .where(col(PostAttempt.id) == attempt_id, col(PostAttempt.upload_ended_at).is_(None))
        .values(upload_url_encrypted=sealed)
    )
    if kept.rowcount != 1:
        return False
    enqueue(session, "posts.upload", attempt_id)
    return True


def open_upload_url(keyring: Keyring, attempt: PostAttempt) -> str:
    """Give the address in plain text. Raises Undecryptable."""
    assert attempt.upload_url_encrypted is not None
    return keyring.decrypt(attempt.upload_url_encrypted, place=_place(attempt.id))


async def end_upload(session: AsyncSession, attempt_id: str, *, error_code: str | None = None) -> bool:
    """Nothing more is sent for this attempt: forget the address; tell whether it was still known."""
    why = {} if error_code is None else {"error_code": error_code}
    ended = await session.exec(
        sa.update(PostAttempt)
        .where(col(PostAttempt.id) == attempt_id, col(PostAttempt.upload_ended_at).is_(None))
        .values(upload_ended_at=utcnow(), upload_url_encrypted=None, **why)
    )
    return bool(ended.rowcount == 1)


def _place(attempt_id: str) -> str:
    return f"post_attempts|{attempt_id}|upload_url_encrypted"
