"""TikTok business accounts: whether their app is set up, and whether TikTok still knows them as such."""

from collections.abc import AsyncIterator

from app.accounts.business.access import is_offered
from app.accounts.business.portal_settings import (
    COMMENTS,
    POSTS,
    events_address,
    find_events_address,
    read_media_property,
)
from app.accounts.business_account import open_business
from app.accounts.models import Account, AccountKind, AccountState
from app.accounts.queries import list_live_accounts
from app.errors import AppError
from app.ops.doctor.findings import Finding, broken, ok, warning
from app.resources import Resources
from app.tiktok_business.errors import BusinessError

_MOST = 20
_SETUP = "Set TikTok__AppId and TikTok__AppSecret to those of the app at TikTok API for Business."


async def check_business_accounts(app: Resources) -> AsyncIterator[Finding]:
    """Look at the app and at each business account; quiet where none is connected."""
    async with app.read() as session:
        accounts = [one for one in await list_live_accounts(session) if one.kind is AccountKind.business]
    if not accounts:
        return
    if not is_offered(app):
        yield broken("Business accounts", "their app is not set up", _SETUP)
        return
    yield await _look_at_media(app)
    for category in (POSTS, COMMENTS):
        yield await _look_at_events(app, category)
    for account in accounts[:_MOST]:
        if account.state is AccountState.connected:
            yield await _look_at(app, account)


async def _look_at_media(app: Resources) -> Finding:
    subject = "Business media address"
    try:
        owned = await read_media_property(app)
    except (BusinessError, AppError) as error:
        return warning(subject, f"TikTok does not tell: {error.message}", "Run this again later.")
    if owned.is_verified:
        return ok(subject, f"TikTok takes media from {owned.url}")
    cure = "Press “Verify with TikTok” on the settings page, or send POST /api/business/media-property."
    return broken(subject, f"TikTok has not verified {owned.url} for this app: it would refuse every post", cure)


async def _look_at_events(app: Resources, category: str) -> Finding:
    subject = f"Business events {category}"
    try:
        address = await find_events_address(app, category)
    except (BusinessError, AppError) as error:
        return warning(subject, f"TikTok does not tell: {error.message}", "Run this again later.")
    if address == events_address(app):
        return ok(subject, f"events of the category {category} come here")
    told = f"events of the category {category} go to {address or 'nobody'}: TikTok is asked instead"
    return warning(subject, told, "Connect an account again, which orders them; the address must be https.")


async def _look_at(app: Resources, account: Account) -> Finding:
    subject = f"Account {account.display_name or account.username}"
    try:
        opened = await open_business(app, account.id)
        profile = await opened.client.accounts.get_profile(opened.business_id, ["is_business_account"])
    except (BusinessError, AppError) as error:
        return broken(subject, f"TikTok does not answer for it: {error.message}", "Mend that, then run this again.")
    if profile.is_business_account is False:
        cure = "Switch it to a business account in TikTok's app, or connect it as a creator's account."
        return warning(subject, "is no business account in TikTok's app any more: figures and comments may stop", cure)
    return ok(subject, "is a business account, and its token works")
