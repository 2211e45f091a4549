"""What the pages of notifications show: who is told of what, and what was sent."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from app.accounts.queries import list_accounts
from app.admin.accounts.page import name_account
from app.admin.notifications.form import NotificationInput
from app.admin.notifications.views import (
    Asked,
    DeliveriesPage,
    EndpointView,
    MessageView,
    NewsLine,
    NotificationsPage,
    TryView,
)
from app.auth.models import Admin
from app.kit.http.addresses import without_credentials
from app.messages.codes import FAILURES
from app.messages.translator import LANGUAGES, N_, Translator
from app.notifications.endpoints import get_endpoint, list_endpoints
from app.notifications.messages import find_message, list_messages
from app.notifications.models import MessageState, NotificationMessage
from app.notifications.news import count_unread, list_news, read_until
from app.notifications.wording import CHOICES, Writer, message_name, name_of, page_of
from app.outbox.models_endpoints import Channel, NotificationEndpoint
from app.resources import Resources

PATH = "/admin/notifications"
_MOST = 200
_NEWS = 12

CHANNELS: Mapping[str, str] = {
    Channel.webhook: N_("Webhook"),
    Channel.email: N_("E-mail"),
    Channel.telegram: "Telegram",
}
_STATES: Mapping[MessageState, tuple[str, str]] = {
    MessageState.waiting: (N_("on its way"), "busy"),
    MessageState.delivered: (N_("arrived"), "good"),
    MessageState.failed: (N_("not delivered"), "bad"),
}
_OWN_WORDS: Mapping[str, str] = {
    "smtp_not_set": N_("no mail server is set"),
    "smtp_not_understood": N_("the mail server said something odd"),
    "secret_unreadable": N_("the stored secret cannot be read any more"),
    "internal_error": N_("an error of this service's own: its log tells more"),
    "address_private": N_("its name leads into a private network"),
    "address_port": N_("its port is not allowed"),
    "address_ip": N_("its address is a number"),
    "address_odd": N_("its address in the settings is no web address"),
    "address_scheme": N_("its address in the settings is no web address"),
}


async def read_page(resources: Resources, i18n: Translator, asked: Asked) -> NotificationsPage:
    """Collect the page."""
    async with resources.read() as session:
        rows = (await list_endpoints(session, limit=_MOST, owner_id=asked.owner_id)).items
        accounts = (await list_accounts(session, limit=_MOST)).items
        tested = await find_message(session, asked.tested_id) if asked.tested_id else None
        news, unread = await _read_news(session, i18n, asked.person)
    place = asked.problem.place if asked.problem else ""
    views = [
        _view(
            resources,
            i18n,
            row,
            typed=asked.typed if place == row.id else None,
            tested=tested if tested and tested.endpoint_id == row.id else None,
        )
        for row in rows
    ]
    return NotificationsPage(
        news=news,
        unread=unread,
        endpoints=views,
        new=[(channel.value, CHANNELS[channel], _new(resources, i18n, channel, asked, place)) for channel in Channel],
        events=[(name, text.said(i18n.language)) for name, text in CHOICES.items()],
        accounts=[(account.id, name_account(account)) for account in accounts],
        languages=LANGUAGES,
        has_mail=bool(resources.settings.smtp_host),
        new_secret=asked.new_secret,
        problem=asked.problem,
    )


async def _read_news(session: AsyncSession, i18n: Translator, person: Admin | None) -> tuple[list[NewsLine], int]:
    if person is None:
        return [], 0
    since = await read_until(session, person)
    lines = []
    for event in await list_news(session, person, limit=_NEWS):
        what = message_name(event.type).said(i18n.language)
        href = page_of(event.type, event.subject)
        lines.append(NewsLine(event.at, what, name_of(event.data), href, event.at > since))
    return lines, await count_unread(session, person)


async def read_deliveries(
    resources: Resources, i18n: Translator, endpoint_id: str, cursor: str | None, *, owner_id: str | None
) -> DeliveriesPage:
    """Collect what one notification was told, newest first. Raises NotFound."""
    async with resources.read() as session:
        endpoint = await get_endpoint(session, endpoint_id, owner_id=owner_id)
        page = await list_messages(session, endpoint_id, limit=50, cursor=cursor)
    return DeliveriesPage(
        endpoint=_view(resources, i18n, endpoint),
        messages=[_view_message(resources, i18n, endpoint, row) for row in page.items],
        more_href=f"{PATH}/{endpoint_id}?cursor={page.next_cursor}" if page.next_cursor else "",
    )


async def find_place(session: AsyncSession, message_id: str) -> str:
    """Tell to which notification a message belongs; "" where it is not known."""
    found = await find_message(session, message_id)
    return found.endpoint_id if found else ""


def title_of(row: NotificationEndpoint) -> str:
    """Name a notification: as it was called, else by where it goes."""
    return row.name or without_credentials(row.address)


def _new(resources: Resources, i18n: Translator, channel: Channel, asked: Asked, place: str) -> NotificationInput:
    if asked.typed and place == f"new-{channel.value}":
        return asked.typed.model_copy(update={"token": ""})
    return NotificationInput.empty(channel, language=i18n.language, timezone=resources.settings.timezone)


def _view(
    resources: Resources,
    i18n: Translator,
    row: NotificationEndpoint,
    *,
    typed: NotificationInput | None = None,
    tested: NotificationMessage | None = None,
) -> EndpointView:
    state, tone = _state(row)
    names = [CHOICES[name].said(i18n.language) for name in row.events if name in CHOICES]
    return EndpointView(
        id=row.id,
        title=title_of(row),
        channel=CHANNELS[row.channel],
        address=without_credentials(row.address),
        state=state,
        tone=tone,
        is_switched_off=row.switched_off_at is not None,
        failing_since=row.failing_since,
        last_delivered_at=row.last_delivered_at,
        events="" if len(names) == len(CHOICES) else " · ".join(names),
        values=(typed or NotificationInput.of(row)).model_copy(update={"channel": row.channel.value, "token": ""}),
        has_secret=row.channel is Channel.webhook,
        tested=_view_message(resources, i18n, row, tested) if tested else None,
    )


def _state(row: NotificationEndpoint) -> tuple[str, str]:
    if row.switched_off_at is not None:
        return N_("Switched off after failures"), "bad"
    if not row.enabled:
        return N_("Off"), "calm"
    return (N_("Fails"), "warn") if row.failing_since else (N_("On"), "good")


def _view_message(
    resources: Resources, i18n: Translator, endpoint: NotificationEndpoint, row: NotificationMessage
) -> MessageView:
    state, tone = _STATES[row.state]
    reader = NotificationEndpoint(**endpoint.model_dump() | {"language": i18n.language})
    return MessageView(
        id=row.id,
        summary=Writer(reader, resources.settings.public_url).write(row).subject,
        state=state,
        tone=tone,
        at=row.created_at,
        next_attempt_at=row.next_attempt_at if row.state is MessageState.waiting else None,
        tries=[TryView(datetime.fromisoformat(one["at"]), _answer(i18n, one)) for one in reversed(row.tries)],
    )


def _answer(i18n: Translator, one: Mapping[str, Any]) -> str:
    """Say what the other side answered: our words for what went wrong on the way, else its own."""
    text, status = str(one.get("text") or ""), one.get("status")
    known = FAILURES.get(text) or _OWN_WORDS.get(text)
    said = i18n.gettext(known) if known and status is None else text
    return " ".join(filter(None, [f"HTTP {status}" if status else "", said])) or "–"
