"""Whether the newsroom can be told: the mail server, and where messages go."""

import asyncio
from collections.abc import AsyncIterator

from sqlmodel import col, select

from app.kit.clock import utcnow
from app.notifications.channels.mail import smtp_options
from app.ops.doctor.findings import Finding, broken, ok, warning
from app.outbox.models_endpoints import Channel, NotificationEndpoint
from app.outbox.queries import oldest_untold
from app.resources import Resources

SUBJECT = "Notifications"
_MAIL = "Mail server"
_SECONDS = 10.0
_LATE_SECONDS = 300


async def check_notifications(app: Resources) -> AsyncIterator[Finding]:
    """Name each endpoint that was given up, fails, or cannot work with these settings."""
    now = utcnow()
    async with app.read() as session:
        endpoints = (await session.exec(select(NotificationEndpoint).order_by(col(NotificationEndpoint.id)))).all()
        oldest = await oldest_untold(session, now)
    if oldest is not None and (now - oldest).total_seconds() > _LATE_SECONDS:
        message = f"an event has waited since {oldest:%Y-%m-%d %H:%M} UTC to be told"
        yield broken(SUBJECT, message, "Look whether a worker runs, and at its log.")
    bad = [finding for endpoint in endpoints if (finding := _look_at(app, endpoint))]
    for finding in bad:
        yield finding
    if endpoints and not bad:
        yield ok(SUBJECT, f"{sum(endpoint.enabled for endpoint in endpoints)} switched on")
    if not endpoints:
        yield ok(SUBJECT, "none is set up: nobody is told of failures, or of posts that wait")


def _look_at(app: Resources, endpoint: NotificationEndpoint) -> Finding | None:
    subject = f"Notification {endpoint.name or endpoint.channel}"
    if endpoint.switched_off_at is not None:
        message = f"switched off at {endpoint.switched_off_at:%Y-%m-%d %H:%M} UTC after a day without success"
        return broken(subject, message, "Put right what its list of deliveries names, send a test, and switch it on.")
    if endpoint.enabled and endpoint.channel is Channel.email and not app.settings.smtp_host:
        return broken(subject, "no mail server is set", "Set NEWSREEL_SMTP_HOST and its companions.")
    if endpoint.enabled and endpoint.failing_since is not None:
        message = f"has taken nothing since {endpoint.failing_since:%Y-%m-%d %H:%M} UTC"
        return warning(subject, message, "Its list of deliveries on the page of notifications has each answer.")
    return None


async def check_mail_server(app: Resources) -> AsyncIterator[Finding]:
    """Connect and log in, without sending anything."""
    from aiosmtplib import SMTP, SMTPException

    settings = app.settings
    if not settings.smtp_host:
        yield ok(_MAIL, "none is set: nobody is told by e-mail")
        return
    place = f"{settings.smtp_host}:{settings.smtp_port}"
    try:
        async with asyncio.timeout(_SECONDS), SMTP(**smtp_options(settings)):
            yield ok(_MAIL, f"{place} takes our login")
    except (SMTPException, OSError) as error:
        cure = "Compare the settings NEWSREEL_SMTP_… with those of the mail server, and look at a firewall between."
        yield broken(_MAIL, f"{place} cannot be used ({type(error).__name__})", cure)
