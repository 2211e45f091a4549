"""The way to the first post: what is done, known from what is there, and what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.models import Account, AccountState, PublishMode
from app.accounts.queries import list_live_accounts
from app.accounts.tokens.credentials import get_tiktok_app
from app.accounts.try_out import TryOut, read_try_out
from app.admin.accounts.page import name_account
from app.articles.sources import has_heard_source
from app.config import Settings
from app.kit.loopback import is_loopback
from app.media.verification import list_verification_files
from app.messages.translator import N_
from app.posts.face.first import has_gone_out
from app.resources import Resources

PATH = "/admin/start"
_MOST_FILES = 100


@dataclass(frozen=True, slots=True)
class FirstStep:
    """One step. It is done only when a post could go out by it. `href`: where it is done, `do` what its link says."""

    name: str
    label: str
    why: str
    is_done: bool = False
    href: str = ""
    do: str = ""


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """All of them, in order."""

    steps: Sequence[FirstStep]

    @property
    def done(self) -> int:
        return sum(step.is_done for step in self.steps)

    @property
    def next(self) -> FirstStep | None:
        return next((step for step in self.steps if not step.is_done), None)


@dataclass(frozen=True, slots=True)
class TestAccount:
    """An account that could take the test article."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class StartPage:
    """The page. `accounts`: those to which a test article can go."""

    first: FirstSteps
    redirect_uri: str
    media_prefix: str
    accounts: Sequence[TestAccount]
    is_emulated: bool
    try_out: TryOut
    has_credentials: bool
    emulator: str
    problem: str = ""


def is_usable(account: Account) -> bool:
    """Tell whether posts could go to an account now."""
    return account.state is AccountState.connected and account.settings.enabled


def has_audience(account: Account) -> bool:
    """Tell whether it is said who sees what it posts: by the account, or by a person for each post."""
    return account.settings.mode is not PublishMode.direct or bool(account.settings.privacy_level)


async def read_first_steps(session: AsyncSession, settings: Settings) -> FirstSteps | None:
    """Collect the steps; None once a post has gone out, for then nobody needs them any more."""
    if await has_gone_out(session):
        return None
    return await _read_steps(session, settings, is_out=False)


async def read_start_page(resources: Resources, problem: str = "") -> StartPage:
    """Collect the page."""
    settings = resources.settings
    async with resources.read() as session:
        app = await get_tiktok_app(session, settings)
        accounts = [account for account in await list_live_accounts(session) if is_usable(account)]
        first = await _read_steps(session, settings, is_out=await has_gone_out(session))
    try_out = await read_try_out(resources)
    return StartPage(
        first=first,
        redirect_uri=app.redirect_uri,
        media_prefix=f"{settings.public_url}/media/",
        accounts=[TestAccount(account.id, name_account(account)) for account in accounts],
        is_emulated=_is_emulated(settings),
        try_out=try_out,
        has_credentials=bool(app.client_key) and app.has_client_secret,
        emulator=settings.tiktok_api_base_url,
        problem=problem,
    )


async def _read_steps(session: AsyncSession, settings: Settings, *, is_out: bool) -> FirstSteps:
    app = await get_tiktok_app(session, settings)
    live = await list_live_accounts(session)
    usable = [account for account in live if is_usable(account)]
    files, _ = await list_verification_files(session, limit=_MOST_FILES)
    is_done = {
        "app": bool(app.client_key) and app.has_client_secret,
        # The emulator has no portal, and takes the address that it is told.
        "redirect": bool(live) or _is_emulated(settings),
        # The emulator that was chosen here is told the address when it starts.
        "file": is_out or settings.is_tried_out or any(file.found_at is not None for file in files),
        "connect": bool(usable),
        "audience": bool(usable) and all(has_audience(account) for account in usable),
        "source": await has_heard_source(session),
        "test": is_out,
    }
    told = [replace(step, is_done=is_done[step.name]) for step in _STEPS]
    audience = next((f"{_SETTINGS}#account-{one.id}" for one in usable if not has_audience(one)), "")
    href = {"connect": _CONNECT if is_done["app"] else "", "audience": audience}
    do = {"file": _CHECK if files else ""}
    return FirstSteps([
        replace(step, href=href.get(step.name) or step.href, do=do.get(step.name) or step.do) for step in told
    ])  # fmt: skip


def _is_emulated(settings: Settings) -> bool:
    return is_loopback(urlsplit(settings.tiktok_api_base_url).hostname or "")


_SETTINGS = "/admin/settings/social-media"
_CONNECT = "/api/tiktok/auth"
_CHECK = N_("Check as TikTok would")
_STEPS = (
    FirstStep(
        "app",
        N_("Enter the credentials of your TikTok app"),
        N_("TikTok lets programs post only through an app of their owner's, made in its developer portal."),
        href=f"{_SETTINGS}#app",
        do=N_("Enter the credentials"),
    ),
    FirstStep(
        "redirect",
        N_("Enter the redirect address at TikTok"),
        N_("In the portal under Login Kit. It is proven once an account came back by it."),
    ),
    FirstStep(
        "file",
        N_("Prove that the pictures' address is yours"),
        N_("TikTok fetches pictures only from addresses whose owner it knows: put its file here and check."),
        href="/admin/domain",
        do=N_("Put the file in place"),
    ),
    FirstStep(
        "connect",
        N_("Connect the newsroom's TikTok account"),
        N_("You are led to TikTok, log in there with the account of the newsroom, and allow what is asked for."),
        href=f"{_SETTINGS}#accounts",
        do=N_("Connect TikTok"),
    ),
    FirstStep(
        "audience",
        N_("Choose who may see the posts"),
        N_("TikTok wants a person to choose it. Until somebody has, nothing goes out."),
        href=f"{_SETTINGS}#accounts",
        do=N_("Choose"),
    ),
    FirstStep(
        "source",
        N_("Let your CMS send its articles"),
        N_("Add a source, set it up in the CMS, and publish something: the step is done when it came in."),
        href="/admin/sources",
        do=N_("Open the sources"),
    ),
    FirstStep(
        "test",
        N_("Send a test article"),
        N_("It takes the road of every article, waits for your approval, and goes out when you give it."),
    ),
)
