"""Posts over HTTP: lists, one post, a person's decisions, previews, caption settings."""

from typing import Annotated

from litestar import Controller, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.types import ControllerRouterHandler
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.models import Admin
from app.captions.hashtags import HashtagRules
from app.config import Settings
from app.posts.face import service
from app.posts.models import PostState
from app.posts.schemas import (
    CaptionSettings,
    CaptionSettingsUpdate,
    PostApprove,
    PostDetail,
    PostList,
    PostResolve,
    PostRevise,
    PreviewRead,
    PreviewRequest,
)
from app.resources import Resources


class PostController(Controller):
    """Posts and what a person decides about them."""

    path = "/api/posts"
    tags = ("Posts",)

    @get(operation_id="list_posts", name="posts:list")
    async def list_posts(
        self,
        session: NamedDependency[AsyncSession],
        settings: NamedDependency[Settings],
        post_state: Annotated[PostState | None, QueryParameter(name="state")] = None,
        account_id: FromQuery[str | None] = None,
        article_id: FromQuery[str | None] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
        cursor: FromQuery[str | None] = None,
    ) -> PostList:
        """List posts, newest first."""
        return await service.list_posts(
            session,
            settings,
            state=post_state,
            account_id=account_id,
            article_id=article_id,
            limit=limit,
            cursor=cursor,
        )

    @get("/{post_id:str}", operation_id="get_post", name="posts:show")
    async def get_post(
        self, session: NamedDependency[AsyncSession], settings: NamedDependency[Settings], post_id: FromPath[str]
    ) -> PostDetail:
        """Read one post with its attempts and its timeline."""
        return await service.get_post(session, settings, post_id)

    @patch("/{post_id:str}", operation_id="revise_post", name="posts:revise")
    async def revise_post(
        self,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        post_id: FromPath[str],
        data: JSONBody[PostRevise],
    ) -> PostDetail:
        """Change the words and pictures of a post that failed, before it is retried."""
        await service.revise_post(resources, post_id, data, by=admin.email)
        return await _reread(resources, post_id)

    @post("/{post_id:str}/approve", status_code=200, operation_id="approve_post", name="posts:approve")
    async def approve_post(
        self,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        post_id: FromPath[str],
        data: JSONBody[PostApprove],
    ) -> PostDetail:
        """Consent to a post that awaits approval, as it is or with changes."""
        await service.approve_post(resources, post_id, data, by=admin.email)
        return await _reread(resources, post_id)

    @post("/{post_id:str}/retry", status_code=200, operation_id="retry_post", name="posts:retry")
    async def retry_post(
        self, resources: NamedDependency[Resources], admin: NamedDependency[Admin], post_id: FromPath[str]
    ) -> PostDetail:
        """Retry a failed or waiting post now, or send an unconfirmed one again."""
        await service.retry_post(resources, post_id, by=admin.email)
        return await _reread(resources, post_id)

    @post("/{post_id:str}/cancel", status_code=200, operation_id="cancel_post", name="posts:cancel")
    async def cancel_post(
        self, resources: NamedDependency[Resources], admin: NamedDependency[Admin], post_id: FromPath[str]
    ) -> PostDetail:
        """Stop a post; where TikTok works on it already, ask TikTok to stop."""
        await service.cancel_post(resources, post_id, by=admin.email)
        return await _reread(resources, post_id)

    @post("/{post_id:str}/resolve", status_code=200, operation_id="resolve_post", name="posts:resolve")
    async def resolve_post(
        self,
        resources: NamedDependency[Resources],
        admin: NamedDependency[Admin],
        post_id: FromPath[str],
        data: JSONBody[PostResolve],
    ) -> PostDetail:
        """Say whether an unconfirmed post is on TikTok."""
        await service.resolve_post(resources, post_id, data, by=admin.email)
        return await _reread(resources, post_id)

    @post("/{post_id:str}/check", status_code=200, operation_id="check_post", name="posts:check")
    async def check_post(
        self, resources: NamedDependency[Resources], admin: NamedDependency[Admin], post_id: FromPath[str]
    ) -> PostDetail:
        """Look for traces of an unconfirmed post on TikTok now."""
        await service.check_post(resources, post_id, by=admin.email)
        return await _reread(resources, post_id)

    @post("/{post_id:str}/dismiss", status_code=200, operation_id="dismiss_alert", name="posts:dismiss")
    async def dismiss_alert(
        self, resources: NamedDependency[Resources], admin: NamedDependency[Admin], post_id: FromPath[str]
    ) -> PostDetail:
        """Take the alert off a post that somebody has looked at."""
        await service.dismiss_alert(resources, post_id, by=admin.email)
        return await _reread(resources, post_id)


async def _reread(resources: Resources, post_id: str) -> PostDetail:
    async with resources.read() as session:
        return await service.get_post(session, resources.settings, post_id)


@post("/api/preview", status_code=200, operation_id="preview", tags=["Posts"])
async def preview(resources: NamedDependency[Resources], data: JSONBody[PreviewRequest]) -> PreviewRead:
    """Show what an article would become, without changing anything."""
    return await service.preview(resources, data)


class SettingsController(Controller):
    """Caption templates and hashtag rules."""

    path = "/api/settings"
    tags = ("Settings",)

    @get("/captions", operation_id="read_caption_settings")
    async def read_caption_settings(self, session: NamedDependency[AsyncSession]) -> CaptionSettings:
        """Read every caption template."""
        return await service.read_caption_settings(session)

    @put("/captions", operation_id="save_caption_templates")
    async def save_caption_templates(
        self, session: NamedDependency[AsyncSession], data: JSONBody[CaptionSettingsUpdate]
    ) -> CaptionSettings:
        """Store caption templates; a bad one is refused with its line and the reason, and then none is stored."""
        return await service.save_caption_templates(session, data.templates)

    @get("/hashtags", operation_id="read_hashtag_rules")
    async def read_hashtag_rules(self, session: NamedDependency[AsyncSession]) -> HashtagRules:
        """Read the hashtag rules."""
        return await service.load_hashtag_rules(session)

    @put("/hashtags", operation_id="save_hashtag_rules")
    async def save_hashtag_rules(
        self, session: NamedDependency[AsyncSession], data: JSONBody[HashtagRules]
    ) -> HashtagRules:
        """Replace the hashtag rules."""
        return await service.save_hashtag_rules(session, data)

    @post("/hashtags/presets/{name:str}", status_code=200, operation_id="use_hashtag_preset")
    async def use_hashtag_preset(self, session: NamedDependency[AsyncSession], name: FromPath[str]) -> HashtagRules:
        """Put a ready set in the place of the hashtag rules: `satpayev` is there."""
        return await service.use_hashtag_preset(session, name)


route_handlers: list[ControllerRouterHandler] = [PostController, SettingsController, preview]
