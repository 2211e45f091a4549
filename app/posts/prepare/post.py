"""Preparing a post: its media under our own address, its text within TikTok's limits."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account
from app.articles.models import Article
from app.captions.schemas import Caption, CaptionLimits
from app.kit.clock import utcnow
from app.kit.text import clean, cut
from app.media.drawing import HeadlineCard
from app.media.models import MediaAsset
from app.media.preparing import PreparedMedia, drop_media, prepare_card, prepare_images
from app.media.problems import ImageSource, MediaProblem
from app.media.service import grant_media, list_assets
from app.media.uploads.find import find_uploads
from app.messages import post_media, timeline
from app.messages.message import Message
from app.posts.gates import mode_of
from app.posts.lease import LeaseLost, NotNow, pass_on, set_in_hand
from app.posts.models import Post, PostKind, PostState
from app.posts.prepare.article_media import at_their_addresses, media_addresses, wanted_images
from app.posts.prepare.caption import CaptionRules, load_caption_rules, write_caption
from app.posts.prepare.caption_settings import text_limits
from app.posts.prepare.missing_media import NO_PICTURE, judge_pictures, patience_of
from app.posts.sentences import with_messages
from app.posts.transitions import note
from app.posts.waits import Halt, wait_for_person
from app.posts.work import Work
from app.resources import Resources


@dataclass(frozen=True, slots=True)
class Draft:
    """A post that this worker makes ready, and all that its text depends on."""

    app: Resources
    work: Work
    holder: str
    rules: CaptionRules
    assets: Sequence[MediaAsset]
    """What an earlier run has brought in."""
    uploads: Mapping[str, MediaAsset] = field(default_factory=dict)
    """What of the article's media was uploaded here, by its address."""

    @property
    def post(self) -> Post:
        return self.work.post

    @property
    def article(self) -> Article:
        return self.work.article

    @property
    def account(self) -> Account:
        return self.work.account

    def caption(self, kind: PostKind) -> Caption:
        name = self.work.source.name
        return write_caption(self.app.settings, self.article, self.account, self.rules, source_name=name, kind=kind)

    def text(self, kind: PostKind) -> dict[str, Any]:
        """The columns of the post's text."""
        values: dict[str, Any] = {"mode": mode_of(self.post, self.account), "kind": kind}
        # What a person has approved stays as it was read, whatever becomes of the templates.
        if self.post.is_edited or self.post.is_approved:
            return values | _recast(self.post, kind, text_limits(self.app.settings, self.account))
        caption = self.caption(kind)
        return values | {
            "title": caption.title,
            "description": caption.description,
            "hashtags": list(caption.hashtags),
        }

    async def settle(
        self,
        session: AsyncSession,
        kind: PostKind,
        media: PreparedMedia,
        earlier: Sequence[MediaProblem] = (),
        missing_since: datetime | None = None,
    ) -> None:
        """Write into the post what was prepared for it; with `missing_since` it is not whole yet. Raises LeaseLost."""
        values = {
            "prepared_version": self.article.version if missing_since is None else None,
            "media_missing_since": missing_since,
            "media_count": len(media.assets),
            "media_problems": [problem.line for problem in earlier] + media.lines,
            # Media are served as immutable: a new set needs new addresses, or a browser shows the old one.
            "preview_token": await grant_media(session, self.post.id),
        }
        if kind is not self.post.kind:
            # Whoever approved a film has not seen the pictures that take its place.
            values["is_approved"] = False
        await self.store(session, **self.text(kind), **values)

    async def store(self, session: AsyncSession, **values: Any) -> None:
        await set_in_hand(session, self.post.id, self.holder, updated_at=utcnow(), **with_messages(values))

    async def note(self, why: Message) -> None:
        """Write a line into the timeline."""
        async with self.app.transaction() as session:
            await note(session, self.post.id, PostState.queued, why)


async def read_draft(session: AsyncSession, app: Resources, work: Work, holder: str) -> Draft:
    """Read what preparing a post needs."""
    rules = await load_caption_rules(session)
    uploads = await find_uploads(session, app.settings, media_addresses(work.article))
    return Draft(app, work, holder, rules, await list_assets(session, work.post.id), uploads)


async def prepare(draft: Draft) -> Halt | None:
    """Make a post ready for TikTok, or say what is missing. Media are fetched once per version of the article.

    A video takes minutes, so a job of its own makes it and then wakes this one again: LeaseLost is raised meanwhile.
    """
    app, post = draft.app, draft.post
    if await _has_media(draft):
        async with app.transaction() as session:
            await draft.store(session, **draft.text(post.kind))
        return text_gate(draft, post.kind)
    if draft.article.video_url:
        async with app.transaction() as session:
            await pass_on(session, post.id, draft.holder, "posts.prepare_video")
        raise LeaseLost
    return await prepare_pictures(draft)


async def prepare_pictures(draft: Draft, *, instead_of: Sequence[MediaProblem] = ()) -> Halt | None:
    """Make the article's pictures ready, or a card with its headline; `instead_of` names a video that cannot be."""
    images = wanted_images(draft.post, draft.article)
    if not images:
        return await _prepare_without(draft, instead_of)
    halt: Halt | None = None

    async def settle(session: AsyncSession, media: PreparedMedia) -> None:
        nonlocal halt
        now = utcnow()
        patience = patience_of(draft.app.settings, draft.post, draft.article, draft.account, now)
        halt = judge_pictures(images, len(media.assets), media.problems, patience, now)
        missing_since = None if halt is None else patience.since
        await draft.settle(session, PostKind.photo, media, instead_of, missing_since)
        if halt is None:
            await _note_missing_cover(session, draft, images[0], media.problems)

    source = draft.article.source_id
    with draft.app.downloads.places.take(source) as is_taken:
        if not is_taken:
            raise NotNow
        earlier = [*_list_earlier(draft), *at_their_addresses(draft.uploads)]
        await prepare_images(draft.app, draft.post.id, images, source=source, earlier=earlier, settle=settle)
    return halt or text_gate(draft, PostKind.photo)


def _list_earlier(draft: Draft) -> Sequence[MediaAsset]:
    """List the pictures that an earlier try has brought in, while others are still missed."""
    if draft.post.media_missing_since is None or draft.post.kind is PostKind.video:
        return ()
    return [asset for asset in draft.assets if asset.source_url]


async def _note_missing_cover(
    session: AsyncSession, draft: Draft, cover: ImageSource, problems: Sequence[MediaProblem]
) -> None:
    problem = next((problem for problem in problems if problem.url == cover.url), None)
    if problem is not None:
        why = post_media.first_left_out(cause=problem.message)
        await note(session, draft.post.id, PostState.queued, why)


async def _prepare_without(draft: Draft, instead_of: Sequence[MediaProblem]) -> Halt | None:
    """Draw a card for an article that has no picture at all, where the account wants that."""
    # Who sent a video wanted to show something: words on a plain card would not be that.
    if not (instead_of or draft.article.images) and draft.account.settings.headline_card and await _prepare_card(draft):
        return text_gate(draft, PostKind.photo)
    async with draft.app.transaction() as session:
        await drop_media(session, draft.post.id)
        await draft.settle(session, PostKind.photo, PreparedMedia([]), instead_of)
    return wait_for_person("needs_image", NO_PICTURE)


async def _prepare_card(draft: Draft) -> bool:
    async def settle(session: AsyncSession, media: PreparedMedia) -> None:
        await draft.settle(session, PostKind.photo, media)
        await note(session, draft.post.id, PostState.queued, post_media.CARD)

    caption, source = draft.caption(PostKind.photo), draft.work.source
    card = headline_card(draft.article, draft.account, caption, source.card_name or source.name)
    media = await prepare_card(draft.app, draft.post.id, card, settle=settle)
    return bool(media.assets)


def headline_card(article: Article, account: Account, caption: Caption, card_name: str) -> HeadlineCard:
    """Choose a card's words: the headline as the newsroom wrote it, else the one that the caption has found."""
    return HeadlineCard(
        title=clean(article.title) or caption.title,
        section=clean(article.category),
        source=clean(card_name),
        background=account.settings.card_background,
        text=account.settings.card_text,
    )


def text_gate(draft: Draft, kind: PostKind) -> Halt | None:
    """Stop a post that says nothing."""
    caption = draft.caption(kind)
    if not draft.post.is_edited and not caption.title and not caption.description:
        return wait_for_person("needs_text", timeline.NO_TEXT)
    return None


async def is_edited_since(session: AsyncSession, article: Article) -> bool:
    """Tell whether the article was edited while its post was made ready: then what was found out is out of date."""
    query = select(Article.version).where(Article.id == article.id)
    return (await session.exec(query)).one() != article.version


async def _has_media(draft: Draft) -> bool:
    post, assets = draft.post, draft.assets
    is_complete = len(assets) == post.media_count > 0 and post.prepared_version == draft.article.version
    return is_complete and await asyncio.to_thread(_are_on_disk, draft.app.media_dir, assets)


def _are_on_disk(folder: Path, assets: Sequence[MediaAsset]) -> bool:
    return all((folder / asset.path).is_file() for asset in assets)


def _recast(post: Post, kind: PostKind, limits: CaptionLimits) -> dict[str, Any]:
    """Keep a person's words where a video takes the pictures' place or gives it up: its text is one, theirs are two."""
    if kind is post.kind:
        return {}
    if kind is PostKind.video:
        text = "\n\n".join(part for part in (post.title, post.description) if part)
        return {"title": cut(text, limits.caption), "description": ""}
    title, _, rest = post.title.partition("\n")
    return {"title": cut(title, limits.title), "description": cut(rest.strip(), limits.description)}
