"""Consent is given to a text as it stood: when the article changes, it is asked for anew."""

import sqlalchemy as sa
from sqlmodel import col

from app.accounts.models import Account, PublishMode
from app.articles.models import Article
from app.kit.clock import utcnow
from app.messages import timeline
from app.posts.gates import mode_of
from app.posts.lease import LeaseLost
from app.posts.models import Post, PostState
from app.posts.waits import Halt
from app.resources import Resources

APPROVAL_OUTDATED = timeline.APPROVAL_OUTDATED


def is_approval_outdated(post: Post, article: Article, account: Account) -> bool:
    """Tell whether a post was approved with the text of an earlier version of its article."""
    is_approved = mode_of(post, account) is PublishMode.approve and post.is_approved
    return is_approved and post.prepared_version not in {None, article.version}


async def withdraw_approval(app: Resources, post: Post, holder: str) -> None:
    """Take the consent back before the new text takes the place of the approved one. Raises LeaseLost."""
    async with app.transaction() as session:
        withdrawn = await session.exec(
            sa.update(Post)
            .where(
                col(Post.id) == post.id,
                col(Post.state) == PostState.queued,
                col(Post.lease_token) == holder,
                col(Post.is_sending).is_(False),
            )
            .values(is_approved=False, updated_at=utcnow())
        )
        if withdrawn.rowcount != 1:
            raise LeaseLost


def ask_again(halt: Halt) -> Halt:
    """Say why consent is asked for a second time."""
    if halt.reason != "approval":
        return halt
    return Halt(PostState.awaiting_approval, "approval_outdated", APPROVAL_OUTDATED)
