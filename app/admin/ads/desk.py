"""What frames every page of the ads: on which ad account one works, in which role, and where else one can go."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.admin.ads.words import ROLE_MEANINGS, ROLES, UNKNOWN_ROLE, UNKNOWN_ROLE_MEANING
from app.ads.connections.schemas import AdvertiserRead
from app.errors import AppError
from app.messages.message import Message
from app.messages.translator import N_, Translator
from app.resources import Resources

PATH = "/admin/ads"
MOST_ACCOUNTS = 1000

_TABS: Sequence[tuple[str, str, str]] = (
    ("accounts", PATH, N_("Ad accounts")),
    ("campaigns", f"{PATH}/campaigns", N_("Campaigns")),
    ("boosts", f"{PATH}/boosts", N_("Boosts")),
    ("figures", f"{PATH}/figures", N_("Figures")),
    ("reports", f"{PATH}/reports", N_("Reports")),
    ("files", f"{PATH}/files", N_("Files")),
    ("watches", f"{PATH}/watches", N_("Watches")),
    ("guards", f"{PATH}/guards", N_("Spending guards")),
    ("money", f"{PATH}/money", N_("Money")),
    ("calls", f"{PATH}/calls", N_("Calls")),
)
_ANALYST = N_(
    "You are an Analyst at this ad account: you may look, and change nothing here. An Admin of the ad account gives"
    " another role in TikTok Ads Manager; then bring the list of ad accounts up to date."
)


@dataclass(frozen=True, slots=True)
class Tab:
    href: str
    label: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class AdsDesk:
    """The frame. `current` is None where no ad account is within reach; `why_not` says why nothing may be changed."""

    tabs: Sequence[Tab]
    accounts: Sequence[AdvertiserRead]
    current: AdvertiserRead | None
    is_emulated: bool
    back: str

    @property
    def advertiser_id(self) -> str:
        return self.current.advertiser_id if self.current else ""

    @property
    def currency(self) -> str:
        return self.current.currency if self.current else ""

    @property
    def role(self) -> str:
        return ROLES.get(self.current.role or "", UNKNOWN_ROLE) if self.current else ""

    @property
    def role_meaning(self) -> str:
        return ROLE_MEANINGS.get(self.current.role or "", UNKNOWN_ROLE_MEANING) if self.current else ""

    @property
    def why_not(self) -> str:
        """Why nothing can be changed, before anybody tries."""
        return _ANALYST if self.current is not None and self.current.role == "Analyst" else ""

    @property
    def balance(self) -> Decimal | None:
        return self.current.balance if self.current else None


async def read_desk(app: Resources, admin_id: str, tab: str, *, advertiser_id: str = "") -> AdsDesk:
    """Collect the frame: the ad account of a form that came, else the one that was chosen, else the first.

    Raises AdvertiserNotFound for a form's that is not within reach.
    """
    # The ads desk is read when somebody looks at it: most processes need not carry it.
    from app.ads.connections import showing
    from app.ads.connections.errors import AdvertiserNotFound

    accounts = (await showing.read_advertisers(app, admin_id, limit=MOST_ACCOUNTS, cursor=None)).items
    chosen = next((one for one in accounts if one.advertiser_id == advertiser_id), None)
    if advertiser_id and chosen is None:
        # Never another one instead: a form that came for it moves money.
        raise AdvertiserNotFound
    chosen = chosen or next((one for one in accounts if one.current), None)
    tabs = [Tab(href, label, name == tab) for name, href, label in _TABS]
    back = next((one.href for one in tabs if one.is_current), PATH)
    return AdsDesk(tabs, accounts, chosen or (accounts[0] if accounts else None), app.business.is_emulated, back)


def explain_ads(i18n: Translator, error: AppError) -> list[str]:
    """Say what an error means for the person before the screen: the sentence, then what is wrong with each value."""
    members = getattr(error, "members", {})
    faults = [fault["message"] for fault in members.get("errors", ()) if isinstance(fault.get("message"), Message)]
    if faults:
        return [i18n.gettext(N_("This was not sent.")), *(_sentence(fault.shown(i18n)) for fault in faults)]
    told = [error.message.shown(i18n)]
    if (cause := members.get("cause")) and error.code != "outcome_unknown":
        told += [i18n.gettext(cause), i18n.gettext(members.get("cure") or "")]
    return [one for one in told if one]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def is_ads_path(path: str) -> bool:
    """Tell whether one may be led back there: a page of the ads and nothing else."""
    return path == PATH or (path.startswith(f"{PATH}/") and path.isascii() and path.isprintable() and ".." not in path)
