"""Posts for which nobody has to paste a Spark code [business-api.md 8].

An account that is linked to the ad account (`TT_USER`), or that stands in its business center (`BC_AUTH_TT`), lends its
posts without a code. One that is connected here as a business account makes the code by its own token.
"""

from dataclasses import dataclass
from typing import Any

from app.accounts.business_account import BusinessAccount, call_as_business
from app.accounts.models import Account, AccountKind, AccountState
from app.ads.boosts.codes import seal_code
from app.ads.boosts.facts import read_facts
from app.ads.boosts.lease import change
from app.ads.boosts.once import note_sent
from app.ads.boosts.work import Ended, Later, Work
from app.ads.connections.reach import Reach
from app.ads.internal import audit
from app.ads.internal.audit import Entry
from app.ads.models import Boost, BoostStep
from app.ads.refusals import as_refusal
from app.kit.failpoints import reach as mark_failpoint
from app.messages import ads_boosts
from app.tiktok_business.codes import Kind
from app.tiktok_business.errors import BusinessError, Outcome
from app.tiktok_business.family import every
from app.tiktok_business.limiter import Priority
from app.tiktok_business.sending import Patience
from app.tiktok_business.spark import LENT_DAYS, MOST_DAYS, SparkCode

SCOPE = "biz.spark.auth"
LINKED, IN_CENTER = "TT_USER", "BC_AUTH_TT"
_LEAST_DAYS_LENT = 30
_MOST_LOOKED_AT = 20
"""So many linked accounts are asked for the post, where their names do not tell whose it is."""
_PATIENCE = Patience(Priority.interactive, "boost", deadline=60.0)


@dataclass(frozen=True, slots=True)
class Lender:
    """A linked account that has the post. `bc_id`: the business center through which it is linked."""

    identity_id: str
    identity_type: str
    bc_id: str | None
    name: str
    is_political: bool


def lends_by_itself(account: Account) -> bool:
    """Tell whether an account is connected here in such a way that it can make the code for its own posts."""
    is_connected = account.kind is AccountKind.business and account.state is AccountState.connected
    return is_connected and SCOPE in account.scopes


async def find_linked(reach: Reach, item_id: str, username: str) -> Lender | None:
    """Look for the account of a post among those that are linked to the ad account. Raises BusinessError."""
    center = reach.advertiser.bc_id if reach.advertiser else None
    for kind, bc_id in ((LINKED, None), (IN_CENTER, center)):
        if kind == LINKED or bc_id:
            found = await _find_of_kind(reach, kind, bc_id or None, item_id, username)
            if found is not None:
                return found
    return None


async def _find_of_kind(reach: Reach, kind: str, bc_id: str | None, item_id: str, username: str) -> Lender | None:
    identities, looked_at = reach.client.identities, 0
    if not reach.client.address.has("identity/video/info/"):
        return None
    listed = every(identities.list_identities, reach.advertiser_id, identity_type=kind, authorized_bc_id=bc_id)
    async for one in listed:
        is_other = bool(one.user_name and username and one.user_name != username)
        if is_other or one.identity_type != kind or one.can_pull_video is False:
            continue
        if one.available_status not in {"", "AVAILABLE"} or looked_at >= _MOST_LOOKED_AT:
            continue
        looked_at += 1
        center = one.identity_authorized_bc_id or bc_id
        if await identities.has_post(reach.advertiser_id, kind, one.identity_id, item_id, authorized_bc_id=center):
            name = one.display_name or one.user_name
            return Lender(one.identity_id, kind, center, name, is_political=bool(one.is_gpppa))
    return None


def values_of(lender: Lender) -> dict[str, Any]:
    """What an ad in this account's name needs. Raises Ended."""
    if lender.is_political:
        raise Ended("political_account", ads_boosts.POLITICAL)
    return {
        "identity_id": lender.identity_id, "identity_type": lender.identity_type, "identity_bc_id": lender.bc_id,
    }  # fmt: skip


async def have_code_made(work: Work, step: BoostStep) -> None:
    """Have the post's own account lend it, and put the code on disk. Raises Later, Ended, LeaseLost, AppError.

    A code that is there already is taken: a new one would end it, and with it the ads of whoever has it.
    """
    boost = work.boost
    async with work.app.read() as session:
        account = (await read_facts(session, boost.post_id)).account
    if not lends_by_itself(account):
        raise Ended("code_missing", ads_boosts.CODE_NEEDED)

    async def lend(owner: BusinessAccount) -> SparkCode:
        code = await owner.client.spark.find_code(owner.business_id, boost.item_id)
        if code is not None and code.is_good:
            return code
        await note_sent(work, step)
        mark_failpoint("boost.lend.sent")
        made = await _on_record(work, owner)
        mark_failpoint("boost.lend.answered")
        return made

    try:
        code = await call_as_business(work.app, account.id, lend, patience=_PATIENCE)
    except BusinessError as error:
        raise _meaning_of(error) from None
    if not code.auth_code:
        raise Later
    sealed = seal_code(work.app.keyring, boost.id, code.auth_code)
    await change(work.app, boost, code_encrypted=sealed, code_ends_at=code.ends_at)


async def _on_record(work: Work, owner: BusinessAccount) -> SparkCode:
    """Make the code; that it was made stands among the calls, what it is does not."""
    boost = work.boost

    async def act(entry: Entry) -> SparkCode:
        await audit.begin(work.app, entry)
        return await owner.client.spark.lend(owner.business_id, boost.item_id, days=_days_of(boost))

    payload = {"advertiser_id": boost.advertiser_id, "boost_id": boost.id, "item_id": boost.item_id}
    return await work.desk.on_record("ads.boost.lend", payload, act)


def _days_of(boost: Boost) -> int:
    """For how long: it may be started some days after it was made."""
    return next((one for one in LENT_DAYS if one >= max(_LEAST_DAYS_LENT, boost.days + 7)), MOST_DAYS)


def _meaning_of(error: BusinessError) -> Exception:
    """The owner's account refused, and not the ad account: its consent has nothing to do with it."""
    told = as_refusal(error).message
    may_pass = error.meaning.is_retryable or error.meaning.kind in {Kind.throttled, Kind.pending, Kind.provider}
    if error.outcome is Outcome.unknown or may_pass:
        return Later(error.retry_after, why=told)
    return Ended("lending_refused", ads_boosts.boost_lending_refused(told))
