"""Making posts by hand: of an article that was left out, or of one that is written here.

They take the road of all posts. What is new is only who wanted them: the wish goes in with the article, and the planner
plans it in the place of what the accounts' settings say.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account, AccountState, PublishMode
from app.accounts.queries import get_account, is_id
from app.articles.by_hand import ArticleByHand, draft_of, hand_in_by_hand
from app.articles.intake.arrivals import Wish
from app.articles.models import Article, ArticleState
from app.audit.record import record
from app.errors import Conflict, Invalid, NotFound
from app.jobs import enqueue
from app.kit.bulk import Rows, insert_family
from app.kit.clock import rfc3339, utcnow
from app.kit.failpoints import reach
from app.kit.tracing import traceparent
from app.media.uploads.find import find_uploads, is_upload_address, keep_until
from app.media.uploads.keep import kept_until
from app.messages import post_refusals, refusals, uploads
from app.messages.message import Message
from app.posts.by_hand.good_times import choose_good_time, read_taken_times
from app.posts.by_hand.schemas import PostCreate, PostsCreated
from app.posts.face.edits import SWITCHES, Words, edited_text, forbid_private_brands
from app.posts.models import Post, PostKind
from app.posts.plan.rows import EVENTS, POSTS, NewPost, plan_wish
from app.posts.waits import LATEST_EMBARGO
from app.resources import Resources


@dataclass(frozen=True, slots=True)
class _Order:
    """What is wanted, for whom, and when; of which accounts, as they are now."""

    data: PostCreate
    accounts: Sequence[Account]
    times: Sequence[datetime | None]
    by: str

    @property
    def latest(self) -> datetime | None:
        return max((time for time in self.times if time is not None), default=None)


async def create_posts(app: Resources, data: PostCreate, *, by: str, key: str = "") -> PostsCreated:
    """Make the posts that a person wants. Raises Invalid, NotFound or Conflict.

    The same request again, by the article's own id, by `article.id` or by the caller's `key`, makes no second post.
    """
    async with app.read() as session:
        order = await _take_order(session, app, data, by)
    if data.article is None:
        return await _of_article(app, order, str(data.article_id))
    article = data.article
    if key:
        article = article.model_copy(update={"id": f"key:{hashlib.sha256(f'{by}:{key}'.encode()).hexdigest()}"})
    await _hold_media(app, order, article)
    reach("by_hand.media_kept")
    kind = PostKind.video if article.video else PostKind.photo
    wishes = [_wish(app, order, number, kind, uploads.written_by(who=by)) for number in range(len(order.accounts))]
    asked = data.model_dump(mode="json", exclude_unset=True)
    receipt = await hand_in_by_hand(app, article, wishes, asked=asked)
    assert receipt.article_id is not None, "an article by hand is never ignored"
    if not receipt.duplicate:
        async with app.transaction() as session:
            _note(session, order, receipt.article_id, article.title)
    return PostsCreated(article_id=receipt.article_id, post_ids=receipt.post_ids, duplicate=receipt.duplicate)


async def _take_order(session: AsyncSession, app: Resources, data: PostCreate, by: str) -> _Order:
    accounts = [await get_account(session, account_id) for account_id in dict.fromkeys(data.account_ids)]
    for account in accounts:
        _require_usable(account)
        _require_mode(account, data.mode)
    now = utcnow()
    if data.scheduled_at == "good_slot":
        zone = ZoneInfo(app.settings.timezone or "UTC")
        times: list[datetime | None] = [
            choose_good_time(
                await read_taken_times(session, account, now), now, zone, daily_cap=account.settings.daily_cap
            )
            for account in accounts
        ]
    else:
        times = [_check_time(data.scheduled_at, now)] * len(accounts)
    return _Order(data, accounts, times, by)


def _require_usable(account: Account) -> None:
    name = account.display_name or account.username
    if account.state is AccountState.disconnected:
        raise Invalid(uploads.account_unusable(name=name), code="account_unusable")
    if not account.settings.enabled:
        raise Invalid(uploads.account_off(name=name), code="account_off")


def _require_mode(account: Account, mode: PublishMode | None) -> None:
    """A post may ask for consent where its account does not. The other way round would pass by whoever consents."""
    own = account.settings.mode
    if mode not in {None, own} and not (own is PublishMode.direct and mode is PublishMode.approve):
        raise Invalid(uploads.NO_MODE, code="mode_not_allowed")


def _check_time(at: datetime | None, now: datetime) -> datetime | None:
    if at is None:
        return None
    if at <= now:
        raise Invalid(post_refusals.TIME_IS_OVER, code="time_is_over")
    if at - now > LATEST_EMBARGO:
        raise Invalid(post_refusals.TIME_TOO_FAR, code="time_too_far")
    return at


async def _hold_media(app: Resources, order: _Order, article: ArticleByHand) -> None:
    """Look whether there is something to show, and keep the uploads among it. Raises Invalid."""
    draft = draft_of(article)
    if any("problem" in image for image in draft.images):
        raise Invalid(uploads.ODD_PICTURE, code="odd_picture")
    if not (draft.images or draft.video_url) and not all(one.settings.headline_card for one in order.accounts):
        raise Invalid(uploads.NEEDS_MEDIA, code="needs_media")
    addresses = [*(str(image["url"]) for image in draft.images), *([draft.video_url] if draft.video_url else [])]
    wanted = {address for address in addresses if is_upload_address(app.settings, address)}
    if not wanted:
        return
    async with app.transaction() as session:
        found = await find_uploads(session, app.settings, wanted)
        if len(found) < len(wanted):
            raise Invalid(uploads.UPLOAD_GONE, code="upload_gone")
        await keep_until(session, list(found.values()), kept_until(order.latest))


def _wish(app: Resources, order: _Order, number: int, kind: PostKind, why: Message) -> Wish:
    data, account, at = order.data, order.accounts[number], order.times[number]
    settings: dict[str, Any] = {name: value for name in SWITCHES if (value := getattr(data, name)) is not None}
    if (chosen := data.privacy_levels.get(account.id)) is not None:
        settings["privacy_level"] = chosen
    forbid_private_brands(settings, account)
    if at is not None:
        settings["not_before"] = rfc3339(at)
    mode = data.mode or account.settings.mode
    if mode is not account.settings.mode:
        settings["mode"] = mode
    columns: dict[str, Any] = {"settings": settings, "kind": kind}
    if data.title is not None or data.description is not None:
        columns |= edited_text(app, account, Words("", "", [], kind, is_edited=True), data)
    return Wish(account.id, mode, mode, why, columns)


async def _of_article(app: Resources, order: _Order, article_id: str) -> PostsCreated:
    async with app.transaction() as session:
        query = select(Article).where(Article.id == article_id).with_for_update()
        article = (await session.exec(query)).first() if is_id(article_id) else None
        if article is None:
            raise NotFound(refusals.NO_ARTICLE, code="article_not_found")
        if article.state is ArticleState.unpublished:
            raise Conflict(uploads.ARTICLE_WITHDRAWN, code="article_withdrawn")
        taken = await _posts_of(session, article_id)
        kind = PostKind.video if article.video_url else PostKind.photo
        why = uploads.made_by(who=order.by)
        new = [
            plan_wish(article, _wish(app, order, number, kind, why), traceparent())
            for number, account in enumerate(order.accounts)
            if account.id not in taken
        ]
        if new:
            await _insert(session, new)
            _note(session, order, article_id, article.title)
            taken = await _posts_of(session, article_id)
        return PostsCreated(
            article_id=article_id,
            post_ids=[taken[account.id] for account in order.accounts],
            duplicate=not new,
        )


async def _posts_of(session: AsyncSession, article_id: str) -> dict[str, str]:
    found = await session.exec(select(Post.account_id, Post.id).where(Post.article_id == article_id))
    return dict(found.all())


async def _insert(session: AsyncSession, new: Sequence[NewPost]) -> None:
    rows = Rows(POSTS, [made.row for made in new]), Rows(EVENTS, [made.event for made in new])
    went_in = await (await session.connection()).run_sync(insert_family, *rows)
    for made in new:
        if made.row["id"] in went_in:
            for name, arguments in made.calls:
                enqueue(session, name, *arguments)
            if made.row["scheduled_at"] is not None:
                enqueue(session, "posts.keep_line", made.row["account_id"])


def _note(session: AsyncSession, order: _Order, article_id: str, title: str) -> None:
    names = [account.display_name or account.username for account in order.accounts]
    told = order.data.model_dump(mode="json", exclude_unset=True, exclude={"article"})
    record(session, "post.written", object_kind="article", object_id=article_id, object_name=title,
           after={**told, "accounts": names})  # fmt: skip
