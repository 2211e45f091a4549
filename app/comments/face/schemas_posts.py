"""Posts of business accounts as the API shows them, and a comment of one's own as it takes one."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import BaseModel, Field

from app.comments.face.schemas import ReplyRead
from app.comments.face.schemas_acts import ReplyAsk
from app.messages.message import Message

if TYPE_CHECKING:
    from app.comments.face.posts import PostShown


class PostRead(BaseModel):
    """A post of a business account. `comments` is TikTok's count; `known` and `unread` are of the inbox, of the first
    level. `pending`: comments of the newsroom's own whose outcome is not known yet.
    """

    account_id: str
    item_id: str
    caption: str
    url: str
    made_at: datetime | None
    comments: int
    known: int
    unread: int
    can_comment: bool
    why_not: str | None
    why_not_text: Message | None
    pending: list[ReplyRead]

    @classmethod
    def of(cls, shown: "PostShown") -> Self:
        row, why = shown.row, shown.why_not
        return cls(
            account_id=row.account_id, item_id=row.item_id, caption=row.caption, url=row.share_url,
            made_at=row.made_at, comments=row.comments, known=shown.known, unread=shown.unread,
            can_comment=why is None, why_not=why.value if why else None, why_not_text=why.message if why else None,
            pending=[ReplyRead.of(one) for one in shown.pending],
        )  # fmt: skip


class PostList(BaseModel):
    items: list[PostRead]
    next_cursor: str | None


class OwnCommentAsk(ReplyAsk):
    """`account_id` is needed only where two business accounts have listed the post."""

    account_id: Annotated[str, Field(max_length=36)] = ""
