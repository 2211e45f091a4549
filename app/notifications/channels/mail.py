"""Mail, as plain text and as HTML, through the newsroom's own server. Its Message-ID is the message's own."""

import asyncio
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup

from app.config import Settings
from app.kit.clock import utcnow
from app.kit.http.client import trusted_authorities
from app.kit.redact import hide
from app.notifications.channels.answer import Answer
from app.notifications.models import NotificationMessage
from app.notifications.wording import Letter, Paragraph, Writer
from app.outbox.models_endpoints import NotificationEndpoint
from app.resources import Resources

DEADLINE_SECONDS = 20.0
NOT_SET = "smtp_not_set"


async def send(app: Resources, endpoint: NotificationEndpoint, message: NotificationMessage) -> Answer:
    """Send it once."""
    from aiosmtplib import SMTPException, send

    settings = app.settings
    if not settings.smtp_host:
        return Answer(is_delivered=False, text=NOT_SET)
    letter = Writer(endpoint, settings.public_url).write(message)
    mail = write_mail(settings, endpoint.address, letter, message.id)
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            _, said = await send(mail, **smtp_options(settings))
    except (SMTPException, OSError) as error:
        return _failed(error)
    return Answer(is_delivered=True, status=250, text=said)


def _failed(error: Exception) -> Answer:
    from aiosmtplib import SMTPRecipientsRefused, SMTPResponseException

    if isinstance(error, SMTPRecipientsRefused):
        error = error.recipients[0]
    if isinstance(error, SMTPResponseException):
        return Answer(is_delivered=False, status=error.code, text=error.message)
    if isinstance(error, TimeoutError):
        return Answer(is_delivered=False, text="timeout")
    is_ours = isinstance(error, OSError)
    return Answer(is_delivered=False, text="connection_failed" if is_ours else "smtp_not_understood")


def smtp_options(settings: Settings) -> dict[str, Any]:
    """How the mail server is reached, as aiosmtplib takes it."""
    password = settings.smtp_password.get_secret_value()
    hide(password)
    return {
        "hostname": settings.smtp_host,
        "port": settings.smtp_port,
        "username": settings.smtp_user or None,
        "password": password or None,
        "use_tls": settings.smtp_tls == "tls",
        "start_tls": settings.smtp_tls == "starttls",
        "tls_context": None if settings.smtp_tls == "none" else trusted_authorities(),
        "timeout": DEADLINE_SECONDS,
    }


def write_mail(settings: Settings, to: str, letter: Letter, message_id: str) -> EmailMessage:
    """Write the mail. A mail program shows those of one thing together, and answers none of them by itself."""
    mail = EmailMessage()
    domain = parseaddr(settings.smtp_from)[1].rpartition("@")[2] or urlsplit(settings.public_url).hostname
    mail["From"], mail["To"], mail["Subject"] = settings.smtp_from, to, letter.subject
    mail["Date"] = format_datetime(utcnow())
    mail["Message-ID"] = f"<{message_id}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = letter.language
    mail.set_content(_plain(letter))
    mail.add_alternative(_html(letter), subtype="html")
    return mail


def _plain(letter: Letter) -> str:
    parts = [
        "\n".join([one.title, *one.lines, *(f"{link.label}: {link.url}" for link in one.links)])
        for one in letter.paragraphs
    ]
    return "\n\n".join([*parts, letter.rest]).strip() + "\n"


def _html(letter: Letter) -> str:
    body = Markup("").join(_paragraph(one) for one in letter.paragraphs)
    rest = Markup("<p>{}</p>").format(letter.rest) if letter.rest else ""
    return Markup(
        '<!doctype html><html lang="{}"><head><meta charset="utf-8"><title>{}</title></head>'
        '<body style="font-family:sans-serif;line-height:1.5;max-width:40em">{}{}</body></html>'
    ).format(letter.language, letter.subject, body, rest)


def _paragraph(one: Paragraph) -> Markup:
    lines = Markup("").join(Markup("<br>{}").format(line) for line in one.lines)
    links = Markup(" · ").join(Markup('<a href="{}">{}</a>').format(link.url, link.label) for link in one.links)
    return Markup("<p><strong>{}</strong>{}<br>{}</p>").format(one.title, lines, links)
