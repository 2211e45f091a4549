"""`newsreel doctor`: looks at every part and says what is wrong, why, and what to do."""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.markup import escape

from app.config import Settings, load_settings
from app.errors import ConfigurationError
from app.ops.doctor import (
    accounts,
    address,
    ads,
    business,
    business_accounts,
    clock,
    comments,
    failures,
    notifications,
    parts,
    posts,
    secrets,
    sources,
)
from app.ops.doctor.findings import Check, Finding, Level, broken
from app.resources import Resources, open_resources

__all__ = ["Finding", "Level", "examine", "run_doctor"]

CHECK_SECONDS = 20.0
"""How long one check may take: what does not answer by then is a finding of its own."""

ALWAYS: tuple[tuple[str, Check], ...] = (
    ("Data folder", parts.check_data_folder),
    ("Redis", parts.check_redis),
    ("Public address", address.check_public_address),
    ("Clock", clock.check_clocks),
    ("Marketing API", business.check_provider),
    ("Mail server", notifications.check_mail_server),
)
WITH_DATABASE: tuple[tuple[str, Check], ...] = (
    ("Worker", parts.check_worker),
    ("Secret key", secrets.check_secrets),
    ("TikTok app", secrets.check_app),
    ("Verification file", address.check_verification),
    ("Media", address.check_media),
    ("Accounts", accounts.check_accounts),
    ("Business accounts", business_accounts.check_business_accounts),
    ("Limits", accounts.check_limits),
    ("Posts", posts.check_posts),
    ("Waiting posts", failures.check_stranded),
    ("Failed posts", failures.check_failures),
    ("Media address", failures.check_ownership),
    ("Sources", sources.check_sources),
    ("TikTok's events", sources.check_events),
    ("Notifications", notifications.check_notifications),
    ("Marketing limits", business.check_calls),
    ("Marketing token", business.check_token),
    ("Ads connections", business.check_connections),
    ("Comments", comments.check_comments),
    ("Ads watches", ads.check_watches),
    ("Kept reports", ads.check_kept_reports),
    ("Spending guards", ads.check_own_guards),
)
_MARKS = {Level.ok: "[green]✓[/]", Level.warning: "[yellow]![/]", Level.broken: "[red]✗[/]"}


def run_doctor(*, as_json: bool = False) -> int:
    """Check everything and print what was found. Returns 1 if anything is broken, else 0."""
    try:
        findings = asyncio.run(open_and_examine(load_settings()))
    except ConfigurationError as error:
        findings = [broken("Settings", str(error), "Correct the setting and run this again.")]
    counts = {level: sum(finding.level is level for finding in findings) for level in Level}
    if as_json:
        told = {"broken": counts[Level.broken], "warnings": counts[Level.warning]}
        json.dump({**told, "findings": [asdict(finding) for finding in findings]}, sys.stdout, ensure_ascii=False)
        sys.stdout.write("\n")
    else:
        _print(findings, f"{counts[Level.broken]} broken, {counts[Level.warning]} to look at.")
    return 1 if counts[Level.broken] else 0


def _print(findings: Sequence[Finding], summary: str) -> None:
    console = Console()
    for finding in findings:
        mark = _MARKS[finding.level]
        console.print(f"{mark} [bold]{escape(finding.subject)}[/]: {escape(finding.message)}", highlight=False)
        if finding.cure:
            console.print(f"    → {escape(finding.cure)}", highlight=False)
    console.print(f"\n{summary}")


async def open_and_examine(settings: Settings) -> list[Finding]:
    """Make every check of an installation, with resources of its own."""
    async with open_resources(settings) as app:
        return await examine(app)


async def examine(app: Resources) -> list[Finding]:
    """Make every check that can be made. None of them changes anything, and none is waited for without end."""
    findings = [parts.check_settings(app.settings), parts.check_disk(app.settings.data_dir)]
    database = await _make("Database", parts.check_database, app)
    findings += database
    checks = ALWAYS
    if all(finding.level is Level.ok for finding in database):
        checks += WITH_DATABASE
    for made in await asyncio.gather(*(_make(subject, check, app) for subject, check in checks)):
        findings += made
    return findings


async def _make(subject: str, check: Check, app: Resources) -> list[Finding]:
    findings: list[Finding] = []
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            async for finding in check(app):
                findings.append(finding)  # noqa: PERF401 - what was found counts although the rest hangs
    except TimeoutError:
        findings.append(_unanswered(subject))
    except Exception as error:  # noqa: BLE001
        # One part that fails in a way that nobody foresaw must not hide what the others say.
        cure = "Look at the other findings first; if this one stays, the log of the web process or worker tells more."
        findings.append(broken(subject, f"could not be checked ({type(error).__name__})", cure))
    return findings


def _unanswered(subject: str) -> Finding:
    cure = "Something on the way swallows what is sent: look at the network, a firewall, or a database that is locked."
    return broken(subject, f"gave no answer within {CHECK_SECONDS:.0f} s", cure)
