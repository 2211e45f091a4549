"""What TikTok says about who an account is."""

from dataclasses import asdict, dataclass

import sqlalchemy as sa
import structlog
from sqlmodel import col

from app.accounts.models import Account
from app.accounts.queries import get_account
from app.accounts.tokens import call_with_token
from app.errors import AppError
from app.kit.clock import utcnow
from app.resources import Resources
from app.tiktok.client import TikTokClient
from app.tiktok.display import BASIC_USER_FIELDS

log = structlog.get_logger(__name__)

_LONGEST_NAME = 255
_LONGEST_UNION_ID = 128


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


async def fetch_profile(client: TikTokClient, access_token: str, scopes: tuple[str, ...]) -> Profile:
    """Ask for the names, as far as the scopes allow: one field too many makes TikTok refuse the whole call."""
    fields = list(BASIC_USER_FIELDS) if "user.info.basic" in scopes else []
    if "user.info.profile" in scopes:
        fields.append("username")
    profile = Profile()
    if fields:
        info = await client.fetch_user_info(access_token, fields)
        profile = Profile(
            display_name=info.display_name[:_LONGEST_NAME],
            username=info.username[:_LONGEST_NAME],
            avatar_url=info.avatar_url if info.avatar_url.startswith("https://") else None,
            union_id=info.union_id if info.union_id and len(info.union_id) <= _LONGEST_UNION_ID else None,
        )
    if "video.publish" in scopes and not (profile.display_name and profile.username):
        creator = await client.query_creator_info(access_token)
        profile = Profile(
            display_name=profile.display_name or creator.creator_nickname[:_LONGEST_NAME],
            username=profile.username or creator.creator_username[:_LONGEST_NAME],
            avatar_url=profile.avatar_url,
            union_id=profile.union_id,
        )
    return profile


async def complete_profile(resources: Resources, account_id: str) -> None:
    """Fetch and store the names. An account without a name is connected all the same, so nothing is raised."""
    async with resources.read() as session:
        scopes = tuple((await get_account(session, account_id)).scopes)

    async def fetch(client: TikTokClient, access_token: str) -> Profile:
        return await fetch_profile(client, access_token, scopes)

    try:
        profile = await call_with_token(resources, account_id, fetch)
    except AppError as error:
        log.warning("profile_not_fetched", account_id=account_id, error=error.code)
        return
    async with resources.transaction() as session:
        values = {**profile.known(), "updated_at": utcnow()}
        await session.exec(sa.update(Account).where(col(Account.id) == account_id).values(**values))
