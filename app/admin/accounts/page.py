"""What the settings page shows of the TikTok accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.accounts.connect.disconnect import REMOVED
from app.accounts.models import Account, AccountKind, AccountState
from app.accounts.tokens.lives import TokenLife
from app.admin.accounts.creator import CreatorView
from app.admin.accounts.form import AccountInput
from app.config import Settings
from app.kit.clock import still_ahead, utcnow
from app.messages.codes import MODES
from app.messages.kinds import name_level, name_scope
from app.messages.translator import N_, Translator
from app.tiktok.catalogue_permission import explain_removal

_STATES: dict[AccountState, tuple[str, str]] = {
    AccountState.connected: (N_("Connected"), "good"),
    AccountState.reconnect: (N_("Must be reconnected"), "bad"),
    AccountState.disconnected: (N_("Disconnected"), "calm"),
}
_RECONNECT = N_("TikTok no longer accepts the stored permission. Reconnect the account; its waiting posts then go on.")

_ENDS_SOON = N_(
    "TikTok's permission ends soon, and nothing renews it by itself. Reconnect the account before the day below."
)
_SOON = timedelta(days=14)

_REMOVED = N_("TikTok has ended the permission for this account. Its waiting posts go on when it is connected again.")
_IGNORED = N_("TikTok ignores this for photos; it counts for videos.")
TOGGLES = (
    ("allow_comment", N_("Allow comments"), "", False),
    ("auto_add_music", N_("Let TikTok add music"), N_("TikTok picks the track; it can be changed in the app."), False),
    ("with_link", N_("Put the article's address into the caption"), N_("TikTok does not make it clickable."), False),
    (
        "resend_after_no_trace",
        N_("Send again what TikTok did not come for"),
        N_("Only after more than an hour without any trace of the post at TikTok, and twice at most."),
        False,
    ),
    (
        "post_incomplete",
        N_("Post without a picture or video that is not to be had"),
        N_("When one could not be fetched in time, the post goes out with the others. Else it waits for a person."),
        False,
    ),
    (
        "headline_card",
        N_("Make a card with the headline where an article has no picture"),
        N_("Without it, such a post waits until the article gets a picture."),
        False,
    ),
    ("is_aigc", N_("Made with AI"), N_("TikTok labels the post as AI-generated."), False),
    ("brand_organic_toggle", N_("Your brand"), N_("Your photo will be labeled as “Promotional content”."), False),
    ("brand_content_toggle", N_("Branded content"), N_("Your photo will be labeled as “Paid partnership”."), False),
    ("allow_duet", N_("Allow duets"), _IGNORED, False),
    ("allow_stitch", N_("Allow stitches"), _IGNORED, False),
)
_OURS = frozenset({"with_link", "resend_after_no_trace", "post_incomplete", "headline_card"})
"""What we do ourselves, whatever TikTok takes with the post."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several, with what it means."""

    value: str
    label: str
    hint: str


@dataclass(frozen=True, slots=True)
class Toggle:
    """A box to tick. `is_idle`: TikTok ignores it for photos. `is_for_app`: it does not go with a draft."""

    name: str
    label: str
    hint: str
    is_idle: bool
    is_for_app: bool
    is_on: bool


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of our own below TikTok's."""

    name: str
    label: str
    value: str
    maximum: int


@dataclass(frozen=True, slots=True)
class AccountView:
    """One account with its settings form."""

    account: Account
    life: TokenLife
    prefix: str
    name: str
    label: str
    tone: str
    mode_label: str
    advice: str
    is_business: bool
    is_connected: bool
    is_live: bool
    is_open: bool
    needs_audience: bool
    scopes: Sequence[str]
    missing_scopes: Sequence[str]
    paused_until: datetime | None
    values: AccountInput
    modes: Sequence[Choice]
    toggles: Sequence[Toggle]
    limits: Sequence[Limit]
    creator: CreatorView | None
    lost_audience: str


@dataclass(frozen=True, slots=True)
class AccountPart:
    """The part of one account's form that needs TikTok's answer."""

    view: AccountView


def name_account(account: Account) -> str:
    """What people call the account."""
    return account.display_name or account.username or account.open_id


def view_account(
    i18n: Translator,
    settings: Settings,
    account: Account,
    life: TokenLife,
    *,
    typed: AccountInput | None = None,
    creator: CreatorView | None = None,
) -> AccountView:
    """Show an account; after a refusal its form keeps what was typed."""
    label, tone = _STATES[account.state]
    values = typed or AccountInput.of(account)
    is_live = account.state is not AccountState.disconnected
    needs_audience = is_live and account.settings.privacy_level is None and account.settings.mode == "direct"
    is_business = account.kind is AccountKind.business
    wanted_scopes = settings.business_account_scopes if is_business else settings.scopes
    return AccountView(
        account=account,
        life=life,
        prefix=f"account-{account.id}",
        name=name_account(account),
        label=label,
        tone=tone,
        mode_label=MODES[account.settings.mode][0],
        advice=_advise(i18n, account, life.refresh_expires_at),
        is_business=is_business,
        is_connected=account.state is AccountState.connected,
        is_live=is_live,
        is_open=typed is not None or creator is not None or needs_audience,
        needs_audience=needs_audience,
        scopes=[name_scope(i18n, scope) for scope in account.scopes],
        missing_scopes=[name_scope(i18n, scope) for scope in wanted_scopes if scope not in account.scopes],
        paused_until=still_ahead(account.pace.init_not_before),
        values=values,
        modes=[Choice(value, label, hint) for value, (label, hint) in MODES.items()],
        toggles=_toggles(values),
        limits=_limits(settings, values),
        creator=creator,
        lost_audience=_lost_audience(i18n, account, creator),
    )


def _toggles(values: AccountInput) -> list[Toggle]:
    return [
        Toggle(name, label, hint, is_idle, name not in _OURS, getattr(values, name))
        for name, label, hint, is_idle in TOGGLES
    ]


def _lost_audience(i18n: Translator, account: Account, creator: CreatorView | None) -> str:
    """Name the audience that is set and that TikTok no longer offers this creator; "" where it does."""
    chosen = account.settings.privacy_level
    if creator is None or creator.problem or chosen is None:
        return ""
    return "" if chosen in {option.value for option in creator.options} else name_level(i18n, chosen)


def _advise(i18n: Translator, account: Account, ends_at: datetime | None) -> str:
    if account.state is AccountState.reconnect:
        return i18n.gettext(_RECONNECT)
    reason = account.state_reason or ""
    if account.state is AccountState.disconnected and reason.startswith(REMOVED):
        removal = explain_removal(reason.removeprefix(REMOVED))
        return " ".join(map(i18n.gettext, (removal.cause, removal.cure) if removal.is_known else (_REMOVED,)))
    if account.state is AccountState.connected and ends_at is not None and ends_at < utcnow() + _SOON:
        return i18n.gettext(_ENDS_SOON)
    return ""


def _limits(settings: Settings, values: AccountInput) -> list[Limit]:
    return [
        Limit("title_limit", N_("Title"), values.title_limit, settings.photo_title_limit),
        Limit("description_limit", N_("Description"), values.description_limit, settings.photo_description_limit),
        Limit("caption_limit", N_("Caption of a video"), values.caption_limit, settings.video_caption_limit),
    ]
