"""Connected accounts: whether TikTok still takes their posts, and how much of its limits is in use."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

from sqlmodel import col, func, select

from app.accounts.models import Account, AccountState, PublishMode
from app.accounts.queries import list_live_accounts
from app.accounts.tokens.access import call_with_token
from app.accounts.tokens.lives import NO_LIFE, TokenLife, read_lives
from app.errors import AppError
from app.kit.clock import utcnow
from app.limits.budgets import CREATOR_INFO, STATUS_FETCH, BudgetSpent, list_usage
from app.ops.doctor.findings import Finding, broken, ok, warning
from app.posts.line.pacing import INITS_PER_MINUTE, PENDING_DRAFTS, count_in_day
from app.posts.models import AttemptOutcome, Post, PostAttempt, PostState
from app.resources import Resources
from app.tiktok.errors import TikTokRateLimited

_ENDS_SOON = timedelta(days=14)
_ACCOUNTS_ASKED_ABOUT = 50
_AT_ONCE = 8
_NEARLY_FULL = 0.9
_UNAUDITED = "unaudited_client_can_only_post_to_private_accounts"


async def check_accounts(app: Resources) -> AsyncIterator[Finding]:
    async with app.read() as session:
        accounts = await list_live_accounts(session)
        lives = await read_lives(session, [account.id for account in accounts])
    if not accounts:
        yield warning("Accounts", "none is connected", "Connect one on the settings page.")
    gate = asyncio.Semaphore(_AT_ONCE)

    async def check(account: Account, *, is_asked: bool) -> list[Finding]:
        async with gate:
            life = lives.get(account.id, NO_LIFE)
            return [finding async for finding in _check_account(app, account, life, is_asked=is_asked)]

    looks = [check(account, is_asked=number < _ACCOUNTS_ASKED_ABOUT) for number, account in enumerate(accounts)]
    for findings in await asyncio.gather(*looks):
        for finding in findings:
            yield finding
    if len(accounts) > _ACCOUNTS_ASKED_ABOUT:
        yield ok("Accounts", f"TikTok was asked about the first {_ACCOUNTS_ASKED_ABOUT} of {len(accounts)}")


async def _check_account(
    app: Resources, account: Account, life: TokenLife, *, is_asked: bool
) -> AsyncIterator[Finding]:
    subject, now = f"Account {account.display_name or account.username}", utcnow()
    if account.state is AccountState.reconnect:
        yield broken(subject, "TikTok no longer accepts its login", "Reconnect it on the settings page.")
        return
    if life.refresh_expires_at and life.refresh_expires_at - now < _ENDS_SOON:
        message = f"its login ends on {life.refresh_expires_at:%Y-%m-%d}"
        yield warning(subject, message, "Reconnect it on the settings page before then.")
    if life.expires_at and life.expires_at < now:
        message = f"its access token ended at {life.expires_at:%Y-%m-%d %H:%M} UTC and was not refreshed"
        yield warning(subject, message, "A worker refreshes it. If one runs, see its log; else start one.")
    needed = "video.upload" if account.settings.mode is PublishMode.inbox else "video.publish"
    if needed not in account.scopes:
        cure = f"Add {needed} to the app at TikTok, reconnect the account and leave the scope ticked."
        yield broken(subject, f"{needed} was not granted, but mode {account.settings.mode} needs it", cure)
    elif account.settings.mode is PublishMode.inbox:
        yield ok(subject, "connected, sends drafts")
    elif account.settings.privacy_level is None:
        yield broken(subject, "nobody has chosen who may see its posts; they wait", "Choose it in its settings.")
    elif is_asked:
        yield await _check_privacy(app, account, subject)


async def _check_privacy(app: Resources, account: Account, subject: str) -> Finding:
    try:
        creator = await call_with_token(
            app, account.id, lambda client, token: client.query_creator_info(token), limit=CREATOR_INFO
        )
    except (BudgetSpent, TikTokRateLimited):
        return ok(subject, "connected; what it may post was not asked: the budget for TikTok's creator_info is used")
    except AppError as error:
        return broken(
            subject, f"TikTok does not say what it may post: {error.message}", "Mend that, then run this again."
        )
    if account.settings.privacy_level not in creator.privacy_level_options:
        offered = ", ".join(creator.privacy_level_options)
        return broken(subject, f"TikTok no longer offers {account.settings.privacy_level}", f"Choose one of {offered}.")
    if not creator.is_private and await _was_refused_as_unaudited(app, account):
        cure = "Make the account, not the post, private in TikTok's app, or pass TikTok's audit."
        return broken(subject, "the app is unaudited, and the account is public", cure)
    kind = "private" if creator.is_private else "public"
    return ok(subject, f"connected, posts as {account.settings.privacy_level}, {kind} account")


async def _was_refused_as_unaudited(app: Resources, account: Account) -> bool:
    query = select(Post.fail_reason).where(
        col(Post.account_id) == account.id, col(Post.state).in_([PostState.failed, PostState.published])
    )
    async with app.read() as session:
        return (await session.exec(query.order_by(col(Post.updated_at).desc()).limit(1))).first() == _UNAUDITED


async def check_limits(app: Resources) -> AsyncIterator[Finding]:
    """Tell how much of TikTok's limits each account uses; where little is used, one line is enough."""
    async with app.read() as session:
        accounts = list(await list_live_accounts(session))[:_ACCOUNTS_ASKED_ABOUT]
        asked, creator = await list_usage(session, STATUS_FETCH), await list_usage(session, CREATOR_INFO)
    quiet = 0
    for account in accounts:
        finding = await _limits_of(app, account, asked.get(account.id, 0.0), creator.get(account.id, 0.0))
        if finding is None:
            quiet += 1
        else:
            yield finding
    if quiet:
        yield ok("Limits", f"{quiet} of {len(accounts)} accounts use little of what TikTok allows")


async def _limits_of(app: Resources, account: Account, asked: float, creator: float) -> Finding | None:
    now = utcnow()
    in_minute = select(func.count()).where(
        col(PostAttempt.account_id) == account.id,
        col(PostAttempt.started_at) > now - timedelta(minutes=1),
        col(PostAttempt.outcome) != AttemptOutcome.not_sent,
    )
    async with app.read() as session:
        inits, in_day = (await session.exec(in_minute)).one(), await count_in_day(session, account, now)
    is_inbox = account.settings.mode is PublishMode.inbox
    cap = min(account.settings.daily_cap, _learned_cap(account), *([PENDING_DRAFTS] if is_inbox else []))
    what = "drafts that wait" if is_inbox else "posts in 24 hours"
    used = (
        f"{inits} of {INITS_PER_MINUTE} posts in a minute, {in_day} of {cap} {what}, "
        f"{asked:.0%} of the questions about posts, {creator:.0%} of those about the creator"
    )
    subject = f"Limits of {account.display_name or account.username}"
    if in_day >= cap:
        cure = "Nothing is lost: posts take the next free slot. If that is too slow, post from another account as well."
        return warning(subject, used, cure)
    is_notable = max(inits / INITS_PER_MINUTE, in_day / max(cap, 1), asked, creator) >= _NEARLY_FULL
    return ok(subject, used) if is_notable else None


def _learned_cap(account: Account) -> int:
    """What TikTok has shown to be this creator's cap, for as long as that counts."""
    at, cap = account.pace.learned_daily_cap_at, account.pace.learned_daily_cap
    if at is None or cap is None or utcnow() - at > timedelta(days=1):
        return account.settings.daily_cap
    return cap
