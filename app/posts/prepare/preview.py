"""A dry run: what an article would become for an account. Nothing is stored.

TikTok is asked only how long a film this creator may post, as a post with a film asks it.
"""

import base64
import dataclasses
import json
from collections.abc import Mapping

from app.accounts.models import Account, PublishMode
from app.accounts.queries import is_id
from app.articles.adapters import generic
from app.articles.adapters.base import ParsedDelivery
from app.articles.models import Article, Source
from app.captions.schemas import Caption
from app.errors import Invalid, NotFound
from app.kit.clock import utcnow
from app.media.models import MediaAsset
from app.media.preparing import inspect_card, inspect_images, inspect_video
from app.media.problems import MediaProblem
from app.media.uploads.find import find_uploads
from app.media.videos.kinds import MAX_SECONDS
from app.messages import access, media_faults, post_media, post_refusals, refusals
from app.posts.gates import account_gate, readiness_gate
from app.posts.models import Post, PostKind
from app.posts.prepare.article_media import at_their_addresses, list_images, media_addresses
from app.posts.prepare.caption import CaptionRules, load_caption_rules, write_caption
from app.posts.prepare.missing_media import Patience, ask_about_film, judge_film, judge_pictures, patience_of
from app.posts.prepare.post import headline_card
from app.posts.prepare.video import most_seconds
from app.posts.schemas_preview import MediaVerdict, PreviewRead, PreviewRequest
from app.posts.waits import Halt
from app.resources import Resources


@dataclasses.dataclass(frozen=True, slots=True)
class _Subject:
    article: Article
    source_name: str
    card_name: str
    account: Account | None
    rules: CaptionRules
    uploads: Mapping[str, MediaAsset]


async def preview(app: Resources, data: PreviewRequest) -> PreviewRead:
    """Render an article's text and look at its media, without keeping anything."""
    subject = await _read(app, data)
    article, account = subject.article, subject.account
    look = await _inspect(app, subject)
    caption = _caption(app, subject, look.kind)
    problems = [str(note) for note in caption.notes]
    if account is not None:
        post = Post(article_id=article.id, account_id=account.id, mode=account.settings.mode, is_approved=True)
        halts = (account_gate(account), readiness_gate(post, account))
        problems += [halt.detail for halt in halts if halt is not None]
    if look.halt is not None:
        problems.append(look.halt.detail)
    elif not look.media.usable:
        problems.append(post_media.NO_PICTURE_AT_ALL)
    return PreviewRead(
        kind=look.kind,
        title=caption.title,
        description=caption.description,
        hashtags=list(caption.hashtags),
        media=look.media,
        problems=problems,
    )


@dataclasses.dataclass(frozen=True, slots=True)
class _Look:
    """What an article's media are worth now; `halt` is what a post would wait for."""

    kind: PostKind
    media: MediaVerdict
    halt: Halt | None = None


async def _inspect(app: Resources, subject: _Subject) -> _Look:
    """Judge the media as `prepare` would: the video, else the pictures, else a card with the headline."""
    article = subject.article
    patience = _patience(app, subject)
    lines: list[str] = []
    trouble: MediaProblem | None = None
    if article.video_url:
        most = await most_seconds(app, subject.account) if subject.account else MAX_SECONDS
        uploaded = subject.uploads.get(article.video_url)
        film = await inspect_video(app, article.video_url, most_seconds=most, uploaded=uploaded)
        if not isinstance(film, MediaProblem):
            untried = (
                []
                if film.is_tried
                else [MediaProblem(article.video_url, "video_not_tried", media_faults.NOT_TRIED).line]
            )
            return _Look(PostKind.video, MediaVerdict(usable=1, problems=untried))
        trouble = film
        lines.append(film.line)
        halt = judge_film(film, patience, utcnow())
        if halt is not None or not article.images:
            return _Look(PostKind.photo, MediaVerdict(usable=0, problems=lines), halt or ask_about_film(film))
    images = list_images(article)
    if not images:
        return await _inspect_card(app, subject)
    earlier = at_their_addresses(subject.uploads)
    media = await inspect_images(app, images, source=article.source_id, earlier=earlier)
    lines += [problem.line for problem in media.problems]
    halt = judge_pictures(images, len(media.pictures), media.problems, patience, utcnow())
    if trouble is not None and halt is not None and halt.reason == "needs_image":
        halt = ask_about_film(trouble)
    return _Look(PostKind.photo, MediaVerdict(usable=len(media.pictures), problems=lines), halt)


def _patience(app: Resources, subject: _Subject) -> Patience:
    account = subject.account
    mode = account.settings.mode if account else PublishMode.direct
    post = Post(article_id=subject.article.id, account_id="", mode=mode)
    return patience_of(app.settings, post, subject.article, account, utcnow())


async def _inspect_card(app: Resources, subject: _Subject) -> _Look:
    article, account = subject.article, subject.account
    card = None
    if account is not None and account.settings.headline_card:
        words = headline_card(article, account, _caption(app, subject, PostKind.photo), subject.card_name)
        card = await inspect_card(app, words)
    address = None if card is None else f"data:image/jpeg;base64,{base64.b64encode(card).decode()}"
    return _Look(PostKind.photo, MediaVerdict(usable=int(card is not None), problems=[], card=address))


def _caption(app: Resources, subject: _Subject, kind: PostKind) -> Caption:
    return write_caption(
        app.settings, subject.article, subject.account, subject.rules, source_name=subject.source_name, kind=kind
    )


async def _read(app: Resources, data: PreviewRequest) -> _Subject:
    if (data.article_id is None) == (data.article is None):
        raise Invalid(post_refusals.ONE_ARTICLE)
    async with app.read() as session:
        rules = await load_caption_rules(session)
        account = await session.get(Account, data.account_id) if data.account_id and is_id(data.account_id) else None
        if data.account_id is not None and account is None:
            raise NotFound(access.NO_ACCOUNT)
        if data.article_id is None:
            article = _describe(data)
            uploads = await find_uploads(session, app.settings, media_addresses(article))
            return _Subject(article, "", "", account, rules, uploads)
        found = await session.get(Article, data.article_id) if is_id(data.article_id) else None
        if found is None:
            raise NotFound(refusals.NO_ARTICLE)
        source = await session.get_one(Source, found.source_id)
        uploads = await find_uploads(session, app.settings, media_addresses(found))
        return _Subject(found, source.name, source.card_name or source.name, account, rules, uploads)


def _describe(data: PreviewRequest) -> Article:
    document = {
        "type": "article.published",
        "data": {"id": "preview", "url": "https://example.invalid/", "title": "", **(data.article or {})},
    }
    news = generic.parse(json.dumps(document).encode(), generic.OPTIONS())
    assert isinstance(news, ParsedDelivery), "the type is one that the adapter knows"
    return Article(source_id="", external_id="preview", revision=utcnow(), **dataclasses.asdict(news.draft))
