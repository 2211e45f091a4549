"""A person's consent to a post that awaits it, or its refusal."""

from typing import Any, cast

from sqlmodel import col

from app.accounts.models import Account, PublishMode
from app.errors import Conflict, Invalid
from app.kit.clock import utcnow
from app.media.service import list_assets
from app.messages import decisions, post_refusals
from app.messages.message import Message
from app.posts.consent import content_hash, give_consent, hash_of
from app.posts.face.case import Case, won
from app.posts.face.edits import SWITCHES, edited_text, forbid_private_brands, words_of
from app.posts.face.pictures import choose_pictures_of
from app.posts.gates import AUDIENCE_NOT_OFFERED
from app.posts.models import Post, PostState
from app.posts.models_settings import PostSettings
from app.posts.schemas_decisions import PostApprove, PostReject
from app.posts.send.handover import toggles_of
from app.posts.transitions import advance, requeue


async def approve_post(case: Case, data: PostApprove) -> None:
    """Consent to a post that awaits approval, as it is or with changes."""
    post = case.post
    if data.prepared_version not in {None, post.prepared_version}:
        raise Conflict(post_refusals.READ_AGAIN, code="approval_outdated")
    pictures = await list_assets(case.session, post.id)
    if data.content_hash not in {None, content_hash(post, pictures)}:
        raise Conflict(post_refusals.CHANGED_SINCE_READ, code="approval_outdated")
    account = await case.session.get_one(Account, post.account_id)
    values = edited_text(case.app, account, words_of(post), data)
    settings = _approved_settings(post, account, data)
    if data.pictures is not None:
        chosen = await choose_pictures_of(case, data.pictures, settings)
        values |= chosen | {"is_edited": values["is_edited"] or bool(chosen)}
        pictures = await list_assets(case.session, post.id)
    moved = await requeue(
        case.session,
        post.id,
        expected=post.state,
        why=_tell(case, is_edited=values["is_edited"]),
        # Somebody may change it between our reading and our writing.
        where=(col(Post.updated_at) == post.updated_at,),
        is_approved=True,
        is_forced=True,
        cleared_at=utcnow(),
        settings=settings,
        **values,
    )
    won(moved)
    hashed = content_hash(post, pictures, changes={**values, "settings": settings})
    link_id = case.link.id if case.link else None
    await give_consent(case.session, post.id, hashed, by=case.by, link_id=link_id)


def _tell(case: Case, *, is_edited: bool) -> Message:
    if case.link is not None:
        say = decisions.approved_by_link_with_edits if is_edited else decisions.approved_by_link
        return say(who=case.by, maker=case.link.made_by)
    return decisions.approved_with_edits(who=case.by) if is_edited else decisions.approved(who=case.by)


def _approved_settings(post: Post, account: Account, data: PostApprove) -> PostSettings:
    """What the approver consents to, whole: the account's settings may change while the post waits for its slot."""
    given = {name: getattr(data, name) for name in SWITCHES if getattr(data, name) is not None}
    earlier: dict[str, Any] = dict(post.settings)
    if post.state_reason == AUDIENCE_NOT_OFFERED:
        earlier.pop("privacy_level", None)
    names = {"privacy_level", *toggles_of(post.kind)} if post.mode != PublishMode.inbox else set()
    settings = {name: getattr(account.settings, name) for name in names} | earlier | given
    if not (settings.get("privacy_level") or account.settings.privacy_level) and post.mode != PublishMode.inbox:
        raise Invalid(post_refusals.CHOOSE_AUDIENCE)
    forbid_private_brands(settings, account)
    return cast("PostSettings", settings)


async def reject_post(case: Case, data: PostReject) -> None:
    """Send a post back from approval: it is cancelled, and the comment is kept."""
    if data.content_hash not in {None, await hash_of(case.session, case.post)}:
        raise Conflict(post_refusals.CHANGED_SINCE_READ, code="approval_outdated")
    who = case.by if case.link is None else f"{case.by} ({case.link.made_by})"
    why = decisions.sent_back(who=who, comment=data.comment)
    moved = await advance(
        case.session,
        case.post.id,
        expected=case.post.state,
        to=PostState.cancelled,
        why=why,
        state_reason="rejected",
        state_detail=why,
    )
    won(moved)
