"""Caption templates, hashtag rules and text limits: as edited, or as shipped."""

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account
from app.captions.hashtags import HashtagRules
from app.captions.languages import normalise_language
from app.captions.schemas import CaptionLimits, TemplateKind, TemplateOverrides
from app.captions.templates import shipped_template, validate_template
from app.config import Settings
from app.kit.clock import utcnow
from app.posts.models import CaptionTemplate, HashtagRuleSet
from app.posts.schemas import CaptionSettings, CaptionTemplateRead, CaptionTemplateWrite

DEFAULT_LANGUAGE = "default"


def text_limits(settings: Settings, account: Account | None) -> CaptionLimits:
    """TikTok's limits in UTF-16 units, lowered where the account says so."""
    return CaptionLimits(
        title=_lower(settings.photo_title_limit, account.title_limit if account else None),
        description=_lower(settings.photo_description_limit, account.description_limit if account else None),
        caption=_lower(settings.video_caption_limit, account.caption_limit if account else None),
    )


def _lower(limit: int, own: int | None) -> int:
    return limit if own is None else min(limit, own)


async def load_templates(session: AsyncSession) -> TemplateOverrides:
    """The edited templates by kind and language."""
    rows = (await session.exec(select(CaptionTemplate))).all()
    return {(row.kind, row.language): row.source for row in rows}


async def load_hashtag_rules(session: AsyncSession) -> HashtagRules:
    """The edited rules, or the first owner's."""
    row = await session.get(HashtagRuleSet, "rules")
    return HashtagRules() if row is None else HashtagRules.model_validate(row.rules)


async def save_hashtag_rules(session: AsyncSession, rules: HashtagRules) -> HashtagRules:
    """Replace the rules."""
    row = await session.get(HashtagRuleSet, "rules") or HashtagRuleSet()
    row.rules = rules.model_dump(mode="json")
    row.updated_at = utcnow()
    session.add(row)
    await session.flush()
    return rules


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
    for template in templates:
        await _save_template(session, template)
    await session.flush()
    return await read_caption_settings(session)


async def _save_template(session: AsyncSession, template: CaptionTemplateWrite) -> None:
    language = normalise_language(template.language) or DEFAULT_LANGUAGE
    query = select(CaptionTemplate).where(
        CaptionTemplate.kind == template.kind, col(CaptionTemplate.language) == language
    )
    row = (await session.exec(query)).first()
    if not template.source.strip():
        if row is not None:
            await session.delete(row)
        return
    row = row or CaptionTemplate(kind=template.kind, language=language, source="")
    row.source, row.updated_at = template.source, utcnow()
    session.add(row)
