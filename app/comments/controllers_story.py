"""The route of what happened to an article, whichever room it happened in."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, Self

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from pydantic import BaseModel

from app.auth.access import EDITOR, allows_role
from app.auth.models import Role
from app.messages.message import Message
from app.resources import Resources

if TYPE_CHECKING:
    from app.comments.face.article_story import StoryLine


class StoryLineRead(BaseModel):
    """One thing that happened. `id` is the boost's or the comment's; `text` is what a reader wrote, `why` what we say.

    `spend` is what a boost has cost in all its days, as of `at`, in `currency`.
    """

    at: datetime
    kind: Literal["post", "boost", "comment"]
    post_id: str | None
    account: str
    id: str | None
    state: str
    why: Message | None
    author: str
    text: str
    spend: Decimal | None
    currency: str | None

    @classmethod
    def of(cls, line: "StoryLine") -> Self:
        values = {name: getattr(line, name) for name in cls.model_fields}
        return cls(**values | {"id": line.id or None, "currency": line.currency or None})


class StoryRead(BaseModel):
    """The newest first. `has_more_comments`: older ones stand in the inbox alone."""

    items: list[StoryLineRead]
    has_more_comments: bool


@get(
    "/api/articles/{article_id:str}/timeline", name="articles:timeline", operation_id="GetArticleTimeline",
    tags=["articles"], opt=EDITOR,
)  # fmt: skip
async def get_timeline(
    request: Request[Any, Any, Any], resources: NamedDependency[Resources], article_id: FromPath[str]
) -> StoryRead:
    """Tell what happened to an article: its posts, their boosts with what they cost, and readers' comments.

    What ads cost is an admin's and a program's: an editor's answer has no boosts.
    """
    from app.comments.face.article_story import read_story

    role = getattr(request.scope.get("user"), "role", Role.admin)
    story = await read_story(resources, article_id, with_boosts=allows_role({}, role))
    return StoryRead(items=[StoryLineRead.of(line) for line in story.lines], has_more_comments=story.has_more_comments)


route_handlers: list[ControllerRouterHandler] = [get_timeline]
