"""What a message says, in the language and the time zone of whoever reads it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.kit.zones import zone_of
from app.messages import notifications as said
from app.messages.kinds import InZone
from app.messages.message import Message, read_whole
from app.messages.translator import translator
from app.notifications.models import NotificationMessage
from app.outbox.models import EventType
from app.outbox.models_endpoints import NotificationEndpoint

TEST = "test"
"""The type of a message that only shows that the way is open."""

NAMES: Mapping[str, Message] = {
    EventType.post_published: said.POST_PUBLISHED,
    EventType.post_failed: said.POST_FAILED,
    EventType.post_waiting: said.POST_WAITING,
    EventType.post_unconfirmed: said.POST_UNCONFIRMED,
    EventType.post_taken_down: said.POST_TAKEN_DOWN,
    EventType.post_link_known: said.POST_LINK_KNOWN,
    EventType.account_reconnect: said.ACCOUNT_RECONNECT,
    EventType.account_disconnected: said.ACCOUNT_DISCONNECTED,
    EventType.media_refused: said.MEDIA_REFUSED,
    EventType.source_silent: said.SOURCE_SILENT,
    EventType.article_withdrawn: said.ARTICLE_WITHDRAWN,
    EventType.comment_new: said.COMMENT_NEW,
    EventType.ads_watch: said.ADS_WATCH,
    EventType.ads_report: said.ADS_REPORT,
    EventType.ads_boost: said.ADS_BOOST,
    EventType.switched_off: said.SWITCHED_OFF,
    TEST: said.TEST,
}
CHOICES: Mapping[str, Message] = {
    name: text for name, text in NAMES.items() if name not in {EventType.switched_off, TEST}
}
"""What an endpoint may listen to; that another one was switched off is told to all."""

_CURES: Mapping[str, Message] = {
    EventType.account_reconnect: said.RECONNECT_CURE,
    EventType.account_disconnected: said.DISCONNECTED_CURE,
    EventType.switched_off: said.SWITCHED_OFF_CURE,
    TEST: said.TEST_TEXT,
}
_SHOWN = 20
"""So many events of a digest are told of one by one."""
_LONGEST_NAME = 120
_APPROVAL = "/admin/approvals/{id}"
_PAGES: Mapping[str, str] = {
    "post": "/admin/posts/{id}",
    "account": "/admin/settings/social-media#accounts",
    "media": "/admin/domain",
    "source": "/admin/sources",
    "endpoint": "/admin/notifications",
    "ads_watch": "/admin/ads/watches",
    "ads_report": "/admin/ads/reports?saved={id}",
    "boost": "/admin/ads/boosts/{id}",
    "comment": "/social/?comment={id}",
    "comments": "/social/?advertiser_id={id}",
    "own_comments": "/social/?account_id={id}",
}


@dataclass(frozen=True, slots=True)
class Link:
    """Where a click leads."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """What is said of one event."""

    title: str
    lines: Sequence[str]
    links: Sequence[Link]


@dataclass(frozen=True, slots=True)
class Letter:
    """A whole message in words."""

    language: str
    subject: str
    paragraphs: Sequence[Paragraph]
    rest: str = ""


class Writer:
    """Writes for one endpoint."""

    def __init__(self, endpoint: NotificationEndpoint, public_url: str) -> None:
        self._to = InZone(translator(endpoint.language), zone_of(endpoint.timezone))
        self._public_url = public_url

    def write(self, message: NotificationMessage) -> Letter:
        """Put a message in words."""
        first, items = message.items[0], message.items
        subject = self.summary(message.type, first)
        if len(items) > 1:
            what, name = what_happened(message.type, first), name_of(first["data"])
            subject = self.say(said.told_of_several(what, name, len(items) - 1))
        paragraphs = [self.paragraph(message.type, item) for item in items[:_SHOWN]]
        rest = self.say(said.and_more(len(items) - _SHOWN)) if len(items) > _SHOWN else ""
        return Letter(self._to.i18n.language, subject, paragraphs, rest)

    def summary(self, event_type: str, item: Mapping[str, Any]) -> str:
        """Say in one line what happened to whom."""
        what, name = what_happened(event_type, item), name_of(item["data"])
        return f"{self.say(what)}: {name}" if name else self.say(what)

    def say(self, message: Message) -> str:
        """Say one sentence as plain text."""
        return " ".join(message.written(self._to).split())

    def page(self, item: Mapping[str, Any], event_type: str = "") -> str:
        """The address of the page about what happened."""
        return f"{self._public_url}{page_of(event_type, str(item.get('subject', '')))}"

    def paragraph(self, event_type: str, item: Mapping[str, Any]) -> Paragraph:
        """Say what happened, with where to look at it."""
        lines = [self.say(line) for line in _lines(event_type, item)]
        return Paragraph(self.summary(event_type, item), lines, list(self._links(event_type, item)))

    def _links(self, event_type: str, item: Mapping[str, Any]) -> Iterator[Link]:
        data = item["data"]
        yield Link(self.say(said.OPEN_HERE), self.page(item, event_type))
        for label, address in ((said.OPEN_TIKTOK, data.get("share_url")), (said.OPEN_ARTICLE, data.get("article_url"))):
            if isinstance(address, str) and address.startswith(("https://", "http://")):
                yield Link(self.say(label), address)


def page_of(event_type: str, subject: str) -> str:
    """The path of the page about what happened: of a post that waits for approval, where it is decided."""
    kind, _, row_id = subject.partition(":")
    path = _APPROVAL if event_type == EventType.post_waiting else _PAGES.get(kind, "/admin/")
    return path.format(id=row_id)


def message_name(event_type: str) -> Message:
    """Name a kind of event; one of tomorrow's is named as programs name it."""
    return NAMES.get(event_type) or Message(event_type)


def what_happened(event_type: str, item: Mapping[str, Any]) -> Message:
    """Say what happened; of a post that still waits for a person, that it does."""
    if not item.get("is_escalation"):
        return message_name(event_type)
    return said.STILL_THERE if event_type == EventType.article_withdrawn else said.STILL_WAITING


def name_of(data: Mapping[str, Any]) -> str:
    """Name what it happened to."""
    told = (data.get(key) for key in ("title", "source", "account", "prefix"))
    name = " ".join(str(next(filter(None, told), "")).split())
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME].rstrip()}…"


def why_of(data: Mapping[str, Any]) -> Message | None:
    """Read the sentence that an event brings along."""
    why = data.get("why")
    return read_whole(why) if isinstance(why, Mapping) and why.get("text") else None


def _lines(event_type: str, item: Mapping[str, Any]) -> Iterator[Message]:
    data, at = item["data"], datetime.fromisoformat(item["at"])
    why = why_of(data)
    if why is not None:
        yield why
    if cure := _CURES.get(event_type):
        yield cure
    if event_type == EventType.source_silent and data.get("last_heard_at"):
        yield said.last_heard(datetime.fromisoformat(data["last_heard_at"]))
    if data.get("title") and data.get("account"):
        yield said.of_account(str(data["account"]))
    yield said.waiting_since(at) if item.get("is_escalation") else said.at_time(at)
