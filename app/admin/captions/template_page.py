"""What the editor of caption templates shows."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlmodel.ext.asyncio.session import AsyncSession

from app.admin.captions.hashtag_form import EVERY
from app.captions.checker import TemplateRefused
from app.captions.models import CaptionVersion
from app.captions.schemas import Caption, CaptionNote, TemplateKind
from app.captions.template_words import VARIABLES
from app.captions.templates import DEFAULT_LANGUAGE, find_template
from app.config import Settings
from app.errors import AppError
from app.kit.languages import bare_language, normalise_language
from app.kit.text import utf16_len
from app.messages.translator import LANGUAGES, N_, Translator
from app.posts.prepare.caption_history import list_versions, template_subject
from app.posts.prepare.caption_preview import OwnArticle, TemplateTrial, list_own_articles, try_template
from app.posts.prepare.caption_settings import load_hashtag_rules, load_templates, text_limits

PATH = "/admin/captions"

KINDS: dict[TemplateKind, str] = {
    TemplateKind.photo_title: N_("Title of photos"),
    TemplateKind.photo_description: N_("Description of photos"),
    TemplateKind.video_caption: N_("Caption of a video"),
}
MEANINGS: dict[str, str] = {
    "title": N_("the headline"),
    "excerpt": N_("the summary, or the first sentences"),
    "link": N_("the article's address, where the account wants it"),
    "hashtags": N_("the hashtags, by the rules"),
    "tags": N_("the article's own tags"),
    "category": N_("the category"),
    "language": N_("the language, such as kk"),
    "source_name": N_("the name of the source"),
    "breaking": N_("whether it is breaking news, to ask with if"),
}
NOTES: dict[CaptionNote, str] = {
    CaptionNote.needs_title: N_("The article has no headline."),
    CaptionNote.title_from_text: N_("The article has no headline: its first sentence stands in its place."),
    CaptionNote.title_cut: N_("The headline is cut."),
    CaptionNote.excerpt_from_text: N_("The article has no summary: its first sentences stand in its place."),
    CaptionNote.excerpt_cut: N_("The summary is cut."),
    CaptionNote.hashtags_dropped: N_("Some hashtags had no room."),
    CaptionNote.link_dropped: N_("The article's address cannot be used."),
    CaptionNote.text_cut: N_("The text is cut."),
    CaptionNote.template_refused: N_("The template cannot be used: the shipped one stands in its place."),
}


@dataclass(frozen=True, slots=True)
class TemplateChoice:
    """One template that can be opened."""

    kind: TemplateKind
    language: str
    language_name: str
    href: str
    is_edited: bool
    is_shown: bool


@dataclass(frozen=True, slots=True)
class TrialView:
    """What the template makes of one article, with its lengths as TikTok counts them."""

    own: OwnArticle
    caption: Caption
    counts: Sequence[tuple[str, int, int]]
    notes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Trials:
    """The live view: what comes out, or why nothing does."""

    views: Sequence[TrialView] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class TemplatePage:
    """The editor of one template."""

    kind: TemplateKind
    language: str
    source: str
    is_edited: bool
    choices: Sequence[TemplateChoice]
    languages: Sequence[tuple[str, str]]
    trials: Trials
    versions: Sequence[CaptionVersion]
    variables: Sequence[tuple[str, str]]
    rows: int
    shown: TemplateChoice
    kinds: dict[TemplateKind, str]
    problem: str = ""


async def read_template_page(
    session: AsyncSession,
    settings: Settings,
    i18n: Translator,
    kind: TemplateKind,
    language: str,
    *,
    typed: str | None = None,
    problem: str = "",
) -> TemplatePage:
    """Collect the editor of one template, with what somebody has typed where it could not be saved."""
    language = normalise_language(language) or DEFAULT_LANGUAGE
    edited = await load_templates(session)
    own = await list_own_articles(session)
    spoken = {code for one in own if (code := bare_language(one.language))}
    languages = [
        DEFAULT_LANGUAGE,
        *sorted({*LANGUAGES, *spoken, language, *(code for _, code in edited)} - {"default"}),
    ]
    source = find_template(kind, language, edited) if typed is None else typed
    choices = _list_choices(i18n, languages, (kind, language), edited)
    return TemplatePage(
        kind=kind,
        language=language,
        source=source,
        is_edited=(kind, language) in edited,
        choices=choices,
        shown=next(choice for choice in choices if choice.is_shown),
        kinds=KINDS,
        languages=[(code, name_language(i18n, code)) for code in languages],
        trials=await try_out(session, settings, i18n, kind, language, source),
        versions=await list_versions(session, template_subject(kind, language)),
        variables=[(name, MEANINGS[name]) for name in VARIABLES],
        rows=min(30, max(8, source.count("\n") + 3)),
        problem=problem,
    )


def _list_choices(
    i18n: Translator,
    languages: Sequence[str],
    chosen: tuple[TemplateKind, str],
    edited: Collection[tuple[str, str]],
) -> list[TemplateChoice]:
    """List the templates that there are to go to: each kind's default, those that were edited, and the chosen one."""
    return [
        TemplateChoice(
            kind,
            code,
            name_language(i18n, code),
            f"{PATH}?kind={kind}&language={code}",
            (kind, code) in edited,
            (kind, code) == chosen,
        )
        for kind in TemplateKind
        for code in languages
        if code == DEFAULT_LANGUAGE or (kind, code) == chosen or (kind, code) in edited
    ]


async def try_out(
    session: AsyncSession, settings: Settings, i18n: Translator, kind: TemplateKind, language: str, source: str
) -> Trials:
    """Render the newsroom's last articles by a template as it is typed."""
    wanted = "" if language == DEFAULT_LANGUAGE else language
    own = await list_own_articles(session, wanted)
    limits = text_limits(settings, None)
    if not source.strip():
        source = find_template(kind, language, {})
    try:
        trials = try_template(own, kind, source, await load_hashtag_rules(session), limits)
    except TemplateRefused as error:
        return Trials(problem=explain_refusal(i18n, error))
    titled = limits.caption if kind is TemplateKind.video_caption else limits.title
    return Trials([_view(trial, titled, limits.description) for trial in trials])


def name_language(i18n: Translator, code: str) -> str:
    """Name a language in the reader's own; of what has no name the code."""
    if code == DEFAULT_LANGUAGE:
        return i18n.gettext(N_("All languages without one of their own"))
    if code == EVERY:
        return i18n.gettext(N_("Every language"))
    name = i18n.locale.languages.get(bare_language(code), "")
    script = code.partition("-")[2]
    shown = f"{name} ({i18n.locale.scripts.get(script, script)})" if script else name
    return shown[:1].upper() + shown[1:] if name else code


def explain_refusal(i18n: Translator, error: AppError) -> str:
    """Say why a template is refused, with the line."""
    return error.message.shown(i18n)


def _view(trial: TemplateTrial, title_limit: int, description_limit: int) -> TrialView:
    caption = trial.caption
    counts = [(N_("Title"), utf16_len(caption.title), title_limit)]
    if caption.description:
        counts.append((N_("Description"), utf16_len(caption.description), description_limit))
    return TrialView(trial.own, caption, counts, [NOTES[note] for note in caption.notes])
