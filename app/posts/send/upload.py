"""Sending a video's bytes to TikTok, where it does not fetch them itself.

An upload lives for an hour from its init. It goes on where it stopped, in whatever worker, and nothing can be posted
twice by it: bytes that are sent again to the same address are the same upload. Only a new init could make a second
post; so there is one only after TikTok's own word that the former attempt lacks bytes and can no longer get them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.tokens.access import call_with_token
from app.accounts.tokens.clients import creator_client
from app.errors import AppError
from app.jobs import enqueue, job
from app.kit.clock import utcnow
from app.kit.crypto import Undecryptable
from app.kit.failpoints import reach
from app.kit.ids import new_token
from app.kit.tracing import span
from app.limits.budgets import STATUS_FETCH
from app.media.models import MediaAsset
from app.media.service import list_assets
from app.media.videos.gather import CONTENT_TYPE
from app.messages import publishing
from app.messages.message import Message
from app.posts.lease import LeaseLost, hold
from app.posts.models import Post, PostAttempt, PostState
from app.posts.transitions import LEASE, advance, note
from app.posts.upload_url import end_upload, open_upload_url
from app.posts.verdict import Verdict
from app.posts.verdict_writer import hear
from app.resources import Resources
from app.tiktok.chunks import plan_chunks
from app.tiktok.errors import TikTokRefused
from app.tiktok.models import PublishPhase, PublishStatus
from app.tiktok.upload import UploadDone, UploadInterrupted, UploadOutcome, UploadRefused

log = structlog.get_logger(__name__)

_LIFE = timedelta(hours=1)
_MARGIN = timedelta(seconds=60)
_AFTERLIFE = timedelta(minutes=2)
_PAUSE = timedelta(seconds=15)
_MOST_SECONDS = 3200.0
_MOST_ATTEMPTS = 3
_BATCH = 100


@dataclass(frozen=True, slots=True)
class _Upload:
    """One upload that this worker has in hand."""

    app: Resources
    post: Post
    attempt: PostAttempt
    film: MediaAsset | None
    holder: str


@job("posts.upload", timeout=3300)
async def upload_video(app: Resources, attempt_id: str) -> None:
    """Upload the video of an accepted attempt, or go on with it. One worker at a time; safe to run twice."""
    upload = await _take_up(app, attempt_id)
    if upload is None:
        return
    reach("upload.claimed")
    try:
        async with hold(app, upload.post.id, upload.holder, state=PostState.publishing) as lease:
            await lease.work(_go_on(upload))
    except LeaseLost:
        log.info("lease_lost", post_id=upload.post.id)


@job("posts.upload_due", timeout=30)
async def resume_uploads(app: Resources) -> None:
    """Wake workers for uploads that nobody has in hand."""
    now = utcnow()
    query = (
        select(PostAttempt.id)
        .join(Post, col(Post.id) == col(PostAttempt.post_id))
        .where(
            col(PostAttempt.upload_url_encrypted).is_not(None),
            col(PostAttempt.upload_ended_at).is_(None),
            col(Post.state) == PostState.publishing,
            # An older attempt's upload is nobody's any more.
            col(Post.attempt) == col(PostAttempt.number),
            sa.or_(col(Post.lease_until).is_(None), col(Post.lease_until) < now),
        )
        .order_by(col(PostAttempt.started_at))
        .limit(_BATCH)
    )
    async with app.transaction() as session:
        for attempt_id in (await session.exec(query)).all():
            enqueue(session, "posts.upload", attempt_id)


async def _take_up(app: Resources, attempt_id: str) -> _Upload | None:
    holder, now = new_token(12), utcnow()
    async with app.transaction() as session:
        attempt = await session.get(PostAttempt, attempt_id)
        if attempt is None or attempt.upload_url_encrypted is None:
            return None
        taken = await session.exec(
            sa.update(Post)
            .where(
                col(Post.id) == attempt.post_id,
                col(Post.state) == PostState.publishing,
                col(Post.attempt) == attempt.number,
                sa.or_(col(Post.lease_until).is_(None), col(Post.lease_until) < now),
            )
            .values(lease_token=holder, lease_until=now + LEASE)
        )
        if taken.rowcount != 1:
            return None
        post = await session.get_one(Post, attempt.post_id, populate_existing=True)
        return _Upload(app, post, attempt, next(iter(await list_assets(session, post.id)), None), holder)


async def _go_on(upload: _Upload) -> None:
    age = utcnow() - upload.attempt.started_at
    if upload.film is None or age > _LIFE + _AFTERLIFE:
        await _ask_what_became(upload)
        return
    if age > _LIFE - _MARGIN:
        # The address lives for a moment still; what became of it can be told only when it is dead.
        await _pause(upload, None)
        return
    with span("post.upload", parent=upload.post.traceparent, post_id=upload.post.id) as step:
        outcome = await _send(upload, upload.film, (_LIFE - _MARGIN - age).total_seconds())
        reach("upload.answered")
        step.set(outcome=type(outcome).__name__)
    log.info("upload", post_id=upload.post.id, attempt=upload.attempt.number, outcome=type(outcome).__name__)
    if isinstance(outcome, UploadDone):
        await _end(upload, publishing.UPLOADED)
    elif isinstance(outcome, UploadInterrupted):
        await _pause(upload, outcome.retry_after)
    else:
        await _ask_what_became(upload)


async def _send(upload: _Upload, film: MediaAsset, seconds: float) -> UploadOutcome:
    try:
        upload_url = open_upload_url(upload.app.keyring, upload.attempt)
    except Undecryptable:
        return UploadRefused("undecryptable", None)
    return await creator_client(upload.app).upload_video(
        upload_url,
        upload.app.media_dir / film.path,
        plan_chunks(film.size),
        content_type=CONTENT_TYPE,
        deadline=min(seconds, _MOST_SECONDS),
    )


async def _ask_what_became(upload: _Upload) -> None:
    """The address is dead: TikTok alone knows whether it had all bytes before."""
    publish_id = upload.attempt.publish_id or ""
    try:
        status = await call_with_token(
            upload.app,
            upload.post.account_id,
            lambda client, token: client.fetch_publish_status(token, publish_id),
            limit=STATUS_FETCH,
        )
    except TikTokRefused as error:
        if error.advice.code == "invalid_publish_id":
            await _begin_anew(upload)
        else:
            await _pause(upload, None)
        return
    except AppError as error:
        log.info("upload_unsettled", post_id=upload.post.id, code=error.code)
        await _pause(upload, None)
        return
    if _lacks_bytes(status, upload.film):
        await _begin_anew(upload)
        return
    await _end(upload, None)
    if status.phase is not PublishPhase.processing:
        await hear(upload.app, upload.post, Verdict.by_status(status))


def _lacks_bytes(status: PublishStatus, film: MediaAsset | None) -> bool:
    is_waiting = status.status == "PROCESSING_UPLOAD" and status.uploaded_bytes is not None and film is not None
    return is_waiting and status.uploaded_bytes < film.size  # type: ignore[operator, union-attr]


async def _begin_anew(upload: _Upload) -> None:
    """That attempt never became a post, and cannot any more: make another one."""
    post, number = upload.post, upload.attempt.number
    is_last = number >= _MOST_ATTEMPTS
    values = (
        {"fail_reason": "upload_failed", "fail_help": publishing.UPLOAD_GIVEN_UP}
        if is_last
        else {"next_attempt_at": utcnow()}
    )
    why = publishing.UPLOAD_GIVEN_UP if is_last else publishing.UPLOAD_CUT
    async with upload.app.transaction() as session:
        await end_upload(session, upload.attempt.id, error_code="upload_expired")
        await advance(
            session,
            post.id,
            expected=PostState.publishing,
            to=PostState.failed if is_last else PostState.retryable,
            why=why,
            holder=upload.holder,
            state_reason="upload_failed",
            state_detail=why,
            publish_id=None,
            next_check_at=None,
            **values,
        )


async def _end(upload: _Upload, why: Message | None) -> None:
    """Nothing more is to be sent; from now on the post is only followed."""
    async with upload.app.transaction() as session:
        if await end_upload(session, upload.attempt.id) and why is not None:
            await note(session, upload.post.id, PostState.publishing, why)
        await _let_go(session, upload, None)


async def _pause(upload: _Upload, retry_after: float | None) -> None:
    """The way to TikTok is broken just now: a sweep goes on with it."""
    async with upload.app.transaction() as session:
        await _let_go(session, upload, utcnow() + max(_PAUSE, timedelta(seconds=retry_after or 0)))


async def _let_go(session: AsyncSession, upload: _Upload, until: datetime | None) -> None:
    await session.exec(
        sa.update(Post)
        .where(col(Post.id) == upload.post.id, col(Post.lease_token) == upload.holder)
        .values(lease_token=None, lease_until=until)
    )
