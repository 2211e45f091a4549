"""The page of one post, collected from what the rows say of it."""

import hashlib
from dataclasses import dataclass

from app.accounts.models import Account
from app.admin.accounts.creator import CreatorView, read_creator
from app.admin.boosts.page import read_panel
from app.admin.boosts.views import BoostPanel
from app.admin.posts.drafts import name_ignored, view_draft
from app.admin.posts.figures import view_figures
from app.admin.posts.list_page import picture_href
from app.admin.posts.pictures import require_id
from app.admin.posts.post_views import ApproveForm, AttemptView, PostPage, TimelineLine
from app.admin.posts.revisions import ReviseForm, view_revision
from app.admin.shell.forms import ApprovalInput, ReviseInput
from app.admin.wording.attempts import explain_attempt, quote_attempt
from app.admin.wording.states import (
    EVIDENCE,
    STATES,
    explain_alert,
    explain_reason,
    explain_status,
    name_outcome,
    quote_reason,
    words_of,
)
from app.captions.schemas import CaptionLimits
from app.kit.clock import utcnow
from app.media.service import list_assets
from app.messages.translator import Translator
from app.posts.face.views import get_post
from app.posts.figures.read import FiguresList, read_figures
from app.posts.gates import needs_approval
from app.posts.models import FINAL_STATES, Post, PostState
from app.posts.prepare.caption_settings import text_limits
from app.posts.schemas import PostAttemptRead, PostDetail, PostEventRead
from app.resources import Resources


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the rows say of a post. `is_asked_for`: a person's consent is; `has_media`: its files are still here.

    `is_card`: it is a card that was drawn here.
    """

    post: PostDetail
    account: Account
    figures: FiguresList
    is_asked_for: bool
    has_media: bool
    is_card: bool


@dataclass(frozen=True, slots=True)
class _Forms:
    """What can be done on the page; a form that was refused holds what was typed."""

    approve: ApproveForm | None
    revise: ReviseForm | None
    creator: CreatorView | None
    boost: BoostPanel | None


async def read_post_page(
    resources: Resources,
    i18n: Translator,
    post_id: str,
    *,
    typed: object = None,
    with_creator: bool = False,
    booster: str | None = None,
) -> PostPage:
    """Collect the page of one post; `typed` is the form that was refused, `booster` an admin. Raises NotFound."""
    stored = await _read(resources, post_id)
    post = stored.post
    limits = text_limits(resources.settings, stored.account)
    can_approve = "approve" in post.actions
    # The form sends it again at once.
    can_revise = "revise" in post.actions and post.state is PostState.failed
    consent = typed if isinstance(typed, ApprovalInput) else None
    revised = typed if isinstance(typed, ReviseInput) else None
    asks_creator = can_approve and (with_creator or consent is not None)
    is_out = post.state is PostState.published
    forms = _Forms(
        approve=_approve_form(post, stored.account, limits, consent) if can_approve else None,
        revise=view_revision(post, limits, revised) if can_revise else None,
        creator=await read_creator(resources, i18n, post.account_id) if asks_creator else None,
        boost=await read_panel(resources, i18n, post_id, booster) if booster and is_out else None,
    )
    return _view(i18n, stored, forms)


def _view(i18n: Translator, stored: _Stored, forms: _Forms) -> PostPage:
    post = stored.post
    return PostPage(
        post=post,
        # A video's title is its whole caption.
        headline=post.article_title if post.kind == "video" else post.title or post.article_title,
        words=words_of(PostState(post.state), is_asked_for=stored.is_asked_for),
        reason=explain_reason(i18n, post.state_reason, post.state_detail),
        help=post.fail_help.shown(i18n) if post.fail_help else "",
        alert=explain_alert(i18n, post.alert),
        is_take_down_late=post.take_down_by is not None and post.take_down_by <= utcnow(),
        status=explain_status(i18n, post.tiktok_status),
        fail_said=quote_reason(post.fail_reason, post.fail_help),
        is_settled=PostState(post.state) in FINAL_STATES and not _is_followed(post),
        seen=_fingerprint(post),
        media_problems=[line.shown(i18n) for line in post.media_problems],
        pictures=[picture_href(post, number) for number, _ in enumerate(post.media, 1)] if stored.has_media else [],
        are_pictures_gone=bool(post.media) and not stored.has_media,
        is_card=stored.is_card,
        loose_hashtags=[tag for tag in post.hashtags if tag.lstrip("#") not in f"{post.title} {post.description}"],
        timeline=[_line(i18n, event) for event in reversed(post.events)],
        attempts=[_attempt(i18n, attempt) for attempt in reversed(post.attempts)],
        approve=forms.approve,
        creator=forms.creator,
        draft=view_draft(post, stored.account),
        ignored=name_ignored(post),
        revise=forms.revise,
        figures=view_figures(i18n, stored.figures),
        boost=forms.boost,
    )


async def _read(resources: Resources, post_id: str) -> _Stored:
    """Raises NotFound."""
    require_id(post_id)
    async with resources.read() as session:
        post = await get_post(session, resources.settings, post_id)
        account = await session.get_one(Account, post.account_id)
        assets = await list_assets(session, post_id)
        return _Stored(
            post,
            account,
            await read_figures(session, post_id),
            is_asked_for=needs_approval(await session.get_one(Post, post_id), account),
            has_media=bool(assets),
            # Only what was drawn here came from nowhere.
            is_card=any(not asset.source_url for asset in assets),
        )


def _approve_form(
    post: PostDetail, account: Account, limits: CaptionLimits, typed: ApprovalInput | None
) -> ApproveForm:
    is_video = post.kind == "video"
    cover = post.settings.get("video_cover_timestamp_ms")
    values = typed or ApprovalInput(
        title=post.title,
        description=post.description,
        content_hash=post.content_hash,
        is_video=is_video,
        cover_seconds="" if cover is None else f"{cover / 1000:g}",
        auto_add_music=account.settings.auto_add_music,
        is_aigc=account.settings.is_aigc,
    )
    title_limit = limits.caption if is_video else limits.title
    shown = values.model_dump(exclude={"prepared_version", "order"})
    return ApproveForm(**shown, title_limit=title_limit, description_limit=limits.description)


def _is_followed(post: PostDetail) -> bool:
    """A published post without a public id, or a draft in the inbox, may still change while it is asked about."""
    return post.next_check_at is not None and not post.post_ids


def _fingerprint(post: PostDetail) -> str:
    """Changes whenever the page would: so that an unchanged page is not sent again every three seconds."""
    fetches = sum(len(attempt.media_fetches) for attempt in post.attempts)
    story = f"{post.state}|{post.updated_at}|{len(post.events)}|{len(post.attempts)}|{fetches}|{post.tiktok_status}"
    return hashlib.sha256(
        f"{story}|{post.scheduled_at}|{post.alert}|{post.take_down_by}|{post.actions}".encode()
    ).hexdigest()[:16]


def _line(i18n: Translator, event: PostEventRead) -> TimelineLine:
    moved = event.from_state != event.to_state
    words = STATES[PostState(event.to_state)] if moved and event.to_state in PostState.__members__ else None
    return TimelineLine(event.at, words, event.why.shown(i18n), event.log_id or "")


def _attempt(i18n: Translator, attempt: PostAttemptRead) -> AttemptView:
    outcome, tone = name_outcome(attempt.outcome)
    evidence = i18n.gettext(EVIDENCE.get(attempt.evidence or "", "")) if attempt.evidence in EVIDENCE else ""
    said = quote_attempt(attempt.outcome, attempt.error_code, attempt.message)
    return AttemptView(attempt, outcome, tone, explain_attempt(i18n, attempt.error_code), said, evidence)
