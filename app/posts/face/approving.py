"""A person's consent to a post that awaits it."""

from typing import Any

from app.accounts.models import Account, PublishMode
from app.errors import Conflict, Invalid
from app.kit.clock import utcnow
from app.messages import refusals, timeline
from app.posts.face.case import Case, won
from app.posts.face.edits import edited_text
from app.posts.gates import AUDIENCE_NOT_OFFERED
from app.posts.models import Post
from app.posts.schemas import PostApprove
from app.posts.send.handover import toggles_of
from app.posts.transitions import requeue

_SETTINGS = (
    "privacy_level",
    "disable_comment",
    "disable_duet",
    "disable_stitch",
    "auto_add_music",
    "brand_content_toggle",
    "brand_organic_toggle",
    "is_aigc",
    "video_cover_timestamp_ms",
)


async def approve_post(case: Case, data: PostApprove) -> None:
    """Consent to a post that awaits approval, as it is or with changes."""
    post = case.post
    if data.prepared_version not in {None, post.prepared_version}:
        raise Conflict(refusals.READ_AGAIN, code="approval_outdated")
    account = await case.session.get_one(Account, post.account_id)
    values = edited_text(case, account, data) | {"settings": _approved_settings(post, account, data)}
    why = timeline.approved(who=case.by) if not values["is_edited"] else timeline.approved_with_edits(who=case.by)
    moved = await requeue(
        case.session,
        post.id,
        expected=post.state,
        why=why,
        is_approved=True,
        is_forced=True,
        cleared_at=utcnow(),
        **values,
    )
    won(moved)


def _approved_settings(post: Post, account: Account, data: PostApprove) -> dict[str, Any]:
    """What the approver consents to, whole: the account's settings may change while the post waits for its slot."""
    given = {name: getattr(data, name) for name in _SETTINGS if getattr(data, name) is not None}
    earlier = dict(post.settings)
    if post.state_reason == AUDIENCE_NOT_OFFERED:
        earlier.pop("privacy_level", None)
    names = {"privacy_level", *toggles_of(post.kind)} if post.mode != PublishMode.inbox else set()
    settings = {name: getattr(account.settings, name) for name in names} | earlier | given
    privacy_level = settings.get("privacy_level") or account.settings.privacy_level
    if not privacy_level and post.mode != PublishMode.inbox:
        raise Invalid(refusals.CHOOSE_AUDIENCE)
    branded = settings.get("brand_content_toggle", account.settings.brand_content_toggle)
    if branded and privacy_level == "SELF_ONLY":
        raise Invalid(refusals.BRANDED_PRIVATE)
    return settings
