"""Posts as the API and the pages show them."""

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account
from app.accounts.queries import is_id
from app.articles.models import Article
from app.config import Settings
from app.errors import NotFound
from app.media.models import MediaFetch
from app.media.service import list_fetches, public_urls
from app.messages import post_refusals
from app.messages.message import read_whole
from app.posts.consent import find_consent, hash_of
from app.posts.face.decisions import list_actions
from app.posts.face.listing import PostFilter, find_posts
from app.posts.models import NOT_YET_GIVEN, Post, PostAttempt, PostEvent
from app.posts.models_approval import PostConsent
from app.posts.schemas import (
    ConsentRead,
    MediaFetchRead,
    PostAttemptRead,
    PostDetail,
    PostEventRead,
    PostList,
    PostRead,
)
from app.posts.send.handover import ignored_settings
from app.posts.sentences import detail_of, help_of, problems_of, why_of
from app.posts.waits import not_before

T = TypeVar("T", Article, Account)


async def list_posts(
    session: AsyncSession,
    settings: Settings,
    wanted: PostFilter | None = None,
    *,
    limit: int = 50,
    cursor: str | None = None,
) -> PostList:
    """One page of posts, newest first where nothing else is wanted. Raises BadRequest."""
    posts, next_cursor = await find_posts(session, wanted or PostFilter(), limit=limit, cursor=cursor)
    return PostList(items=await read_posts(session, settings, posts), next_cursor=next_cursor)


async def list_posts_by_id(session: AsyncSession, settings: Settings, ids: Sequence[str]) -> list[PostRead]:
    """Read these posts, as far as they are there, in the order in which they are named."""
    wanted = [post_id for post_id in ids if is_id(post_id)]
    posts = (await session.exec(select(Post).where(col(Post.id).in_(wanted)))).all()
    place = {post_id: number for number, post_id in enumerate(wanted)}
    return await read_posts(session, settings, sorted(posts, key=lambda post: place[post.id]))


async def get_post(session: AsyncSession, settings: Settings, post_id: str) -> PostDetail:
    """One post with its whole story. Raises NotFound."""
    post = await session.get(Post, post_id) if is_id(post_id) else None
    if post is None:
        raise NotFound(post_refusals.NO_POST)
    (read,) = await read_posts(session, settings, [post])
    events = (
        await session.exec(select(PostEvent).where(PostEvent.post_id == post_id).order_by(col(PostEvent.id)))
    ).all()
    attempts = await _list_attempts(session, [post_id])
    fetches = await list_fetches(session, [attempt.media_token for attempt in attempts])
    return PostDetail(
        **{name: getattr(read, name) for name in PostRead.model_fields},
        settings=post.settings,
        ignored_settings=ignored_settings(post),
        prepared_version=post.prepared_version,
        content_hash=await hash_of(session, post),
        consent=_read_consent(await find_consent(session, post_id)),
        actions=list_actions(post),
        events=[_read_event(event) for event in events],
        attempts=[_read_attempt(attempt, fetches) for attempt in attempts],
    )


async def read_posts(session: AsyncSession, settings: Settings, posts: Sequence[Post]) -> list[PostRead]:
    """Read posts as a list shows them, in their order: without timeline and attempts."""
    articles = await _by_id(session, Article, {post.article_id for post in posts})
    accounts = await _by_id(session, Account, {post.account_id for post in posts})
    tokens = {attempt.post_id: attempt.media_token for attempt in await _list_attempts(session, [p.id for p in posts])}
    return [
        _read(settings, post, articles[post.article_id], accounts[post.account_id], tokens.get(post.id))
        for post in posts
    ]


def _read(settings: Settings, post: Post, article: Article, account: Account, token: str | None) -> PostRead:
    # Before TikTok gets the post, an older attempt's addresses may be closed already.
    token = (post.preview_token or token) if post.state in NOT_YET_GIVEN else (token or post.preview_token)
    derived: dict[str, Any] = {
        "article_title": article.title,
        "article_url": article.url,
        "account_name": account.display_name or account.username,
        "language": article.language or account.settings.language,
        "media": public_urls(settings, token, post.media_count, kind=post.kind) if token else [],
    }
    if post.state in NOT_YET_GIVEN:
        derived["scheduled_at"] = post.scheduled_at or not_before(post.settings)
    derived |= {"state_detail": detail_of(post), "fail_help": help_of(post), "media_problems": problems_of(post)}
    columns = {name: getattr(post, name) for name in PostRead.model_fields if name not in derived}
    return PostRead(**columns, **derived)


def _read_consent(consent: PostConsent | None) -> ConsentRead | None:
    if consent is None:
        return None
    return ConsentRead(
        given_by=consent.given_by,
        given_at=consent.given_at,
        by_link=consent.link_id is not None,
        content_hash=consent.content_hash,
        ended_at=consent.ended_at,
        end_reason=read_whole(consent.end_message) if consent.end_message else None,
    )


def _read_event(event: PostEvent) -> PostEventRead:
    return PostEventRead(
        at=event.at, from_state=event.from_state, to_state=event.to_state, why=why_of(event), log_id=event.log_id
    )


def _read_attempt(attempt: PostAttempt, fetches: Sequence[MediaFetch]) -> PostAttemptRead:
    read = PostAttemptRead.model_validate(attempt, from_attributes=True)
    read.media_fetches = [
        MediaFetchRead(
            at=fetch.at,
            number=fetch.position + 1,
            method=fetch.method,
            status=fetch.status,
            user_agent=fetch.user_agent,
        )
        for fetch in fetches
        if fetch.token == attempt.media_token
    ]
    return read


async def _list_attempts(session: AsyncSession, post_ids: Sequence[str]) -> Sequence[PostAttempt]:
    if not post_ids:
        return []
    query = select(PostAttempt).where(col(PostAttempt.post_id).in_(post_ids)).order_by(col(PostAttempt.number))
    return (await session.exec(query)).all()


async def _by_id(session: AsyncSession, table: type[T], ids: set[str]) -> dict[str, T]:
    rows = (await session.exec(select(table).where(col(table.id).in_(ids)))).all()
    return {row.id: row for row in rows}
