"""`newsreel doctor`: looks at every part and says what is wrong, why, and what to do."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from redis.exceptions import RedisError
from rich.console import Console
from rich.markup import escape
from sqlmodel import col, func, select

from app.accounts.models import Account, AccountState, PublishMode
from app.accounts.service import app_credentials, call_with_token
from app.articles.known import secret_place
from app.articles.models import Source
from app.config import Settings, is_loopback, load_settings
from app.errors import AppError, ConfigurationError, VendorError
from app.health import readiness
from app.kit.addresses import AllowedOrigins
from app.kit.clock import utcnow
from app.kit.crypto import Undecryptable
from app.media.models import VerificationFile
from app.posts.models import Post, PostState
from app.resources import Resources, open_resources

_ENDS_SOON = timedelta(days=14)
_LOW_DISK_BYTES = 1_000_000_000


class Level(StrEnum):
    ok = "ok"
    warning = "warning"
    broken = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One look at one subject. `cure` is empty where nothing is to be done."""

    level: Level
    subject: str
    message: str
    cure: str = ""


_MARKS = {Level.ok: "[green]✓[/]", Level.warning: "[yellow]![/]", Level.broken: "[red]✗[/]"}


def run_doctor() -> int:
    """Check everything and print what was found. Returns 1 if anything is broken, else 0."""
    console = Console()
    try:
        settings = load_settings()
        findings = asyncio.run(_examine(settings))
    except ConfigurationError as error:
        findings = [Finding(Level.broken, "Settings", str(error), "Correct the setting and run this again.")]
    for finding in findings:
        mark = _MARKS[finding.level]
        console.print(f"{mark} [bold]{escape(finding.subject)}[/]: {escape(finding.message)}", highlight=False)
        if finding.cure:
            console.print(f"    → {escape(finding.cure)}", highlight=False)
    broken = sum(finding.level is Level.broken for finding in findings)
    console.print(f"\n{broken} broken, {sum(f.level is Level.warning for f in findings)} to look at.")
    return 1 if broken else 0


async def _examine(settings: Settings) -> list[Finding]:
    findings = [_check_settings(settings), _check_disk(settings.data_dir)]
    async with open_resources(settings) as app:
        database = await _check_database(app)
        findings.append(database)
        checks: list[Callable[[Resources], AsyncIterator[Finding]]] = [_check_redis, _check_public_address]
        if database.level is Level.ok:
            checks += [_check_worker, _check_secrets, _check_app, _check_verification, _check_accounts, _check_posts]
        for check in checks:
            findings += [finding async for finding in check(app)]
    return findings


def _ok(subject: str, message: str) -> Finding:
    return Finding(Level.ok, subject, message)


def _check_settings(settings: Settings) -> Finding:
    unreadable = AllowedOrigins(settings.fetch_allow_hosts).unreadable
    if unreadable:
        message = f"NEWSREEL_FETCH_ALLOW_HOSTS has entries that allow nothing: {', '.join(unreadable)}"
        return Finding(Level.warning, "Settings", message, "Write each as host or host:port, separated by commas.")
    return _ok("Settings", "all read")


def _check_disk(data_dir: Path) -> Finding:
    folder = data_dir if data_dir.exists() else Path()
    free = shutil.disk_usage(folder).free
    message = f"{free / 1e9:.1f} GB free for {data_dir}"
    if free < _LOW_DISK_BYTES:
        return Finding(Level.warning, "Disk", message, "Free some space: media is kept for 7 days after the verdict.")
    return _ok("Disk", message)


async def _check_database(app: Resources) -> Finding:
    kind = "SQLite" if app.db.is_sqlite else "PostgreSQL"
    checks = await readiness(app)
    if checks["database"] == "ok":
        return _ok("Database", f"{kind}, at the newest migration")
    if checks["database"] == "migration_needed":
        return Finding(Level.broken, "Database", f"{kind}, at an older version or empty", "Run: newsreel migrate")
    cure = "Start the database, or correct NEWSREEL_DATABASE_URL."
    return Finding(Level.broken, "Database", f"{kind} does not answer", cure)


async def _check_redis(app: Resources) -> AsyncIterator[Finding]:
    embedded = not app.settings.redis_url.get_secret_value()
    try:
        length = await app.queue.length()
    except (RedisError, OSError) as error:
        cure = "Start Newsreel: `newsreel up` brings Redis along." if embedded else "Start Redis, or correct its URL."
        yield Finding(Level.broken, "Redis", f"does not answer ({type(error).__name__}): posts only wait", cure)
        return
    yield _ok("Redis", f"{'embedded' if embedded else 'external'}, {length} jobs wait or run")


async def _check_worker(app: Resources) -> AsyncIterator[Finding]:
    checks = await readiness(app)
    if checks["worker"] == "ok":
        yield _ok("Worker", "alive")
    else:
        cure = "Start one with `newsreel worker`, or everything with `newsreel up`."
        yield Finding(Level.broken, "Worker", "no sign of life within the last minute: nothing is posted", cure)
    if (waiting := checks["oldest_waiting_seconds"]) is not None and waiting > 600:
        yield Finding(
            Level.warning, "Queue", f"a post has been due for {waiting / 60:.0f} minutes", "See the worker's log."
        )


async def _check_public_address(app: Resources) -> AsyncIterator[Finding]:
    url = app.settings.public_url
    if is_loopback(urlsplit(url).hostname or ""):
        cure = "Set NEWSREEL_PUBLIC_URL to the https address under which TikTok reaches this service."
        yield Finding(
            Level.warning, "Public address", f"{url} is this machine's own: TikTok cannot fetch from it", cure
        )
    problem = await _fetch_problem(f"{url}/healthz", '"ok"')
    if problem is None:
        yield _ok("Public address", f"{url} answers")
    else:
        cure = "Start the web process, and check DNS, certificate, reverse proxy and bot protection of this address."
        yield Finding(Level.broken, "Public address", f"{url}/healthz {problem}", cure)


async def _fetch_problem(url: str, expected: str) -> str | None:
    try:
        async with httpx.AsyncClient(timeout=10, follow_redirects=False, trust_env=False) as http:
            answer = await http.get(url)
    except httpx.HTTPError as error:
        return f"cannot be reached from here ({type(error).__name__})"
    if answer.status_code != 200:
        return f"answers {answer.status_code}"
    return None if expected in answer.text else "answers with something else"


async def _check_secrets(app: Resources) -> AsyncIterator[Finding]:
    async with app.read() as session:
        sources = (await session.exec(select(Source))).all()
    try:
        for source in sources:
            app.keyring.decrypt(source.secret_encrypted, place=secret_place(source.id, "secret_encrypted"))
    except Undecryptable:
        cure = "Put the key that was in use back into NEWSREEL_SECRET_KEY, after the first (comma list)."
        yield Finding(Level.broken, "Secret key", "stored secrets cannot be read with the configured keys", cure)
    else:
        yield _ok("Secret key", f"opens the stored secrets ({len(sources)} sources)")


async def _check_app(app: Resources) -> AsyncIterator[Finding]:
    try:
        client_key, client_secret, redirect_uri = await app_credentials(app)
    except (AppError, Undecryptable):
        client_key, client_secret, redirect_uri = "", "", app.settings.callback_uri
    if not client_key or not client_secret:
        cure = "Enter client key and secret on the settings page, or set TIKTOK_CLIENT_KEY and TIKTOK_CLIENT_SECRET."
        yield Finding(Level.broken, "TikTok app", "client key or secret is missing", cure)
        return
    parts = urlsplit(redirect_uri)
    if parts.query or parts.fragment or (parts.scheme != "https" and not is_loopback(parts.hostname or "")):
        cure = "TikTok takes https without query, or http on localhost with a port. It must equal the registered one."
        yield Finding(Level.broken, "TikTok app", f"TikTok will not take {redirect_uri} as redirect URI", cure)
        return
    yield _ok("TikTok app", f"client key {client_key[:4]}…, redirect URI {redirect_uri}")


async def _check_verification(app: Resources) -> AsyncIterator[Finding]:
    async with app.read() as session:
        files = (await session.exec(select(VerificationFile))).all()
    if not files:
        prefix = f"{app.settings.public_url}/media/"
        cure = f"In TikTok's portal verify the URL prefix {prefix}, and store its file on the settings page."
        yield Finding(
            Level.warning, "Verification file", "none is stored; TikTok pulls media only from verified addresses", cure
        )
    for file in files:
        problem = await _fetch_problem(f"{app.settings.public_url}/{file.filename}", file.content)
        if problem is None:
            yield _ok("Verification file", f"{file.filename} is served")
        else:
            cure = "Let the reverse proxy pass this path through, without redirect, login or bot protection."
            yield Finding(Level.broken, "Verification file", f"{file.filename} {problem}", cure)


async def _check_accounts(app: Resources) -> AsyncIterator[Finding]:
    async with app.read() as session:
        accounts = (await session.exec(select(Account).where(col(Account.state) != AccountState.disconnected))).all()
    if not accounts:
        yield Finding(Level.warning, "Accounts", "none is connected", "Connect one on the settings page.")
    for account in accounts:
        async for finding in _check_account(app, account):
            yield finding


async def _check_account(app: Resources, account: Account) -> AsyncIterator[Finding]:
    subject = f"Account {account.display_name or account.username}"
    if account.state is AccountState.reconnect:
        yield Finding(Level.broken, subject, "TikTok no longer accepts its login", "Reconnect it on the settings page.")
        return
    if account.refresh_expires_at and account.refresh_expires_at - utcnow() < _ENDS_SOON:
        message = f"its login ends on {account.refresh_expires_at:%Y-%m-%d}"
        yield Finding(Level.warning, subject, message, "Reconnect it on the settings page before then.")
    needed = "video.upload" if account.mode is PublishMode.inbox else "video.publish"
    if needed not in account.scopes:
        cure = f"Add {needed} to the app at TikTok, reconnect the account and leave the scope ticked."
        yield Finding(Level.broken, subject, f"{needed} was not granted, but mode {account.mode} needs it", cure)
        return
    if account.mode is PublishMode.inbox:
        yield _ok(subject, "connected, sends drafts")
        return
    yield await _check_privacy(app, account, subject)


async def _check_privacy(app: Resources, account: Account, subject: str) -> Finding:
    try:
        creator = await call_with_token(app, account.id, lambda client, token: client.query_creator_info(token))
    except VendorError as error:
        return Finding(
            Level.broken, subject, f"TikTok refuses: {error.message}", "See the cure above, then run this again."
        )
    if account.privacy_level is None:
        return Finding(
            Level.broken, subject, "nobody has chosen who may see its posts; they wait", "Choose it in its settings."
        )
    if account.privacy_level not in creator.privacy_level_options:
        offered = ", ".join(creator.privacy_level_options)
        return Finding(
            Level.broken, subject, f"TikTok no longer offers {account.privacy_level}", f"Choose one of {offered}."
        )
    if not creator.is_private and await _was_refused_as_unaudited(app, account):
        cure = "Make the account, not the post, private in TikTok's app, or pass TikTok's audit."
        return Finding(Level.broken, subject, "the app is unaudited, and the account is public", cure)
    return _ok(
        subject, f"connected, posts as {account.privacy_level}, {'private' if creator.is_private else 'public'} account"
    )


async def _was_refused_as_unaudited(app: Resources, account: Account) -> bool:
    code = "unaudited_client_can_only_post_to_private_accounts"
    query = select(Post.fail_reason).where(
        col(Post.account_id) == account.id, col(Post.state).in_([PostState.failed, PostState.published])
    )
    async with app.read() as session:
        return (await session.exec(query.order_by(col(Post.updated_at).desc()).limit(1))).first() == code


async def _check_posts(app: Resources) -> AsyncIterator[Finding]:
    query = select(func.count()).where(col(Post.state) == PostState.unconfirmed)
    async with app.read() as session:
        unconfirmed = (await session.exec(query)).one()
    if unconfirmed:
        cure = "Look at the account on TikTok, then say on each post's page whether it is there."
        yield Finding(Level.warning, "Posts", f"{unconfirmed} unconfirmed: TikTok's answer was lost", cure)
    else:
        yield _ok("Posts", "none is unconfirmed")
