"""What a template or hashtag rules that are being edited would make of the newsroom's own last articles."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import load_only
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.queries import is_id
from app.articles.models import Article, Source
from app.captions.hashtags import HashtagReason, HashtagRules, explain_hashtags
from app.captions.samples import SAMPLE_ARTICLES
from app.captions.schemas import Caption, CaptionArticle, CaptionLimits, PostKind, TemplateKind
from app.captions.service import language_of, render_caption
from app.captions.templates import validate_template
from app.errors import NotFound
from app.kit.languages import bare_language
from app.messages import refusals
from app.posts.prepare.caption import describe_article

_LOOKED_THROUGH = 100
MOST_SHOWN = 4
SAMPLE = "sample-"
"""Before the language of an article of ours, in the place of an article's id."""


@dataclass(frozen=True, slots=True)
class OwnArticle:
    """An article of the newsroom's, or one of ours where it has none."""

    id: str
    article: CaptionArticle
    language: str


@dataclass(frozen=True, slots=True)
class TemplateTrial:
    """What a template makes of one article."""

    own: OwnArticle
    caption: Caption


async def list_own_articles(session: AsyncSession, language: str = "") -> list[OwnArticle]:
    """List the last articles, of a language where one is given, else of any; ours where there is none."""
    wanted = (
        Article.title, Article.excerpt, Article.text, Article.url, Article.language, Article.category, Article.tags,
        Article.breaking, Article.is_paywalled, Article.caption,
    )  # fmt: skip
    query = (
        select(Article, Source.name)
        .join(Source, col(Source.id) == col(Article.source_id))
        .where(col(Article.title) != "")
        .options(load_only(*wanted))  # type: ignore[arg-type]
        .order_by(col(Article.id).desc())
        .limit(_LOOKED_THROUGH)
    )
    own = [_own(article, name) for article, name in (await session.exec(query)).all()]
    own += [
        OwnArticle(f"{SAMPLE}{code}", sample, code)
        for code, sample in SAMPLE_ARTICLES.items()
        if not any(code == bare_language(one.language) for one in own)
    ]
    same = [one for one in own if language in {one.language, bare_language(one.language)}] if language else own
    return same or own


async def get_own_article(session: AsyncSession, article_id: str) -> OwnArticle:
    """Give one article by its id, or one of ours. Raises NotFound."""
    sample = SAMPLE_ARTICLES.get(article_id.removeprefix(SAMPLE)) if article_id.startswith(SAMPLE) else None
    if sample is not None:
        return OwnArticle(article_id, sample, sample.language)
    article = await session.get(Article, article_id) if is_id(article_id) else None
    if article is None:
        raise NotFound(refusals.NO_ARTICLE)
    source = await session.get_one(Source, article.source_id)
    return _own(article, source.name)


def try_template(
    own: Sequence[OwnArticle], kind: TemplateKind, source: str, rules: HashtagRules, limits: CaptionLimits
) -> list[TemplateTrial]:
    """Render articles by a template that nobody has saved. Raises TemplateRefused with line and reason.

    The kind's other template, of a photo post, is the shipped one.
    """
    validate_template(source, kind)
    post_kind = PostKind.video if kind is TemplateKind.video_caption else PostKind.photo
    return [
        TemplateTrial(
            one,
            render_caption(
                one.article,
                kind=post_kind,
                language=one.language,
                templates={(kind, "default"): source},
                rules=rules,
                limits=limits,
                with_link=True,
            ),
        )
        for one in own[:MOST_SHOWN]
    ]


def try_rules(own: OwnArticle, rules: HashtagRules) -> list[HashtagReason]:
    """Say of an article's hashtags where they come from, by rules that nobody has saved."""
    return list(explain_hashtags(own.article, rules))


def _own(article: Article, source_name: str) -> OwnArticle:
    told = describe_article(article, source_name)
    return OwnArticle(article.id, told, language_of(told))
