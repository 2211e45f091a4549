"""The gates that a post must pass before it goes out; they need nothing but what is known already."""

from app.accounts.models import Account, AccountKind, AccountState, PublishMode
from app.articles.models import Article, ArticleState
from app.config import Settings
from app.messages import timeline
from app.messages.kinds import Level, Levels
from app.messages.message import Message
from app.posts.models import Post, PostKind, PostState
from app.posts.waits import Halt, give_up_on, wait_for_person
from app.tiktok.catalogue import explain_error
from app.tiktok.models import CreatorInfo

AUDIENCE_NOT_OFFERED = "approved_audience_not_offered"
BUSINESS_PHOTO_AI, BUSINESS_VIDEO_PUBLIC = "business_photo_ai", "business_video_public"
PUBLIC = "PUBLIC_TO_EVERYONE"
UNPROVEN = "url_ownership_unverified"
"""TikTok does not know that the address from which it would have to fetch is ours."""


def article_gate(post: Post, article: Article) -> Halt | None:
    """Stop a post whose article was withdrawn while TikTok was being asked, or before a person retried it."""
    if article.state is ArticleState.unpublished:
        return give_up_on("article_unpublished", timeline.UNPUBLISHED)
    if not article.is_wanted and not post.is_forced:
        return give_up_on("article_unwanted", timeline.UNWANTED)
    return None


def account_gate(account: Account) -> Halt | None:
    """Tell what is wrong with the account."""
    if account.state is AccountState.disconnected:
        return wait_for_person("account_disconnected", timeline.ACCOUNT_DISCONNECTED)
    if account.state is AccountState.reconnect:
        return wait_for_person("account_reconnect", timeline.ACCOUNT_RECONNECT)
    if not account.settings.enabled:
        return wait_for_person("account_disabled", timeline.ACCOUNT_OFF)
    return None


def needs_approval(post: Post, account: Account) -> bool:
    """Tell whether the post is only being made ready for the person who looks at it."""
    return mode_of(post, account) is PublishMode.approve and not post.is_approved


def mode_of(post: Post, account: Account) -> PublishMode:
    """Give the mode: the one chosen for this post, else the account's."""
    chosen = post.settings.get("mode", "")
    return PublishMode(chosen) if chosen in PublishMode.__members__ else account.settings.mode


def readiness_gate(post: Post, account: Account) -> Halt | None:
    """Tell what a person still has to decide."""
    if post.mode == PublishMode.approve and not post.is_approved:
        detail = timeline.NEEDS_APPROVAL
        return Halt(PostState.awaiting_approval, "approval", detail)
    if post.mode != PublishMode.inbox and not privacy_level(post, account):
        detail = timeline.NEEDS_AUDIENCE
        return wait_for_person("needs_privacy_level", detail)
    return business_gate(post, account)


def business_gate(post: Post, account: Account) -> Halt | None:
    """Stop what the Business API has no word for [business-api.md 17]: nothing is left out, or made public, in silence.

    What was chosen for the post alone goes back to whoever approves; else the account's settings can help.
    """
    if account.kind is not AccountKind.business:
        return None
    if post.kind is PostKind.photo and post.settings.get("is_aigc", account.settings.is_aigc):
        return _not_for_business(post, "is_aigc", BUSINESS_PHOTO_AI, timeline.BUSINESS_PHOTO_AI)
    is_restricted = post.mode != PublishMode.inbox and privacy_level(post, account) != PUBLIC
    if post.kind is PostKind.video and is_restricted:
        return _not_for_business(post, "privacy_level", BUSINESS_VIDEO_PUBLIC, timeline.BUSINESS_VIDEO_PUBLIC)
    return None


def _not_for_business(post: Post, name: str, reason: str, why: Message) -> Halt:
    if post.settings.get(name):
        return Halt(PostState.awaiting_approval, reason, why)
    return wait_for_person(reason, why)


def media_gate(settings: Settings, post: Post, account: Account, *, is_held: bool) -> Halt | None:
    """Hold back what TikTok would have to fetch from an address that it refuses."""
    return wait_for_proof() if is_held and not goes_by_upload(settings, post, account) else None


def wait_for_proof() -> Halt:
    """The post waits until TikTok takes something from our address."""
    return wait_for_person(UNPROVEN, timeline.media_held(cause=explain_error(UNPROVEN).words))


def goes_by_upload(settings: Settings, post: Post, account: Account) -> bool:
    """Tell whether a post's film is sent to TikTok: the Business API only fetches [business-api.md 9.3]."""
    return account.kind is AccountKind.creator and is_uploaded_film(settings, post)


def is_uploaded_film(settings: Settings, post: Post) -> bool:
    """Tell whether a post's film is sent to TikTok, if its account is a creator's."""
    return post.kind is PostKind.video and settings.video_source == "FILE_UPLOAD"


def privacy_gate(post: Post, account: Account, creator: CreatorInfo) -> Halt | None:
    """Hold a post whose audience TikTok does not offer its creator now. None where it does."""
    chosen = privacy_level(post, account)
    if chosen in creator.privacy_level_options:
        return None
    gone, offered = Level(chosen or ""), Levels(list(creator.privacy_level_options))
    if post.settings.get("privacy_level"):
        # It was chosen for this post alone, so the account's settings cannot help.
        why = timeline.audience_gone_for_post(gone, offered) if offered else timeline.no_audience_for_post(gone)
        return Halt(PostState.awaiting_approval, AUDIENCE_NOT_OFFERED, why)
    why = timeline.audience_gone(gone, offered) if offered else timeline.no_audience(gone)
    return wait_for_person("privacy_level_mismatch", why)


def privacy_level(post: Post, account: Account) -> str | None:
    """Give the audience: the one chosen for this post, else the account's."""
    return post.settings.get("privacy_level") or account.settings.privacy_level
