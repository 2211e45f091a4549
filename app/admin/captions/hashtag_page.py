"""What the editor of the hashtag rules shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel.ext.asyncio.session import AsyncSession

from app.admin.captions.hashtag_form import COLUMNS, GROUPS, HashtagForm
from app.admin.captions.template_page import name_language
from app.captions.hashtags import HashtagGroup, HashtagReason, HashtagRules, HashtagVerdict
from app.captions.models import CaptionVersion
from app.captions.presets import PRESETS
from app.errors import NotFound
from app.messages.translator import N_, Translator
from app.posts.prepare.caption_history import HASHTAGS, list_versions
from app.posts.prepare.caption_preview import OwnArticle, get_own_article, list_own_articles, try_rules
from app.posts.prepare.caption_settings import load_hashtag_rules

PATH = "/admin/captions/hashtags"
_MOST_CHOICES = 20

VERDICTS: dict[HashtagVerdict, str] = {
    HashtagVerdict.used: N_("used"),
    HashtagVerdict.blocked: N_("on the list of those never printed"),
    HashtagVerdict.repeated: N_("there already"),
    HashtagVerdict.too_many_tags: N_("more of the article's tags than the rules take"),
    HashtagVerdict.too_many: N_("more than the rules print"),
}


@dataclass(frozen=True, slots=True)
class Why:
    """An article's hashtags with where each comes from, or why it is left out."""

    own: OwnArticle
    reasons: Sequence[HashtagReason]
    problem: str = ""

    @property
    def used(self) -> Sequence[str]:
        return [reason.tag for reason in self.reasons if reason.verdict is HashtagVerdict.used]


@dataclass(frozen=True, slots=True)
class HashtagPage:
    """The editor of the rules."""

    form: HashtagForm
    why: Why
    articles: Sequence[OwnArticle]
    versions: Sequence[CaptionVersion]
    presets: Sequence[str]
    languages: Sequence[tuple[str, str]]
    groups: dict[HashtagGroup, str]
    columns: dict[HashtagGroup, str]
    verdicts: dict[HashtagVerdict, str]


async def read_hashtag_page(
    session: AsyncSession, i18n: Translator, *, form: HashtagForm | None = None, article_id: str = ""
) -> HashtagPage:
    """Collect the editor, with what somebody has typed where it is not saved."""
    form = HashtagForm.of(await load_hashtag_rules(session)) if form is None else form
    articles = (await list_own_articles(session))[:_MOST_CHOICES]
    return HashtagPage(
        form=form,
        why=await explain_article(session, form, article_id, articles),
        articles=articles,
        versions=await list_versions(session, HASHTAGS),
        presets=list(PRESETS),
        languages=[(code, name_language(i18n, code)) for code in form.languages],
        groups=GROUPS,
        columns=COLUMNS,
        verdicts=VERDICTS,
    )


async def explain_article(
    session: AsyncSession, form: HashtagForm, article_id: str, articles: Sequence[OwnArticle]
) -> Why:
    """Try the rules as typed on one article; where they cannot be read, those that are saved."""
    try:
        own = await get_own_article(session, article_id) if article_id else articles[0]
    except NotFound:
        own = articles[0]
    rules, _ = form.to_rules()
    if rules is None:
        saved: HashtagRules = await load_hashtag_rules(session)
        return Why(own, try_rules(own, saved), N_("These are by the saved rules: what is typed cannot be used yet."))
    return Why(own, try_rules(own, rules))
