"""What the page of the audit log shows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlencode

from app.admin.audit.route_words import PREFIX, words_of
from app.admin.audit.values import NAMES, UNTOLD, say
from app.admin.audit.words import FAMILIES, KINDS
from app.audit.models import AuditEntry
from app.audit.queries import AuditFilter, list_entries
from app.auth.models import Admin
from app.kit.clock import in_utc
from app.kit.zones import zone_of
from app.messages.translator import Translator
from app.resources import Resources

PATH = "/admin/audit"
_AT_ONCE = 50
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)\Z")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filter as it stands in the address."""

    action: str = ""
    actor: str = ""
    object_id: str = ""
    first_day: str = ""
    last_day: str = ""

    @property
    def query(self) -> dict[str, str]:
        given = {
            "action": self.action,
            "actor": self.actor,
            "object": self.object_id,
            "from": self.first_day,
            "to": self.last_day,
        }
        return {name: value for name, value in given.items() if value}


@dataclass(frozen=True, slots=True)
class Change:
    """One value, as it was and as it is. `label` is our word for its name, or '' where we have none."""

    name: str
    label: str
    before: str | datetime
    after: str | datetime


@dataclass(frozen=True, slots=True)
class EntryView:
    """One line: when, who, what. `action` is our word for it, or '' where we have none for `slug`."""

    id: str
    at: datetime
    who: str
    kind: str
    address: str
    action: str
    slug: str
    object_id: str
    object_name: str
    changes: Sequence[Change]


@dataclass(frozen=True, slots=True)
class AuditPage:
    entries: Sequence[EntryView]
    wanted: Wanted
    families: Sequence[tuple[str, str]]
    older: str
    days: int


async def read_audit_page(
    resources: Resources, i18n: Translator, admin: Admin, wanted: Wanted, cursor: str
) -> AuditPage:
    """Collect the page."""
    since, until = _day(wanted.first_day, admin.timezone), _day(wanted.last_day, admin.timezone, days=1)
    filters = AuditFilter(wanted.action, wanted.actor, wanted.object_id, since, until)
    async with resources.read() as session:
        page = await list_entries(session, filters, limit=_AT_ONCE, cursor=cursor)
    older = f"{PATH}?{urlencode({**wanted.query, 'cursor': page.next_cursor})}" if page.next_cursor else ""
    entries = [_view(i18n, entry) for entry in page.items]
    return AuditPage(entries, wanted, FAMILIES, older, resources.settings.audit_days)


def _view(i18n: Translator, entry: AuditEntry) -> EntryView:
    words = words_of(entry.action)
    # What the edge notes are the parts of an address: whoever has the words needs none of them.
    is_told = words and entry.action.startswith(PREFIX)
    names = [] if is_told else sorted({*entry.before, *entry.after} - UNTOLD)
    return EntryView(
        id=entry.id,
        at=entry.at,
        who=entry.actor_name,
        kind=KINDS.get(entry.actor_kind, entry.actor_kind),
        address=entry.address,
        action=words,
        slug=entry.action,
        object_id=entry.object_id,
        object_name=entry.object_name,
        changes=[
            Change(name, NAMES.get(name, ""), _said(i18n, entry.before, name), _said(i18n, entry.after, name))
            for name in names
        ],
    )


def _said(i18n: Translator, values: dict[str, object], name: str) -> str | datetime:
    value = values.get(name)
    if isinstance(value, str) and _MOMENT.match(value):
        return datetime.fromisoformat(value)
    return say(i18n, name, value)


def _day(text: str, zone: str, *, days: int = 0) -> datetime | None:
    """The beginning of a day in the reader's zone, or of one so many days later; nothing for what is no day."""
    try:
        day = date.fromisoformat(text) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    return in_utc(datetime.combine(day, time(), zone_of(zone) if zone else UTC))
