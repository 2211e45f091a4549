"""What the settings page shows: app, address, accounts, and how many sources there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.accounts.business.access import is_for_people
from app.accounts.connect.pending import get_pending
from app.accounts.errors import ConnectionNotFound
from app.accounts.models import Account, AccountKind
from app.accounts.queries import get_account, list_accounts
from app.accounts.schemas import TikTokAppRead
from app.accounts.tokens.credentials import get_tiktok_app
from app.accounts.tokens.lives import NO_LIFE, TokenLife, read_lives
from app.admin.accounts.connect_outcomes import ConnectOutcome, PendingView, read_outcome
from app.admin.accounts.creator import CreatorView
from app.admin.accounts.form import AccountInput
from app.admin.accounts.page import AccountView, name_account, view_account
from app.admin.settings.form import AppInput
from app.articles.sources import count_sources
from app.config import Settings
from app.errors import NotFound
from app.media.models import VerificationFile
from app.media.verification import list_verification_files
from app.messages.translator import N_, Translator
from app.posts.face.first import has_gone_out
from app.resources import Resources
from app.webhooks.inbox import WEBHOOK_PATH, last_event_at

PATH = "/admin/settings/social-media"
_MOST = 200


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal, shown at the form that it is about: a section's name or a row's id."""

    place: str
    text: str


@dataclass(frozen=True, slots=True)
class AppView:
    """The credentials, but for the secret, and what to enter at TikTok."""

    client_key: str
    has_secret: bool
    has_credentials: bool
    from_environment: bool
    redirect_uri: str
    default_redirect_uri: str
    effective_redirect_uri: str
    webhook_url: str
    last_event_at: datetime | None
    scopes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the page's contents."""

    anchor: str
    label: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request wants the settings page to show beside what is stored."""

    result: str = ""
    reason: str = ""
    pending_id: str = ""
    creator: tuple[str, CreatorView] | None = None
    problem: Problem | None = None
    typed_app: AppInput | None = None
    typed_account: AccountInput | None = None
    is_answer_to_post: bool = False


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """Everything on the page."""

    app: AppView
    is_business_offered: bool
    media_prefix: str
    steps: Sequence[Step]
    accounts: Sequence[AccountView]
    files: Sequence[VerificationFile]
    sources: int
    problem: Problem | None
    outcome: ConnectOutcome | None
    settled_address: str


@dataclass(frozen=True, slots=True)
class _Stored:
    app: AppView
    accounts: Sequence[Account]
    lives: Mapping[str, TokenLife]
    files: Sequence[VerificationFile]
    sources: int
    pending: PendingView | None
    has_gone_out: bool


async def read_settings_page(resources: Resources, i18n: Translator, asked: Asked) -> SettingsPage:
    """Collect the page."""
    settings = resources.settings
    stored = await _read(resources, asked.pending_id)
    place = asked.problem.place if asked.problem else ""
    return SettingsPage(
        app=_typed_app(stored.app, asked.typed_app),
        is_business_offered=is_for_people(resources),
        media_prefix=f"{settings.public_url}/media/",
        steps=_steps(stored),
        accounts=[
            view_account(
                i18n,
                settings,
                account,
                stored.lives.get(account.id, NO_LIFE),
                typed=asked.typed_account if place == account.id else None,
                creator=asked.creator[1] if asked.creator and asked.creator[0] == account.id else None,
            )
            for account in stored.accounts
        ],
        files=stored.files,
        sources=stored.sources,
        problem=asked.problem,
        outcome=read_outcome(i18n, asked.result, asked.reason, stored.pending, is_first_way=not stored.has_gone_out),
        settled_address=PATH if asked.is_answer_to_post else "",
    )


async def _read(resources: Resources, pending_id: str) -> _Stored:
    async with resources.read() as session:
        app = await get_tiktok_app(session, resources.settings)
        accounts = (await list_accounts(session, limit=_MOST)).items
        lives = await read_lives(session, [account.id for account in accounts])
        files, _ = await list_verification_files(session, limit=_MOST)
        sources = await count_sources(session)
        pending = None
        if pending_id:
            try:
                waiting = await get_pending(session, pending_id)
                wanted = await get_account(session, waiting.account_id)
            except (ConnectionNotFound, NotFound):
                pass
            else:
                name = waiting.profile.get("display_name") or waiting.profile.get("username") or waiting.open_id
                is_move = (wanted.kind, waiting.kind) == (AccountKind.creator, AccountKind.business)
                pending = PendingView(waiting.id, str(name), name_account(wanted), is_move)
        heard_at = await last_event_at(session)
        is_out = await has_gone_out(session)
    shown = _view_app(resources.settings, app, heard_at)
    return _Stored(shown, accounts, lives, files, sources, pending, is_out)


def _view_app(settings: Settings, app: TikTokAppRead, heard_at: datetime | None) -> AppView:
    return AppView(
        client_key=app.client_key,
        has_secret=app.has_client_secret,
        has_credentials=bool(app.client_key) and app.has_client_secret,
        from_environment=app.source == "environment",
        redirect_uri="" if app.redirect_uri == settings.callback_uri else app.redirect_uri,
        default_redirect_uri=settings.callback_uri,
        effective_redirect_uri=app.redirect_uri,
        webhook_url=f"{settings.public_url}{WEBHOOK_PATH}",
        last_event_at=heard_at,
        scopes=settings.scopes,
    )


def _typed_app(app: AppView, typed: AppInput | None) -> AppView:
    return replace(app, client_key=typed.client_key, redirect_uri=typed.redirect_uri) if typed else app


def _steps(stored: _Stored) -> list[Step]:
    return [
        Step("app", N_("Your TikTok app"), stored.app.has_credentials),
        Step("address", N_("Pictures' address"), bool(stored.files)),
        Step("accounts", N_("TikTok accounts"), any(account.state == "connected" for account in stored.accounts)),
        Step("sources", N_("Where articles come from"), bool(stored.sources)),
    ]
