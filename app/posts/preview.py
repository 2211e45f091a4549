"""A dry run: what an article would become for an account. Nothing is stored.

TikTok is asked only how long a film this creator may post, as a post with a film asks it.
"""

import base64
import dataclasses
import json

from app.accounts.models import Account
from app.accounts.queries import is_id
from app.articles.adapters import generic
from app.articles.adapters.base import ParsedDelivery
from app.articles.models import Article, Source
from app.captions.schemas import Caption
from app.errors import Invalid, NotFound
from app.kit.clock import utcnow
from app.media.service import MediaProblem, inspect_card, inspect_images, inspect_video
from app.media.video_kinds import MAX_SECONDS
from app.posts.gates import account_gate, readiness_gate
from app.posts.models import Post, PostKind
from app.posts.prepare import CaptionRules, headline_card, list_images, load_caption_rules, write_caption
from app.posts.prepare_video import film_trouble, most_seconds
from app.posts.schemas import MediaVerdict, PreviewRead, PreviewRequest
from app.resources import Resources

_NO_PICTURE = "The article has no picture that TikTok would take."
_NOT_TRIED = "the video is too long to be tried to its end in a preview"


@dataclasses.dataclass(frozen=True, slots=True)
class _Subject:
    article: Article
    source_name: str
    card_name: str
    account: Account | None
    rules: CaptionRules


async def preview(app: Resources, data: PreviewRequest) -> PreviewRead:
    """Render an article's text and look at its media, without keeping anything."""
    subject = await _read(app, data)
    article, account = subject.article, subject.account
    kind, media, missing = await _inspect(app, subject)
    caption = _caption(app, subject, kind)
    problems = [str(note) for note in caption.notes]
    if account is not None:
        post = Post(article_id=article.id, account_id=account.id, mode=account.mode, is_approved=True)
        halts = (account_gate(account), readiness_gate(post, account))
        problems += [halt.detail for halt in halts if halt is not None]
    problems += missing
    return PreviewRead(
        kind=kind,
        title=caption.title,
        description=caption.description,
        hashtags=list(caption.hashtags),
        media=media,
        problems=problems,
    )


async def _inspect(app: Resources, subject: _Subject) -> tuple[PostKind, MediaVerdict, list[str]]:
    """Judge the media as `prepare` would: the video, else the pictures, else a card with the headline."""
    article, account = subject.article, subject.account
    lines: list[str] = []
    missing = _NO_PICTURE
    if article.video_url:
        most = MAX_SECONDS if account is None else await most_seconds(app, account)
        film = await inspect_video(app, article.video_url, most_seconds=most)
        if not isinstance(film, MediaProblem):
            untried = [] if film.is_tried else [MediaProblem(article.video_url, "video_not_tried", _NOT_TRIED).line]
            return PostKind.video, MediaVerdict(usable=1, problems=untried), []
        lines.append(film.line)
        missing = film_trouble(film)
    media = await inspect_images(app, list_images(article))
    lines += [problem.line for problem in media.problems]
    card = None
    if account is not None and account.headline_card and not media.pictures and not article.video_url:
        words = headline_card(article, account, _caption(app, subject, PostKind.photo), subject.card_name)
        card = await inspect_card(app, words)
    address = None if card is None else f"data:image/jpeg;base64,{base64.b64encode(card).decode()}"
    usable = len(media.pictures) or int(card is not None)
    verdict = MediaVerdict(usable=usable, problems=lines, card=address)
    return PostKind.photo, verdict, [] if usable else [missing]


def _caption(app: Resources, subject: _Subject, kind: PostKind) -> Caption:
    return write_caption(
        app.settings, subject.article, subject.account, subject.rules, source_name=subject.source_name, kind=kind
    )


async def _read(app: Resources, data: PreviewRequest) -> _Subject:
    if (data.article_id is None) == (data.article is None):
        raise Invalid("Give either article_id or article.")
    async with app.read() as session:
        rules = await load_caption_rules(session)
        account = await session.get(Account, data.account_id) if data.account_id and is_id(data.account_id) else None
        if data.account_id is not None and account is None:
            raise NotFound("There is no such account.")
        if data.article_id is None:
            return _Subject(_describe(data), "", "", account, rules)
        article = await session.get(Article, data.article_id) if is_id(data.article_id) else None
        if article is None:
            raise NotFound("There is no such article.")
        source = await session.get_one(Source, article.source_id)
        return _Subject(article, source.name, source.card_name or source.name, account, rules)


def _describe(data: PreviewRequest) -> Article:
    document = {
        "type": "article.published",
        "data": {"id": "preview", "url": "https://example.invalid/", "title": "", **(data.article or {})},
    }
    news = generic.parse(json.dumps(document).encode(), generic.OPTIONS())
    assert isinstance(news, ParsedDelivery), "the type is one that the adapter knows"
    return Article(source_id="", external_id="preview", revision=utcnow(), **dataclasses.asdict(news.draft))
