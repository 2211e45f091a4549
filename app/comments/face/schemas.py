"""Comments as the API shows and takes them."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.comments.models import Comment, CommentFeed, CommentSource, CommentState
from app.comments.models_said import CommentReply, OwnComment, ReplyState
from app.messages.message import Message, read_whole

if TYPE_CHECKING:
    from app.comments.face.listing import AdShown, Shown

AdvertiserId = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,20}$")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AuthorRead(BaseModel):
    id: str
    name: str
    avatar_url: str


class CommentBase(BaseModel):
    """A comment or a reply. `text_before` is what an edited one said first; `hit_word` the blocked word that hid it.

    One of a picture has no text, and `image_url`: where TikTok had the picture when it last told of it.
    """

    id: str
    comment_id: str
    parent_comment_id: str | None
    source: CommentSource
    author: AuthorRead
    text: str
    text_before: str | None
    image_url: str | None
    language: str
    likes: int
    status: str
    is_own: bool
    is_pinned: bool
    is_liked: bool
    is_blocked: bool
    hit_word: str | None
    created_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    can_reply: bool
    why_not: str | None
    why_not_text: Message | None


class ReplyRead(BaseModel):
    """What the newsroom says. `unknown`: TikTok's answer was lost, and the thread does not show it yet."""

    id: str
    text: str
    state: ReplyState
    comment_id: str | None
    by: str
    created_at: datetime
    sent_at: datetime | None

    @classmethod
    def of(cls, row: CommentReply | OwnComment) -> Self:
        comment_id = row.reply_comment_id if isinstance(row, CommentReply) else row.comment_id
        return cls(
            id=row.id, text=row.text, state=row.state, comment_id=comment_id, by=row.caller,
            created_at=row.created_at, sent_at=row.sent_at,
        )  # fmt: skip


class CommentRead(CommentBase):
    """A comment with its thread, what is on its way to it, and who answers it just now.

    `item_caption` and `item_url` are of the business account's post that it stands under.
    """

    advertiser_id: str | None
    account_id: str | None
    ad_id: str | None
    ad_name: str
    adgroup_id: str | None
    item_id: str | None
    item_caption: str | None
    item_url: str | None
    replies: int
    state: CommentState
    assigned_to: str | None
    assignee: str | None
    answering: list[str]
    pending_replies: list[ReplyRead]
    thread: list[CommentBase]

    @classmethod
    def of(cls, shown: "Shown") -> Self:
        row = shown.row
        is_ad = row.source is CommentSource.ad
        return cls(
            **_base(shown).model_dump(exclude={"why_not_text"}),
            why_not_text=shown.why_not.message if shown.why_not else None,
            advertiser_id=row.owner_id if is_ad else None,
            account_id=None if is_ad else row.owner_id,
            ad_id=row.ad_id,
            ad_name=row.ad_name,
            adgroup_id=row.place_id if is_ad else None,
            item_id=row.item_id,
            item_caption=shown.post.caption if shown.post else None,
            item_url=shown.post.share_url if shown.post else None,
            replies=row.replies,
            state=row.state,
            assigned_to=row.assignee_id,
            assignee=shown.assignee,
            answering=list(shown.answering),
            pending_replies=[ReplyRead.of(one) for one in shown.pending],
            thread=[_base(one) for one in shown.thread],
        )


def _base(shown: "Shown") -> CommentBase:
    row: Comment = shown.row
    return CommentBase(
        id=row.id, comment_id=row.comment_id, parent_comment_id=row.parent_comment_id, source=row.source,
        author=AuthorRead(id=row.author_id, name=row.author_name, avatar_url=row.avatar_url), text=row.text,
        text_before=row.text_before, image_url=row.image_url or None, language=row.language, likes=row.likes,
        status=row.status, is_own=row.is_own,
        is_pinned=row.is_pinned, is_liked=row.is_liked, is_blocked=row.is_blocked, hit_word=row.hit_word,
        created_at=row.created_at, edited_at=row.edited_at, deleted_at=row.deleted_at, can_reply=shown.why_not is None,
        why_not=shown.why_not.value if shown.why_not else None,
        why_not_text=shown.why_not.message if shown.why_not else None,
    )  # fmt: skip


class CommentList(BaseModel):
    items: list[CommentRead]
    next_cursor: str | None


class SyncAsk(Strict):
    """An ad account or a business account; neither: all of both."""

    advertiser_id: AdvertiserId | None = None
    account_id: Annotated[str, Field(max_length=36)] | None = None


class FeedRead(BaseModel):
    """How far an account is swept. `trouble` is why it cannot be, since `failing_since`."""

    source: CommentSource
    owner_id: str
    swept_at: datetime | None
    next_at: datetime
    trouble: Message | None
    failing_since: datetime | None

    @classmethod
    def of(cls, row: CommentFeed) -> Self:
        return cls(
            source=row.source, owner_id=row.owner_id, swept_at=row.swept_at, next_at=row.next_at,
            trouble=read_whole(row.trouble) if row.trouble else None, failing_since=row.failing_since,
        )  # fmt: skip


class FeedList(BaseModel):
    items: list[FeedRead]


class CountsRead(BaseModel):
    """How many wait, up to 1000 of each."""

    unread: int
    open: int


class AdRead(BaseModel):
    """An ad. `smart_plus`: TikTok does not show its comments to programs."""

    ad_id: str
    ad_name: str
    adgroup_id: str
    item_id: str | None
    operation_status: str
    secondary_status: str
    smart_plus: bool
    comments: int
    unread: int

    @classmethod
    def of(cls, shown: "AdShown") -> Self:
        row = shown.row
        return cls(
            ad_id=row.ad_id, ad_name=row.ad_name, adgroup_id=row.adgroup_id, item_id=row.item_id,
            operation_status=row.operation_status, secondary_status=row.secondary_status,
            smart_plus=row.is_smart_plus, comments=shown.comments, unread=shown.unread,
        )  # fmt: skip


class AdList(BaseModel):
    items: list[AdRead]


def list_of(shown: Sequence["Shown"], next_cursor: str | None) -> CommentList:
    """Show a page."""
    return CommentList(items=[CommentRead.of(one) for one in shown], next_cursor=next_cursor)
