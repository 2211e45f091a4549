"""What a CMS left out of an article, and what the article's own page puts there: never in the place of its words."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.articles.adapters.base import ArticleDraft
from app.articles.adapters.pictures import image_list
from app.articles.models import Article
from app.articles.rules import SourceRules, asked_by

_TEXTS = ("title", "category", "language")
_LISTS = ("tags", "authors")


def draft_in(page: Mapping[str, Any], address: str) -> ArticleDraft:
    """Make an article of what a page says, as `feeds.page.read_page` gives it."""
    told = {name: page[name] for name in (*_TEXTS, *_LISTS, "excerpt", "text", "is_paywalled") if name in page}
    images = image_list([(url, alt) for url, alt in page.get("images", ())], address)
    published_at = datetime.fromisoformat(page["published_at"]) if page.get("published_at") else None
    return ArticleDraft(url=address, images=images, published_at=published_at, **told)


def draft_now(article: Article) -> ArticleDraft:
    """Give the content of an article that is stored."""
    return ArticleDraft(**{name: getattr(article, name) for name in ArticleDraft.__slots__})


def gaps_in(draft: ArticleDraft, rules: SourceRules | None = None) -> list[str]:
    """Name what an article lacks of which its page may know: what a post is made of, and what the rules ask about."""
    has_picture = bool(draft.video_url) or any("problem" not in image for image in draft.images)
    lacks = {
        "title": not draft.title,
        "images": not has_picture,
        "text": not (draft.excerpt or draft.text),
        "language": not draft.language,
        "authors": not draft.authors,
    }
    return list({name: None for name, is_gap in lacks.items() if is_gap} | dict.fromkeys(_untold(draft, rules)))


def is_bare(draft: ArticleDraft, rules: SourceRules | None = None) -> bool:
    """Tell whether a post of it would be another one, or none, with what its page may know."""
    return not {"title", "images", "text", *_untold(draft, rules)}.isdisjoint(gaps_in(draft, rules))


def _untold(draft: ArticleDraft, rules: SourceRules | None) -> list[str]:
    return [name for name in asked_by(rules) if not getattr(draft, name)] if rules is not None else []


def filled(draft: ArticleDraft, page: ArticleDraft) -> ArticleDraft:
    """Put what the page says where the CMS said nothing. Pictures of which none can be had are as good as none."""
    texts = {name: getattr(draft, name) or getattr(page, name) for name in (*_TEXTS, *_LISTS)}
    usable = any("problem" not in image for image in draft.images)
    return replace(
        draft,
        **texts,
        excerpt=draft.excerpt or page.excerpt,
        text=draft.text or page.text,
        images=draft.images if usable or draft.video_url else page.images or draft.images,
        is_paywalled=draft.is_paywalled or page.is_paywalled,
        published_at=draft.published_at or page.published_at,
    )
