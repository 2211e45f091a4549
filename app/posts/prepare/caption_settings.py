"""Caption templates, hashtag rules and text limits: as edited, or as shipped."""

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account
from app.accounts.queries import is_id
from app.audit.record import record
from app.captions.hashtags import HashtagRules
from app.captions.models import CaptionTemplate, CaptionVersion, HashtagRuleSet
from app.captions.presets import PRESETS
from app.captions.schemas import CaptionLimits, TemplateKind, TemplateOverrides
from app.captions.schemas_settings import CaptionSettings, CaptionTemplateRead, CaptionTemplateWrite
from app.captions.templates import shipped_template, validate_template
from app.config import Settings
from app.errors import NotFound
from app.kit.languages import normalise_language
from app.kit.upsert import upsert
from app.messages import refusals
from app.posts.prepare.caption_history import HASHTAGS, get_version, keep_version, template_subject

DEFAULT_LANGUAGE = "default"


def text_limits(settings: Settings, account: Account | None) -> CaptionLimits:
    """TikTok's limits in UTF-16 units, lowered where the account says so."""
    return CaptionLimits(
        title=_lower(settings.photo_title_limit, account.settings.title_limit if account else None),
        description=_lower(settings.photo_description_limit, account.settings.description_limit if account else None),
        caption=_lower(settings.video_caption_limit, account.settings.caption_limit if account else None),
    )


def _lower(limit: int, own: int | None) -> int:
    return limit if own is None else min(limit, own)


async def load_templates(session: AsyncSession) -> TemplateOverrides:
    """The edited templates by kind and language."""
    rows = (await session.exec(select(CaptionTemplate))).all()
    return {(row.kind, row.language): row.source for row in rows}


async def load_hashtag_rules(session: AsyncSession) -> HashtagRules:
    """The edited rules, or the shipped ones."""
    row = await session.get(HashtagRuleSet, "rules")
    return HashtagRules() if row is None else HashtagRules.read_stored(row.rules)


async def save_hashtag_rules(session: AsyncSession, rules: HashtagRules) -> HashtagRules:
    """Replace the rules."""
    before = await load_hashtag_rules(session)
    record(session, "hashtags.changed", object_kind="hashtags", before=before.model_dump(), after=rules.model_dump())
    await keep_version(session, HASHTAGS, before.model_dump(mode="json"), rules.model_dump(mode="json"))
    row = HashtagRuleSet(rules=rules.model_dump(mode="json"))
    await upsert(session, row, key=("id",), change=("rules", "updated_at"))
    return rules


async def use_hashtag_preset(session: AsyncSession, name: str) -> HashtagRules:
    """Put a ready set in the place of the rules. Raises NotFound."""
    if name not in PRESETS:
        raise NotFound(refusals.NO_HASHTAGS, code="preset_not_found")
    return await save_hashtag_rules(session, PRESETS[name])


async def read_caption_settings(session: AsyncSession) -> CaptionSettings:
    """The template of each kind that serves every language, and those edited for one."""
    sources = {(kind.value, DEFAULT_LANGUAGE): shipped_template(kind) for kind in TemplateKind}
    edited = await load_templates(session)
    sources.update(edited)
    return CaptionSettings(
        templates=[
            CaptionTemplateRead(kind=kind, language=language, source=source, is_default=(kind, language) not in edited)
            for (kind, language), source in sorted(sources.items())
        ]
    )


async def save_caption_templates(session: AsyncSession, templates: list[CaptionTemplateWrite]) -> CaptionSettings:
    """Store templates, all or none. Raises TemplateRefused with the line and the reason."""
    for template in templates:
        if template.source.strip():
            validate_template(template.source, template.kind)
    # Of one told twice the last counts. In one order, so that two who store them at once cannot block each other.
    sources = {(template.kind, _language(template)): _own_source(template) for template in templates}
    before = await load_templates(session)
    record(
        session,
        "captions.changed",
        object_kind="captions",
        before={" ".join(key): before.get(key, "") for key in sources},
        after={" ".join(key): source for key, source in sources.items()},
    )
    for (kind, language), source in sorted(sources.items()):
        was, now = before.get((kind, language), ""), source if source.strip() else ""
        await keep_version(session, template_subject(kind, language), _content(was), _content(now))
        await _save_template(session, kind, language, source)
    return await read_caption_settings(session)


async def restore_version(session: AsyncSession, version_id: str) -> CaptionVersion:
    """Store a template or the rules as they were, which is a new version. Raises NotFound, TemplateRefused."""
    version = await get_version(session, version_id) if is_id(version_id) else None
    if version is None:
        raise NotFound(refusals.NO_VERSION, code="version_not_found")
    if version.subject == HASHTAGS:
        await save_hashtag_rules(session, HashtagRules.read_stored(version.content))
        return version
    kind, _, language = version.subject.partition(" ")
    template = {"kind": kind, "language": language, "source": version.content.get("source", "")}
    await save_caption_templates(session, [CaptionTemplateWrite.model_validate(template)])
    return version


def _content(source: str) -> dict[str, str]:
    return {"source": source} if source else {}


def _own_source(template: CaptionTemplateWrite) -> str:
    """Give what is to be stored: nothing for the shipped one, which somebody may send back as it was read."""
    is_shipped = _language(template) == DEFAULT_LANGUAGE and template.source == shipped_template(
        TemplateKind(template.kind)
    )
    return "" if is_shipped else template.source


def _language(template: CaptionTemplateWrite) -> str:
    return normalise_language(template.language) or DEFAULT_LANGUAGE


async def _save_template(session: AsyncSession, kind: str, language: str, source: str) -> None:
    if not source.strip():
        same = (col(CaptionTemplate.kind) == kind, col(CaptionTemplate.language) == language)
        await session.exec(sa.delete(CaptionTemplate).where(*same))
        return
    row = CaptionTemplate(kind=kind, language=language, source=source)
    await upsert(session, row, key=("kind", "language"), change=("source", "updated_at"))
