"""Planning: which posts an article's news calls for. Runs inside the webhook's transaction, so nothing slow happens."""

from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account
from app.accounts.service import list_posting_accounts
from app.articles.models import Article, ArticleState, Delivery
from app.jobs import enqueue
from app.kit.clock import utcnow
from app.posts.attempts import was_perhaps_sent
from app.posts.models import NOT_YET_GIVEN, Post, PostEvent, PostState
from app.posts.transitions import advance, new_lease, note, requeue
from app.posts.waits import embargo

_WITHDRAWN = frozenset({"article_unpublished", "article_unwanted"})
_SLOT_REASONS = frozenset({"daily_cap", "pending_drafts", "rate_limit_exceeded"})


class PostPlanner:
    """Turns what happened to an article into posts, new work on posts, or their end."""

    async def article_changed(self, session: AsyncSession, article: Article, delivery: Delivery) -> list[str]:
        """Plan for an article as this delivery left it, and return the ids of all its posts."""
        posts = await _list_posts(session, article.id)
        ids = [post.id for post in posts]
        match delivery:
            case Delivery.created | Delivery.republished:
                for post in posts:
                    await _bring_back(session, post)
                return ids + await _plan_missing(session, article, posts)
            case Delivery.updated:
                for post in posts:
                    await _renew(session, post)
            case Delivery.unpublished:
                for post in posts:
                    await _withdraw(session, post, article)
            case _:
                pass
        return ids


async def _list_posts(session: AsyncSession, article_id: str) -> Sequence[Post]:
    return (await session.exec(select(Post).where(Post.article_id == article_id).order_by(col(Post.id)))).all()


async def _plan_missing(session: AsyncSession, article: Article, posts: Sequence[Post]) -> list[str]:
    taken = {post.account_id for post in posts}
    # An account that joined later does not get the archive: an edit of an old article is not news.
    made = [
        _plan_post(session, article, account)
        for account in await list_posting_accounts(session)
        if account.id not in taken and account.created_at <= article.received_at
    ]
    await session.flush()
    return made


def _plan_post(session: AsyncSession, article: Article, account: Account) -> str:
    post = Post(article_id=article.id, account_id=account.id, mode=account.mode, is_urgent=article.breaking)
    why = "The article arrived."
    halt = embargo(article.published_at, utcnow())
    if halt is not None:
        why = halt.detail
        post = Post(**(post.model_dump() | halt.columns() | {"state": halt.to}))
    else:
        lease = new_lease()
        post.lease_token, post.lease_until = lease["lease_token"], lease["lease_until"]
        enqueue(session, "posts.publish", post.id, lease["lease_token"])
    session.add(post)
    session.add(PostEvent(post_id=post.id, from_state=None, to_state=post.state, why=why))
    return post.id


async def _withdraw(session: AsyncSession, post: Post, article: Article) -> None:
    unpublished = article.state is ArticleState.unpublished
    reason = "article_unpublished" if unpublished else "article_unwanted"
    why = (
        "The article was unpublished." if unpublished else "The article no longer carries the tag that asks for TikTok."
    )
    if post.state in NOT_YET_GIVEN and await advance(
        session,
        post.id,
        expected=post.state,
        to=PostState.cancelled,
        why=why,
        where=(col(Post.is_sending).is_(False),),
        state_reason=reason,
        state_detail=why,
    ):
        return
    if unpublished and post.state not in {PostState.cancelled, PostState.failed} and post.alert != reason:
        post.alert = reason
        session.add(post)
        await note(session, post.id, post.state, "The article was unpublished, but TikTok already has the post: "
                   "delete it in TikTok's app if it must go.")  # fmt: skip


async def _renew(session: AsyncSession, post: Post) -> None:
    if post.state not in NOT_YET_GIVEN or post.is_sending:
        return
    kept = " The text edited by hand is kept." if post.is_edited else ""
    if post.state in {PostState.awaiting_approval, PostState.scheduled} and post.state_reason not in _SLOT_REASONS:
        why = f"The article changed: the post is prepared anew.{kept}"
        await requeue(session, post.id, expected=post.state, why=why, failures=0)
    else:
        why = f"The article changed.{kept}" if kept else "The article changed: the post will carry the new text."
        await note(session, post.id, post.state, why)


async def _bring_back(session: AsyncSession, post: Post) -> None:
    is_withdrawn = post.state is PostState.cancelled and post.state_reason in _WITHDRAWN
    # A post that TikTok may have got is not sent a second time by itself.
    if is_withdrawn and not await was_perhaps_sent(session, post.id):
        await requeue(session, post.id, expected=post.state, why="The article was published again.", failures=0)
    elif post.alert == "article_unpublished":
        post.alert = None
        session.add(post)
        await note(session, post.id, post.state, "The article was published again.")
