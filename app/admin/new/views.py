"""What the page of a post by hand shows, field by field."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.admin.accounts.creator import CreatorView
from app.admin.new.form import MOST_PICTURES, NewPost
from app.articles.models import Article
from app.captions.schemas import Caption, CaptionLimits


@dataclass(frozen=True, slots=True)
class AccountChoice:
    """One account to tick. `post_id`: it has a post of this article already."""

    id: str
    name: str
    username: str
    mode: str
    mode_label: str
    is_chosen: bool
    is_off: bool
    must_reconnect: bool
    posts_at_once: bool
    audience: str
    creator: CreatorView | None
    post_id: str

    @property
    def can_be_chosen(self) -> bool:
        return not (self.is_off or self.post_id)


@dataclass(frozen=True, slots=True)
class AudiencePart:
    """Who may see what one account posts, asked for when it is ticked."""

    account: AccountChoice
    creator: CreatorView


@dataclass(frozen=True, slots=True)
class MediaView:
    """One uploaded picture or video. `token` names it in addresses of ours; without one it is no longer kept."""

    url: str
    token: str
    is_video: bool
    name: str
    seconds: int


@dataclass(frozen=True, slots=True)
class CaptionView:
    """What the posts of some accounts would say."""

    names: str
    caption: Caption
    notes: Sequence[str]
    loose_hashtags: Sequence[str]
    title_count: int
    title_limit: int
    text_count: int
    text_limit: int


@dataclass(frozen=True, slots=True)
class SlotView:
    """When an account's post would go out."""

    name: str
    at: str
    why: str


@dataclass(frozen=True, slots=True)
class NewPage:
    """The form with what stands in it, and what would come of it."""

    form: NewPost
    article: Article | None
    accounts: Sequence[AccountChoice]
    media: Sequence[MediaView]
    captions: Sequence[CaptionView]
    slots: Sequence[SlotView]
    limits: CaptionLimits
    zone: str
    has_own_zone: bool
    problem: str
    form_id: str
    most_pictures: int = MOST_PICTURES
    error: str = ""

    @property
    def is_film(self) -> bool:
        return any(one.is_video for one in self.media) or bool(self.article and self.article.video_url)

    @property
    def can_ask(self) -> bool:
        return any(account.mode == "direct" for account in self.accounts)

    @property
    def address(self) -> str:
        return f"/admin/posts/new?article={self.article.id}" if self.article else "/admin/posts/new"

    @property
    def draft_address(self) -> str:
        return self.address.replace("/new", "/new/draft", 1)

    @property
    def first_picture(self) -> MediaView | None:
        return next((one for one in self.media if one.token), None)
