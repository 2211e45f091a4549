"""What TikTok says about who an account is."""

from dataclasses import asdict, dataclass, replace
from typing import Protocol, TypeVar

import sqlalchemy as sa
import structlog
from sqlmodel import col, select

from app.accounts.models import Account, AccountState
from app.accounts.queries import get_account
from app.accounts.tokens.access import Call, call_with_token
from app.errors import AppError
from app.kit.clock import utcnow
from app.limits.budgets import CREATOR_INFO, USER_INFO, BudgetSpent, Limit
from app.resources import Resources
from app.tiktok.display import BASIC_USER_FIELDS

log = structlog.get_logger(__name__)

T = TypeVar("T")

A_MOMENT = 2.0
"""So many seconds somebody who connects an account may wait for its name; a sweep looks for it later."""
_LONGEST_NAME = 255
_LONGEST_UNION_ID = 128
_NAMELESS_AT_ONCE = 50
_NAME_SCOPES = frozenset({"user.info.profile", "user.info.username"})
"""Of the Open API and of the Business API: one of them opens the name by which an account is found."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The columns of an account that TikTok fills in. What it did not tell is empty."""

    display_name: str = ""
    username: str = ""
    avatar_url: str | None = None
    union_id: str | None = None

    def known(self) -> dict[str, str]:
        """Give only what was told, so that an empty answer wipes no name."""
        return {name: value for name, value in asdict(self).items() if value}


class Asking(Protocol):
    """Makes a call for the account in question, out of the budget of `limit`."""

    async def __call__(self, call: Call[T], *, limit: Limit) -> T: ...


async def fetch_profile(ask: Asking, scopes: tuple[str, ...]) -> Profile:
    """Ask for the names, as far as the scopes allow: one field too many makes TikTok refuse the whole call."""
    fields = list(BASIC_USER_FIELDS) if "user.info.basic" in scopes else []
    if not _NAME_SCOPES.isdisjoint(scopes):
        fields.append("username")
    profile = Profile()
    if fields:
        info = await ask(lambda client, token: client.fetch_user_info(token, fields), limit=USER_INFO)
        profile = Profile(
            display_name=info.display_name[:_LONGEST_NAME],
            username=info.username[:_LONGEST_NAME],
            avatar_url=info.avatar_url if info.avatar_url.startswith("https://") else None,
            union_id=info.union_id if info.union_id and len(info.union_id) <= _LONGEST_UNION_ID else None,
        )
    if "video.publish" in scopes and not (profile.display_name and profile.username):
        return await _ask_more(ask, profile)
    return profile


async def _ask_more(ask: Asking, profile: Profile) -> Profile:
    try:
        creator = await ask(lambda client, token: client.query_creator_info(token), limit=CREATOR_INFO)
    except BudgetSpent:
        if not profile.known():
            raise
        return profile
    return replace(
        profile,
        display_name=profile.display_name or creator.creator_nickname[:_LONGEST_NAME],
        username=profile.username or creator.creator_username[:_LONGEST_NAME],
    )


async def complete_profiles(resources: Resources) -> None:
    """Look once more for the names that could not be fetched when their accounts were connected."""
    nameless = select(Account.id).where(
        Account.state == AccountState.connected, Account.display_name == "", Account.username == ""
    )
    async with resources.read() as session:
        account_ids = (await session.exec(nameless.limit(_NAMELESS_AT_ONCE))).all()
    for account_id in account_ids:
        await complete_profile(resources, account_id)


async def complete_profile(resources: Resources, account_id: str) -> None:
    """Fetch and store the names. An account without a name is connected all the same, so nothing is raised."""
    async with resources.read() as session:
        scopes = tuple((await get_account(session, account_id)).scopes)

    async def ask(call: Call[T], *, limit: Limit) -> T:
        return await call_with_token(resources, account_id, call, limit=limit, patience=A_MOMENT)

    try:
        profile = await fetch_profile(ask, scopes)
    except AppError as error:
        log.warning("profile_not_fetched", account_id=account_id, error=error.code)
        return
    if not profile.known():
        return
    async with resources.transaction() as session:
        values = {**profile.known(), "updated_at": utcnow()}
        await session.exec(sa.update(Account).where(col(Account.id) == account_id).values(**values))
