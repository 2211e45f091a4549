"""What the desk's first page shows."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.accounts.models import AccountState
from app.admin.accounts.page import name_account
from app.admin.overview.chart import Bar, draw
from app.admin.posts.list_page import PostRow, make_row
from app.admin.start.page import FirstSteps, read_first_steps
from app.articles.models import Source
from app.articles.silent_sources import list_silent_sources
from app.articles.sources import list_sources
from app.kit.clock import utcnow
from app.messages.kinds import show_span
from app.messages.translator import N_, Translator
from app.posts.face.media_holds import HeldMedia
from app.posts.face.overview import AccountUse, Group, Overview, read_overview
from app.posts.face.stats import Stats, read_stats
from app.resources import Resources

DAYS = 14
_MOST_SILENT = 5

_NEEDS: dict[str, tuple[str, str, str]] = {
    "alert": (N_("Look at these on TikTok"), "bad", "/admin/posts?need=alert"),
    "unconfirmed": (N_("Nobody knows yet whether these are out"), "odd", "/admin/posts?state=unconfirmed"),
    "awaiting_approval": (N_("Wait for your approval"), "warn", "/admin/approvals"),
    "failed": (N_("Failed in the last three days"), "bad", "/admin/posts?state=failed"),
    "held": (N_("Wait until something is put right"), "warn", "/admin/posts?need=held"),
}


@dataclass(frozen=True, slots=True)
class Need:
    """Posts that wait for a person, with the way to all of them."""

    label: str
    tone: str
    count: int
    href: str
    rows: Sequence[PostRow]


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account's day: how much of it is used."""

    id: str
    name: str
    used: int
    cap: int
    closed_until: datetime | None
    must_reconnect: bool
    is_off: bool

    @property
    def is_full(self) -> bool:
        return self.used >= self.cap


@dataclass(frozen=True, slots=True)
class OverviewPage:
    """The desk."""

    held_media: Sequence[HeldMedia]
    needs: Sequence[Need]
    ahead: Sequence[PostRow]
    out: Sequence[PostRow]
    out_count: int
    accounts: Sequence[AccountLine]
    more_accounts: int
    bars: Sequence[Bar]
    timezone: str
    usual: str
    slow: str
    has_sources: bool
    first: FirstSteps | None
    silent: Sequence[Source]
    seen: str

    @property
    def total(self) -> int:
        return sum(bar.day.published + bar.day.failed for bar in self.bars)


async def read_overview_page(resources: Resources, i18n: Translator) -> OverviewPage:
    """Collect the desk. Days are those of the installation's zone."""
    zone = ZoneInfo(resources.settings.timezone or "UTC")
    today = utcnow().astimezone(zone).date()
    async with resources.read() as session:
        found = await read_overview(session, resources.settings, datetime.combine(today, time(), tzinfo=zone))
        stats = await read_stats(session, zone, today - timedelta(days=DAYS - 1), today)
        sources = await list_sources(session, limit=1)
        silent = await list_silent_sources(session, limit=_MOST_SILENT)
        first = await read_first_steps(session, resources.settings)
    return OverviewPage(
        held_media=found.held_media,
        needs=[_need(i18n, group) for group in found.needs],
        ahead=[make_row(i18n, post) for post in found.ahead],
        out=[make_row(i18n, post) for post in found.out.posts],
        out_count=found.out.count,
        accounts=[_line(use) for use in found.accounts],
        more_accounts=found.accounts_count - len(found.accounts),
        bars=draw(stats.days),
        timezone=stats.timezone,
        usual=_span(i18n, stats.seconds_p50),
        slow=_span(i18n, stats.seconds_p95),
        has_sources=bool(sources.items),
        first=first,
        silent=silent,
        seen=_fingerprint(found, stats, bool(sources.items), first, silent),
    )


def _need(i18n: Translator, group: Group) -> Need:
    label, tone, href = _NEEDS[group.name]
    return Need(label, tone, group.count, href, [make_row(i18n, post) for post in group.posts])


def _line(use: AccountUse) -> AccountLine:
    return AccountLine(
        id=use.account.id,
        name=name_account(use.account),
        used=use.used,
        cap=use.cap,
        closed_until=use.closed_until,
        must_reconnect=use.account.state is AccountState.reconnect,
        is_off=not use.account.settings.enabled,
    )


def _span(i18n: Translator, seconds: float | None) -> str:
    return "" if seconds is None else show_span(i18n, seconds)


def _fingerprint(
    found: Overview, stats: Stats, has_sources: bool, first: FirstSteps | None, silent: Sequence[Source]
) -> str:
    """Tell whether the page would look the same: what is not in it may change unseen."""
    posts = [post for group in (*found.needs, found.out) for post in group.posts]
    shown = [
        [[hold.portal, hold.prefix, str(hold.since), hold.count] for hold in found.held_media],
        [[group.name, group.count] for group in (*found.needs, found.out)],
        [[post.id, post.state, post.state_reason, post.alert, str(post.updated_at)] for post in (*posts, *found.ahead)],
        [[use.account.id, use.account.state, use.account.settings.enabled, use.used, use.cap,
          str(use.closed_until)[:16]] for use in found.accounts],
        stats.model_dump(mode="json"),
        has_sources,
        [step.is_done for step in first.steps] if first else [],
        [[source.id, source.name, str(source.silent_since)] for source in silent],
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:16]
