"""A post as a line of a list."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from app.admin.wording.states import STATES, StateWords, explain_alert, explain_reason
from app.messages.translator import Translator
from app.posts.models import PostState
from app.posts.schemas import PostRead


@dataclass(frozen=True, slots=True)
class PostRow:
    """One line of the list."""

    post: PostRead
    words: StateWords
    reason: str
    alert: str
    at: datetime
    is_ahead: bool
    picture: str


def make_row(i18n: Translator, post: PostRead) -> PostRow:
    """Show a post as a line of the list."""
    ahead = None if post.finalized_at else post.scheduled_at or post.next_attempt_at
    return PostRow(
        post=post,
        words=STATES[PostState(post.state)],
        reason=explain_reason(i18n, post.state_reason, post.state_detail),
        alert=explain_alert(i18n, post.alert),
        at=ahead or post.finalized_at or post.created_at,
        is_ahead=ahead is not None,
        picture=picture_href(post, 1, small=True) if post.media else "",
    )


def picture_href(post: PostRead, number: int, *, small: bool = False) -> str:
    """A picture for editors: not TikTok's address, where every request counts as TikTok's.

    It changes with the media, so that browsers may keep what they have.
    """
    version = hashlib.sha256(post.media[number - 1].encode()).hexdigest()[:8]
    return f"/admin/posts/{quote(post.id)}/pictures/{number}{'/small' if small else ''}?v={version}"
