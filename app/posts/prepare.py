"""Preparing a post: its pictures under our own address, its text within TikTok's limits."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account
from app.articles.models import Article, Source
from app.captions.hashtags import HashtagRules
from app.captions.schemas import Caption, CaptionArticle, TemplateOverrides
from app.captions.service import render_caption
from app.config import Settings
from app.kit.clock import utcnow
from app.media.models import MediaAsset
from app.media.service import ImageSource, PreparedMedia, grant_media, list_assets, prepare_images
from app.posts.lease import LeaseLost
from app.posts.models import Post, PostState
from app.posts.settings import load_hashtag_rules, load_templates, text_limits
from app.posts.waits import Halt, try_again, wait_for_person
from app.resources import Resources

_MEDIA_TRIES = 3
_NO_IMAGE = "The article has no picture that TikTok would take. Give it one in the CMS, or cancel the post."
_NO_TEXT = "The article has neither a title nor a text. Give it a title in the CMS, or cancel the post."


@dataclass(frozen=True, slots=True)
class CaptionRules:
    """The newsroom's templates and hashtag rules, as they are now."""

    templates: TemplateOverrides
    hashtags: HashtagRules


async def load_caption_rules(session: AsyncSession) -> CaptionRules:
    return CaptionRules(await load_templates(session), await load_hashtag_rules(session))


async def prepare(app: Resources, post: Post, article: Article, account: Account, holder: str) -> Halt | None:
    """Make a post ready for TikTok, or say what is missing. Pictures are fetched once per version of the article."""
    async with app.read() as session:
        rules = await load_caption_rules(session)
        source = await session.get_one(Source, article.source_id)
        assets = await list_assets(session, post.id)
    has_media = len(assets) == post.media_count > 0 and await asyncio.to_thread(_are_on_disk, app.media_dir, assets)
    caption = write_caption(app.settings, article, account, rules, source_name=source.name, kind=post.kind)
    if has_media and post.prepared_version == article.version:
        async with app.transaction() as session:
            await _store(session, post, holder, _text(post, account, caption))
    else:
        halt = await _prepare_media(app, post, article, holder, _text(post, account, caption))
        if halt is not None:
            return halt
    if not post.is_edited and not caption.title and not caption.description:
        return wait_for_person("needs_text", _NO_TEXT)
    return None


async def _prepare_media(
    app: Resources, post: Post, article: Article, holder: str, text: dict[str, Any]
) -> Halt | None:
    async def settle(session: AsyncSession, prepared: PreparedMedia) -> None:
        media = {
            "prepared_version": article.version,
            "media_count": len(prepared.assets),
            "media_problems": prepared.lines,
        }
        # Pictures are served as immutable: a new set needs new addresses, or a browser shows the old one.
        media["preview_token"] = await grant_media(session, post.id)
        await _store(session, post, holder, text | media)

    media = await prepare_images(app, post.id, list_images(article), settle=settle)
    if media.assets:
        return None
    if media.is_worth_retrying and post.failures < _MEDIA_TRIES:
        detail = "The article's pictures could not be fetched. It is tried again."
        return try_again(post.failures, "media_unavailable", detail)
    return wait_for_person("needs_image", _NO_IMAGE)


def _are_on_disk(folder: Path, assets: Sequence[MediaAsset]) -> bool:
    return all((folder / asset.path).is_file() for asset in assets)


def list_images(article: Article) -> list[ImageSource]:
    """The article's pictures in its own order."""
    return [ImageSource(url=str(image["url"]), alt=str(image.get("alt") or "")) for image in article.images]


def write_caption(
    settings: Settings,
    article: Article,
    account: Account | None,
    rules: CaptionRules,
    *,
    source_name: str,
    kind: str = "photo",
) -> Caption:
    """Render the post's text; the account's language chooses the template where the article names none."""
    return render_caption(
        CaptionArticle(
            title=article.title,
            excerpt=article.excerpt,
            text=article.text,
            url=article.url,
            language=article.language or (account.language if account else ""),
            category=article.category,
            tags=tuple(article.tags),
            breaking=article.breaking,
            source_name=source_name,
            is_paywalled=article.is_paywalled,
        ),
        kind=kind,
        templates=rules.templates,
        rules=rules.hashtags,
        limits=text_limits(settings, account),
        with_link=account.with_link if account else True,
    )


def _text(post: Post, account: Account, caption: Caption) -> dict[str, Any]:
    values: dict[str, Any] = {"mode": account.mode.value}
    if not post.is_edited:
        values |= {
            "title": caption.title,
            "description": caption.description,
            "hashtags": list(caption.hashtags),
        }
    return values


async def _store(session: AsyncSession, post: Post, holder: str, values: dict[str, Any]) -> None:
    stored = await session.exec(
        sa.update(Post)
        .where(
            col(Post.id) == post.id,
            col(Post.state) == PostState.queued,
            col(Post.lease_token) == holder,
            # What TikTok is being given stays what the row shows, even where the same job runs twice at once.
            col(Post.is_sending).is_(False),
        )
        .values(updated_at=utcnow(), **values)
    )
    if stored.rowcount != 1:
        raise LeaseLost
