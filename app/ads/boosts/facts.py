"""What a boost needs to know of a post: read from its rows, which the slice of posts alone writes."""

from dataclasses import dataclass

from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account
from app.accounts.queries import is_id
from app.ads.models import Boost
from app.articles.models import Article, ArticleState
from app.errors import NotFound
from app.messages import post_refusals
from app.posts.models import Post, PostKind, PostState

_PUBLIC = "PUBLIC_TO_EVERYONE"


@dataclass(frozen=True, slots=True)
class PostFacts:
    """A post with its article and its account."""

    post: Post
    article: Article
    account: Account

    @property
    def is_out(self) -> bool:
        return self.post.state is PostState.published

    @property
    def item_id(self) -> str | None:
        """TikTok's id of the post; None while it has told none."""
        return self.post.post_ids[0] if self.post.post_ids else None

    @property
    def is_public(self) -> bool:
        """Whether everybody may see it. Of a draft the creator has chosen; TikTok tells ids of public posts alone."""
        chosen = self.post.settings.get("privacy_level") or self.account.settings.privacy_level
        return chosen == _PUBLIC if chosen else bool(self.post.post_ids)

    @property
    def is_withdrawn(self) -> bool:
        return self.article.state is ArticleState.unpublished

    @property
    def is_video(self) -> bool:
        return self.post.kind is PostKind.video

    @property
    def title(self) -> str:
        return self.post.title or self.article.title


async def read_facts(session: AsyncSession, post_id: str) -> PostFacts:
    """Raises NotFound."""
    post = await session.get(Post, post_id) if is_id(post_id) else None
    if post is None:
        raise NotFound(post_refusals.NO_POST)
    return PostFacts(
        post, await session.get_one(Article, post.article_id), await session.get_one(Account, post.account_id)
    )


def what_has_changed(boost: Boost, facts: PostFacts | None) -> str | None:
    """Tell why a boost may not go on spending, as a slug: its article was withdrawn, or its post is gone."""
    if facts is None or boost.item_id not in facts.post.post_ids or not facts.is_out:
        return "post_gone"
    return "article_withdrawn" if facts.is_withdrawn else None
