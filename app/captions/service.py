"""An article becomes a title, a description and hashtags that fit TikTok's limits."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from app.captions.checker import TemplateRefused
from app.captions.detection import detect_language
from app.captions.fitting import Parts, fit_text, fit_title
from app.captions.hashtags import HashtagRules, build_hashtags, hashtag_key, hashtags_of
from app.captions.plain import plain_line, plain_lines, usable_link
from app.captions.schemas import (
    Caption,
    CaptionArticle,
    CaptionLimits,
    CaptionNote,
    PostKind,
    TemplateKind,
    TemplateOverrides,
)
from app.captions.templates import find_template, forget_texts, print_template, shipped_template, validate_template
from app.kit.languages import normalise_language
from app.kit.sentences import first_sentences
from app.kit.text import clean, clean_multiline, cut
from app.messages.readable import readable_address

# No headline is longer; a "title" that is, is an article in the wrong field, and must not push everything else out.
MAX_HEADLINE = 300
# More than any field of TikTok's takes; what is longer is cut anyway, and costs nothing before.
MAX_SHOWN = 5_000
EXCERPT_SENTENCES = 3
MAX_TAGS = 30

Notes = dict[CaptionNote, None]


def render_caption(
    article: CaptionArticle,
    *,
    kind: str,
    language: str = "",
    templates: TemplateOverrides | None = None,
    rules: HashtagRules | None = None,
    limits: CaptionLimits | None = None,
    with_link: bool = False,
) -> Caption:
    """Write the text of a post, `photo` or `video`. Never fails for what an article or an edited template says.

    `language` chooses the template; without it, the article's own does. Hashtags follow the article's language. Where
    nobody names one, it is found out from the words.
    """
    if kind not in set(PostKind):
        raise ValueError(f"{kind!r} is no kind of post")
    limits = limits or CaptionLimits()
    language = normalise_language(language) or language_of(article)
    notes: Notes = {}
    parts = _parts(article, language, rules or HashtagRules(), with_link, notes)
    draft = _Draft(article, parts, language, templates or {}, notes)
    try:
        return _video(draft, limits) if kind == PostKind.video else _photo(draft, limits)
    finally:
        forget_texts()


def language_of(article: CaptionArticle) -> str:
    """Tell the language that an article names, else the one that its words show; nothing where it stays open."""
    body = "" if article.is_paywalled else article.text
    words = (plain_line(article.title), plain_lines(article.excerpt[:5_000]), body)
    return normalise_language(article.language) or detect_language(*words)


@dataclass(frozen=True, slots=True)
class _Draft:
    article: CaptionArticle
    parts: Parts
    language: str
    overrides: TemplateOverrides
    notes: Notes

    def printer(self, kind: TemplateKind, tidy: Callable[[str], str]) -> Callable[[Parts], str]:
        """Take the edited template, or the shipped one where the edited one was saved under a laxer check."""
        source = find_template(kind, self.language, self.overrides)
        try:
            validate_template(source, kind)
        except TemplateRefused:
            self.notes[CaptionNote.template_refused] = None
            source = shipped_template(kind, self.language)
        return lambda some: tidy(print_template(source, _variables(self.article, some)))


def _video(draft: _Draft, limits: CaptionLimits) -> Caption:
    printer = draft.printer(TemplateKind.video_caption, clean_multiline)
    text, shown = fit_text(_headline(draft.parts), printer, limits.caption)
    return _caption(draft, text, "", shown.notes)


def _photo(draft: _Draft, limits: CaptionLimits) -> Caption:
    printer = draft.printer(TemplateKind.photo_title, clean)
    title, heading = fit_title(draft.parts, printer, limits.title)
    printer = draft.printer(TemplateKind.photo_description, clean_multiline)
    text, shown = fit_text(replace(_headline(draft.parts), notes=()), printer, limits.description)
    return _caption(draft, title, text, (*heading.notes, *shown.notes))


def _caption(draft: _Draft, title: str, description: str, notes: tuple[CaptionNote, ...]) -> Caption:
    words = {*title.split(), *description.split()}
    hashtags = tuple(tag for tag in draft.parts.hashtags if tag in words)
    return Caption(title, description, hashtags, tuple(dict.fromkeys((*draft.notes, *notes))))


def _parts(article: CaptionArticle, language: str, rules: HashtagRules, with_link: bool, notes: Notes) -> Parts:
    title = clean(article.title) if article.is_plain else plain_line(article.title)
    excerpt = clean_multiline(article.excerpt) if article.is_plain else plain_lines(article.excerpt)
    own = clean_multiline(article.caption[:MAX_SHOWN])
    excerpt = own or excerpt[:MAX_SHOWN]
    body = "" if article.is_paywalled else clean(article.text[:20_000])
    if not title and (title := cut(first_sentences(excerpt or body, 1), MAX_HEADLINE)):
        notes[CaptionNote.title_from_text] = None
    if not title:
        notes[CaptionNote.needs_title] = None
    if not excerpt and (excerpt := first_sentences(body, EXCERPT_SENTENCES)):
        notes[CaptionNote.excerpt_from_text] = None
    link = readable_address(usable_link(article.url)) if with_link else ""
    if with_link and article.url and not link:
        notes[CaptionNote.link_dropped] = None
    spoken = normalise_language(article.language) or language
    # What the editor's own words have already is not said again.
    written = {hashtag_key(tag) for word in own.split() if word.startswith("#") for tag in hashtags_of(word)}
    hashtags = build_hashtags(replace(article, language=spoken), rules)
    return Parts(title, excerpt, link, tuple(tag for tag in hashtags if hashtag_key(tag) not in written), spoken)


def _headline(parts: Parts) -> Parts:
    shorter = cut(parts.title, MAX_HEADLINE)
    return parts if shorter == parts.title else replace(parts, title=shorter).noting(CaptionNote.title_cut)


def _variables(article: CaptionArticle, parts: Parts) -> dict[str, object]:
    return {
        "title": parts.title,
        "excerpt": parts.excerpt,
        "link": parts.link,
        "hashtags": parts.hashtags,
        "tags": tuple(cut(clean(tag[:1000]), 100) for tag in article.tags[:MAX_TAGS]),
        "category": cut(clean(article.category[:1000]), 100),
        "language": parts.language,
        "source_name": cut(clean(article.source_name[:1000]), 100),
        "breaking": article.breaking,
    }
