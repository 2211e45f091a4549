"""The gates that a post must pass before it goes out; they need nothing but what is known already."""

from app.accounts.models import Account, AccountState, PublishMode
from app.articles.models import Article, ArticleState
from app.posts.models import Post, PostState
from app.posts.waits import Halt, give_up_on, wait_for_person
from app.tiktok.models import CreatorInfo

AUDIENCE_NOT_OFFERED = "approved_audience_not_offered"


def article_gate(post: Post, article: Article) -> Halt | None:
    """Stop a post whose article was withdrawn while TikTok was being asked, or before a person retried it."""
    if article.state is ArticleState.unpublished:
        return give_up_on("article_unpublished", "The article was unpublished.")
    if not article.is_wanted and not post.is_forced:
        return give_up_on("article_unwanted", "The article no longer carries the tag that asks for TikTok.")
    return None


def account_gate(account: Account) -> Halt | None:
    """Tell what is wrong with the account."""
    if account.state is AccountState.disconnected:
        return wait_for_person(
            "account_disconnected", "The account was disconnected. Connect it again, or cancel the post."
        )
    if account.state is AccountState.reconnect:
        return wait_for_person(
            "account_reconnect", "TikTok no longer accepts the account's login. Reconnect the account."
        )
    if not account.enabled:
        return wait_for_person("account_disabled", "The account is switched off in the settings.")
    return None


def needs_approval(post: Post, account: Account) -> bool:
    """Tell whether the post is only being made ready for the person who looks at it."""
    return account.mode is PublishMode.approve and not post.is_approved


def readiness_gate(post: Post, account: Account) -> Halt | None:
    """Tell what a person still has to decide."""
    if post.mode == PublishMode.approve and not post.is_approved:
        detail = "The account's posts wait for a person's approval."
        return Halt(PostState.awaiting_approval, "approval", detail)
    if post.mode != PublishMode.inbox and not privacy_level(post, account):
        detail = "Nobody has chosen yet who may see this account's posts. Choose it in the account's settings."
        return wait_for_person("needs_privacy_level", detail)
    return None


def privacy_gate(post: Post, account: Account, creator: CreatorInfo) -> Halt | None:
    chosen = privacy_level(post, account)
    if chosen in creator.privacy_level_options:
        return None
    offered = ", ".join(creator.privacy_level_options)
    detail = f"TikTok no longer offers {chosen} to this creator, only {offered}."
    if not offered:
        detail = f"TikTok no longer offers {chosen} to this creator, nor any other audience."
    if post.settings.get("privacy_level"):
        # It was chosen for this post alone, so the account's settings cannot help.
        return Halt(PostState.awaiting_approval, AUDIENCE_NOT_OFFERED, f"{detail} Choose again and approve.")
    return wait_for_person("privacy_level_mismatch", f"{detail} Choose again in the account's settings.")


def privacy_level(post: Post, account: Account) -> str | None:
    """Give the audience: the one chosen for this post, else the account's."""
    chosen: str | None = post.settings.get("privacy_level") or account.privacy_level
    return chosen
