"""What the page of one post shows: its parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.admin.accounts.creator import CreatorView
from app.admin.boosts.views import BoostPanel
from app.admin.posts.drafts import DraftView
from app.admin.posts.figures import FiguresView
from app.admin.posts.revisions import ReviseForm
from app.admin.wording.states import StateWords
from app.posts.schemas import PostAttemptRead, PostDetail


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """One event: a heading where the state changed, and why."""

    at: datetime
    words: StateWords | None
    why: str
    log_id: str


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One attempt, and whether TikTok came for its media. `said` is TikTok's own word."""

    attempt: PostAttemptRead
    outcome: str
    tone: str
    advice: str
    said: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveForm:
    """What stands in the approval form: the prepared text at first, and what was typed after a refusal."""

    title: str
    description: str
    title_limit: int
    description_limit: int
    privacy_level: str
    is_video: bool
    allow_comment: bool
    allow_duet: bool
    allow_stitch: bool
    auto_add_music: bool
    is_aigc: bool
    cover_seconds: str
    disclose: bool
    your_brand: bool
    branded: bool
    content_hash: str


@dataclass(frozen=True, slots=True)
class PostPage:
    """One post with its story and what can be done."""

    post: PostDetail
    headline: str
    words: StateWords
    reason: str
    help: str
    alert: str
    is_take_down_late: bool
    status: str
    fail_said: str
    is_settled: bool
    seen: str
    media_problems: Sequence[str]
    pictures: Sequence[str]
    are_pictures_gone: bool
    is_card: bool
    loose_hashtags: Sequence[str]
    timeline: Sequence[TimelineLine]
    attempts: Sequence[AttemptView]
    approve: ApproveForm | None
    creator: CreatorView | None
    draft: DraftView | None
    ignored: Sequence[str]
    revise: ReviseForm | None
    figures: FiguresView
    boost: BoostPanel | None = None
