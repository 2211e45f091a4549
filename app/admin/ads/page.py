"""What the page of ad accounts shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.admin.ads.connect_outcomes import Outcome, read_outcome
from app.admin.ads.desk import PATH, AdsDesk, read_desk
from app.admin.ads.numbers import money
from app.admin.ads.words import ROLE_MEANINGS, ROLES, UNKNOWN_ROLE, UNKNOWN_ROLE_MEANING, StateWords, account_state
from app.ads.connections.schemas import AdvertiserRead, ConnectionRead
from app.messages.translator import Translator
from app.resources import Resources

__all__ = ["PATH", "AdsPage", "read_ads_page"]


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One ad account, in words."""

    account: AdvertiserRead
    role: str
    role_meaning: str
    state: StateWords
    balance: str


@dataclass(frozen=True, slots=True)
class AdsPage:
    """The page."""

    desk: AdsDesk
    outcome: Outcome | None
    connections: Sequence[ConnectionRead]
    advertisers: Sequence[AccountLine]
    problem: Sequence[str]

    @staticmethod
    def name_role(role: str | None) -> str:
        return ROLES.get(role or "", UNKNOWN_ROLE)


async def read_ads_page(
    app: Resources, i18n: Translator, admin_id: str, *, result: str, reason: str, problem: Sequence[str] = ()
) -> AdsPage:
    """Collect the page."""
    # The ads desk is read when somebody looks at it: most processes need not carry it.
    from app.ads.connections import showing

    desk = await read_desk(app, admin_id, "accounts")
    return AdsPage(
        desk=desk,
        outcome=read_outcome(i18n, result, reason),
        connections=await showing.read_connections(app),
        advertisers=[_line(i18n, account) for account in desk.accounts],
        problem=problem,
    )


def _line(i18n: Translator, account: AdvertiserRead) -> AccountLine:
    return AccountLine(
        account=account,
        role=ROLES.get(account.role or "", UNKNOWN_ROLE),
        role_meaning=ROLE_MEANINGS.get(account.role or "", UNKNOWN_ROLE_MEANING),
        state=account_state(i18n, account.status),
        balance=money(i18n, account.balance, account.currency),
    )
