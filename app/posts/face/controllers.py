"""Posts over HTTP: lists, one post, previews, caption settings."""

from typing import Annotated

from litestar import Controller, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.access import ADMIN, EDITOR
from app.captions.hashtags import HashtagRules
from app.captions.schemas_settings import CaptionSettings, CaptionSettingsUpdate
from app.config import Settings
from app.kit.search import LONGEST_QUERY
from app.posts.face import views
from app.posts.face.controllers_decisions import decision_handlers
from app.posts.face.controllers_sign_off import sign_off_handlers
from app.posts.face.controllers_stats import show_figures, show_stats
from app.posts.face.listing import PostNeed, PostSort
from app.posts.face.query import make_filter
from app.posts.models import PostState
from app.posts.prepare import caption_settings
from app.posts.prepare import preview as previewing
from app.posts.schemas import PostDetail, PostList
from app.posts.schemas_preview import PreviewRead, PreviewRequest
from app.resources import Resources
from app.web.list_parameters import CURSOR_MEANS, Limit


class PostController(Controller):
    """Posts; what a person decides about them stands in `controllers_decisions`."""

    path = "/api/posts"
    tags = ("Posts",)
    opt = EDITOR

    @get(operation_id="list_posts", name="posts:list")
    async def list_posts(
        self,
        session: NamedDependency[AsyncSession],
        settings: NamedDependency[Settings],
        q: Annotated[str, QueryParameter(max_length=LONGEST_QUERY)] = "",
        post_state: Annotated[list[PostState] | None, QueryParameter(name="state")] = None,
        account_id: FromQuery[str | None] = None,
        article_id: FromQuery[str | None] = None,
        source_id: FromQuery[str | None] = None,
        first: Annotated[str, QueryParameter(name="from", max_length=40)] = "",
        last: Annotated[str, QueryParameter(name="to", max_length=40)] = "",
        need: FromQuery[PostNeed | None] = None,
        sort: FromQuery[PostSort] = PostSort.newest,
        limit: Limit = 50,
        cursor: Annotated[str | None, QueryParameter(description=CURSOR_MEANS)] = None,
    ) -> PostList:
        """List posts, newest first where `sort` says nothing else."""
        wanted = make_filter(
            zone=settings.timezone,
            q=q,
            states=post_state or (),
            account_id=account_id,
            article_id=article_id,
            source_id=source_id,
            first=first,
            last=last,
            need=need,
            sort=sort,
        )
        return await views.list_posts(session, settings, wanted, limit=limit, cursor=cursor)

    @get("/{post_id:str}", operation_id="get_post", name="posts:show")
    async def get_post(
        self, session: NamedDependency[AsyncSession], settings: NamedDependency[Settings], post_id: FromPath[str]
    ) -> PostDetail:
        """Read one post with its attempts and its timeline."""
        return await views.get_post(session, settings, post_id)


@post("/api/preview", status_code=200, operation_id="preview", tags=["Posts"],
      opt={**EDITOR, "untold": True})  # fmt: skip
async def preview(resources: NamedDependency[Resources], data: JSONBody[PreviewRequest]) -> PreviewRead:
    """Show what an article would become, without changing anything."""
    return await previewing.preview(resources, data)


class SettingsController(Controller):
    """Caption templates and hashtag rules."""

    path = "/api/settings"
    tags = ("Settings",)
    opt = ADMIN

    @get("/captions", operation_id="read_caption_settings")
    async def read_caption_settings(self, session: NamedDependency[AsyncSession]) -> CaptionSettings:
        """Read every caption template."""
        return await caption_settings.read_caption_settings(session)

    @put("/captions", operation_id="save_caption_templates")
    async def save_caption_templates(
        self, session: NamedDependency[AsyncSession], data: JSONBody[CaptionSettingsUpdate]
    ) -> CaptionSettings:
        """Store caption templates; a bad one is refused with its line and the reason, and then none is stored."""
        return await caption_settings.save_caption_templates(session, data.templates)

    @get("/hashtags", operation_id="read_hashtag_rules")
    async def read_hashtag_rules(self, session: NamedDependency[AsyncSession]) -> HashtagRules:
        """Read the hashtag rules."""
        return await caption_settings.load_hashtag_rules(session)

    @put("/hashtags", operation_id="save_hashtag_rules")
    async def save_hashtag_rules(
        self, session: NamedDependency[AsyncSession], data: JSONBody[HashtagRules]
    ) -> HashtagRules:
        """Replace the hashtag rules."""
        return await caption_settings.save_hashtag_rules(session, data)

    @post("/hashtags/presets/{name:str}", status_code=200, operation_id="use_hashtag_preset")
    async def use_hashtag_preset(self, session: NamedDependency[AsyncSession], name: FromPath[str]) -> HashtagRules:
        """Put a ready set in the place of the hashtag rules: `satpayev` is there."""
        return await caption_settings.use_hashtag_preset(session, name)


route_handlers: list[ControllerRouterHandler] = [
    PostController,
    *decision_handlers(),
    *sign_off_handlers(),
    SettingsController,
    preview,
    show_stats,
    show_figures,
]
