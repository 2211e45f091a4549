"""A post by hand as the API takes it, and what came of it."""

from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from app.accounts.models import PublishMode
from app.articles.by_hand import ArticleByHand
from app.posts.schemas_decisions import PostSwitches, PrivacyLevel

_Id = Annotated[str, Field(max_length=36)]


class PostCreate(PostSwitches):
    """A post by hand: of an article that is here, or of one that is written with it, for one or more accounts.

    `scheduled_at` is the earliest time; `good_slot` is the account's next hour of the day at which people read, apart
    from its other posts; without it the post takes the next free slot. `mode` is the account's own, or `approve` where
    the account posts at once. `title` and `description` are the text word for word; without them the caption templates
    write it. A switch that is given goes before the account's; `privacy_levels` says the audience by account.
    """

    model_config = ConfigDict(extra="forbid")

    article_id: _Id | None = None
    article: ArticleByHand | None = None
    account_ids: Annotated[list[_Id], Field(min_length=1, max_length=50)]
    scheduled_at: AwareDatetime | Literal["good_slot"] | None = None
    mode: PublishMode | None = None
    privacy_levels: Annotated[dict[_Id, PrivacyLevel], Field(max_length=50, default_factory=dict)]

    @model_validator(mode="after")
    def _is_of_one_article(self) -> Self:
        if (self.article_id is None) == (self.article is None):
            raise ValueError("give either article_id or article")
        return self


class PostsCreated(BaseModel):
    """The article and the posts of it for the accounts that were named. `duplicate`: all of them were there before."""

    article_id: str
    post_ids: list[str]
    duplicate: bool
