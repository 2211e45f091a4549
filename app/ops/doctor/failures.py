"""What did not go out: posts that failed, by cause, and those that wait for an account that is gone."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

from sqlmodel import col, func, select

from app.accounts.connect.disconnect import REMOVED
from app.accounts.models import Account, AccountKind, AccountState
from app.kit.clock import utcnow
from app.ops.doctor.findings import Finding, broken, ok, warning
from app.posts.face.media_holds import read_held_media
from app.posts.gates import UNPROVEN
from app.posts.models import FINAL_STATES, Post, PostState
from app.resources import Resources
from app.tiktok.catalogue import explain_error, explain_fail_reason

_A_DAY = timedelta(days=1)
_EACH_TELLS = "Cause and cure stand on the page of each."


async def check_failures(app: Resources) -> AsyncIterator[Finding]:
    """Tell what failed within the last day, by cause, and what helps against the most frequent one."""
    cause = func.coalesce(col(Post.fail_reason), col(Post.state_reason), "unknown")
    failed = (col(Post.state) == PostState.failed, col(Post.finalized_at) > utcnow() - _A_DAY)
    async with app.read() as session:
        found = (await session.exec(select(cause, func.count()).where(*failed).group_by(cause))).all()
    causes = Counter(dict(found))
    if not causes:
        yield ok("Failed posts", "none within a day")
        return
    told = ", ".join(f"{count} × {name}" for name, count in causes.most_common())
    yield warning("Failed posts", f"{causes.total()} within a day: {told}", _cure(causes.most_common(1)[0][0]))


def _cure(cause: str) -> str:
    known = [advice for advice in (explain_fail_reason(cause), explain_error(cause)) if advice.is_known]
    return f"{known[0].cure} ({cause}) {_EACH_TELLS}" if known else _EACH_TELLS


async def check_ownership(app: Resources) -> AsyncIterator[Finding]:
    """Tell when TikTok does not believe that the media address is ours: nothing that it fetches goes out until then."""
    async with app.read() as session:
        holds = await read_held_media(session)
    for hold in holds:
        posts = "1 post waits" if hold.count == 1 else f"{hold.count} posts wait"
        since = f"since {hold.since:%Y-%m-%d %H:%M} UTC TikTok takes nothing from {hold.prefix}"
        yield broken(
            "Media address" if hold.portal is AccountKind.creator else "Media address of business accounts",
            f"{UNPROVEN}: {since}; {posts}",
            f"{explain_error(UNPROVEN).cure} Then the posts go out by themselves.",
        )


async def check_stranded(app: Resources) -> AsyncIterator[Finding]:
    """Tell of accounts that are gone while posts wait for them."""
    waiting = (
        select(col(Account.id), func.count())
        .join(Post, col(Post.account_id) == col(Account.id))
        .where(col(Account.state) != AccountState.connected, col(Post.state).not_in([*FINAL_STATES]))
        .group_by(col(Account.id))
    )
    async with app.read() as session:
        counts = (await session.exec(waiting.order_by(col(Account.id)))).all()
        stranded = [(await session.get_one(Account, account_id), count) for account_id, count in counts]
    for account, count in stranded:
        subject = f"Posts of {account.display_name or account.username}"
        cure = "Connect the account again on the settings page, and they go on by themselves; or cancel them."
        yield broken(subject, f"{count} wait, but {_how_it_ended(account)}", cure)


def _how_it_ended(account: Account) -> str:
    if account.state is AccountState.reconnect:
        return "TikTok no longer accepts the account's login"
    by_creator = (account.state_reason or "").startswith(REMOVED)
    return "its permission was revoked at TikTok" if by_creator else "the account was disconnected here"
