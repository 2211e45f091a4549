"""Changing an account's settings, within what TikTok allows this creator."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from app.accounts.errors import ScopeMissing
from app.accounts.holds import forget_cap
from app.accounts.models import Account, AccountSettings, PublishMode
from app.accounts.queries import get_account, lock_account
from app.accounts.schemas import AccountUpdate
from app.accounts.states import check_usable
from app.accounts.tokens.access import call_with_token
from app.audit.record import record
from app.config import Settings
from app.errors import Invalid
from app.kit.clock import utcnow
from app.limits.budgets import CREATOR_INFO
from app.messages import access, refusals
from app.messages.kinds import Level, Levels, Limit, Mode, Scope
from app.resources import Resources
from app.tiktok.models import CreatorInfo

# TikTok's own maxima, in UTF-16 units. Settings may say more, where TikTok allows more one day.
_MOST_TITLE, _MOST_DESCRIPTION, _MOST_CAPTION = 90, 4000, 2200
_ONLY_ME = "SELF_ONLY"
_SCOPE_OF_MODE = {
    PublishMode.direct: "video.publish",
    PublishMode.approve: "video.publish",
    PublishMode.inbox: "video.upload",
}


async def query_creator_info(resources: Resources, account_id: str) -> CreatorInfo:
    """Ask TikTok what this creator may do now. Raises ScopeMissing, BudgetSpent and what `call_with_token` raises."""
    async with resources.read() as session:
        account = await get_account(session, account_id)
    check_usable(account)
    if "video.publish" not in account.scopes:
        raise ScopeMissing(access.SCOPE_MISSING_TO_ASK)
    return await call_with_token(
        resources, account_id, lambda client, token: client.query_creator_info(token), limit=CREATOR_INFO
    )


async def update_account(resources: Resources, account_id: str, data: AccountUpdate) -> None:
    """Change what is given. Raises Invalid for what TikTok would refuse, and what `query_creator_info` raises."""
    changes = data.model_dump(exclude_unset=True)
    async with resources.read() as session:
        account = await get_account(session, account_id)
    _check(resources.settings, account, changes)
    if changes.get("privacy_level") is not None:
        await _check_privacy_level(resources, account_id, changes["privacy_level"])
    async with resources.transaction() as session:
        # Against the row as it is now: two admins may each have changed one half of a forbidden pair.
        await lock_account(session, account_id)
        account = await get_account(session, account_id)
        _check(resources.settings, account, changes)
        before = {name: getattr(account.settings, name) for name in changes}
        record(session, "account.changed", object_kind="account", object_id=account_id,
               object_name=account.display_name, before=before, after=changes)  # fmt: skip
        await forget_cap(session, account, changes.get("mode"))
        if changes:
            mine = col(AccountSettings.account_id) == account_id
            await session.exec(sa.update(AccountSettings).where(mine).values(**changes))
        await session.exec(sa.update(Account).where(col(Account.id) == account_id).values(updated_at=utcnow()))


def _check(settings: Settings, account: Account, changes: dict[str, Any]) -> None:
    after = {
        name: changes.get(name, getattr(account.settings, name)) for name in ("brand_content_toggle", "privacy_level")
    }
    if after["brand_content_toggle"] and after["privacy_level"] == _ONLY_ME:
        raise Invalid(refusals.BRANDED_PRIVATE_ACCOUNT)
    mode = changes.get("mode")
    if mode is not None and _SCOPE_OF_MODE[mode] not in account.scopes:
        raise Invalid(access.mode_needs_scope(mode=Mode(mode), scope=Scope(_SCOPE_OF_MODE[mode])))
    for name, most in _most_characters(settings).items():
        if (changes.get(name) or 0) > most:
            raise Invalid(refusals.at_most(limit_name=Limit(name), most=most))


async def _check_privacy_level(resources: Resources, account_id: str, privacy_level: str) -> None:
    options = (await query_creator_info(resources, account_id)).privacy_level_options
    if privacy_level not in options:
        raise Invalid(access.audience_not_offered(level=Level(privacy_level), offered=Levels(list(options))))


def _most_characters(settings: Settings) -> dict[str, int]:
    return {
        "title_limit": max(_MOST_TITLE, settings.photo_title_limit),
        "description_limit": max(_MOST_DESCRIPTION, settings.photo_description_limit),
        "caption_limit": max(_MOST_CAPTION, settings.video_caption_limit),
    }
