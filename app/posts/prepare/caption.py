"""The text of a post of an article, by the newsroom's templates and hashtag rules."""

from dataclasses import dataclass

from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account
from app.articles.models import Article
from app.captions.hashtags import HashtagRules
from app.captions.schemas import Caption, CaptionArticle, TemplateOverrides
from app.captions.service import render_caption
from app.config import Settings
from app.posts.prepare.caption_settings import load_hashtag_rules, load_templates, text_limits


@dataclass(frozen=True, slots=True)
class CaptionRules:
    """The newsroom's templates and hashtag rules, as they are now."""

    templates: TemplateOverrides
    hashtags: HashtagRules


async def load_caption_rules(session: AsyncSession) -> CaptionRules:
    """Read both."""
    return CaptionRules(await load_templates(session), await load_hashtag_rules(session))


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
        describe_article(article, source_name, account.settings.language if account else ""),
        kind=kind,
        templates=rules.templates,
        rules=rules.hashtags,
        limits=text_limits(settings, account),
        with_link=account.settings.with_link if account else True,
    )


def describe_article(article: Article, source_name: str, language: str = "") -> CaptionArticle:
    """Give what captions need of an article; `language` counts where it names none."""
    return CaptionArticle(
        title=article.title,
        excerpt=article.excerpt,
        text=article.text,
        url=article.url,
        language=article.language or language,
        category=article.category,
        tags=tuple(article.tags),
        breaking=article.breaking,
        caption=article.caption,
        source_name=source_name,
        is_paywalled=article.is_paywalled,
        is_plain=True,  # intake has made it so
    )
