"""Handing a post to TikTok: its row and settings in TikTok's own terms, and the one call that sends it."""

from dataclasses import dataclass, field

from app.accounts.models import Account, PublishMode
from app.articles.models import Article
from app.media.service import public_urls
from app.posts.gates import privacy_level
from app.posts.models import Post, PostAttempt
from app.resources import Resources
from app.tiktok.client import TikTokClient
from app.tiktok.init import InitOutcome
from app.tiktok.models import CreatorInfo
from app.tiktok.posting import PhotoPost

_TOGGLES = ("disable_comment", "auto_add_music", "brand_content_toggle", "brand_organic_toggle", "is_aigc")


@dataclass(frozen=True, slots=True)
class Work:
    """What one run knows: read once, checked again when the attempt begins."""

    post: Post
    article: Article
    account: Account


@dataclass(frozen=True, slots=True)
class Call:
    """Everything that init needs."""

    work: Work
    creator: CreatorInfo | None
    client: TikTokClient
    token: str = field(repr=False)


async def hand_over(app: Resources, call: Call, attempt: PostAttempt) -> InitOutcome:
    """Call init, once. Never raises for what TikTok or the network did: the outcome says it."""
    return await call.client.init_photo_post(call.token, photo_post(app, call, attempt))


def photo_post(app: Resources, call: Call, attempt: PostAttempt) -> PhotoPost:
    """Write the post in TikTok's terms: the account's settings, overridden by what a person set for this post."""
    post, account = call.work.post, call.work.account
    wishes = {name: post.settings.get(name, getattr(account, name)) for name in _TOGGLES}
    if call.creator is not None and call.creator.comment_disabled:
        wishes["disable_comment"] = True
    return PhotoPost(
        photo_images=tuple(public_urls(app.settings, attempt.media_token, post.media_count)),
        post_mode="MEDIA_UPLOAD" if post.mode == PublishMode.inbox else "DIRECT_POST",
        title=post.title,
        description=post.description,
        privacy_level=privacy_level(post, account) or "",
        **wishes,
    )
