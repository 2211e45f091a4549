"""What should come in: articles from the CMSes, events from TikTok."""

from collections.abc import AsyncIterator
from datetime import timedelta

from sqlmodel import col, func, select

from app.accounts.models import Account, AccountState
from app.articles.intake.refusals import list_refusals
from app.articles.models import Source, SourceRefusal
from app.articles.silent_sources import SILENT_RATIO, silences
from app.kit.clock import utcnow
from app.ops.doctor.findings import Finding, ok, warning
from app.resources import Resources
from app.webhooks.models import WebhookEvent

_LOOKED_BACK = timedelta(days=1)
_UNHANDLED_SECONDS = 300


async def check_sources(app: Resources) -> AsyncIterator[Finding]:
    now = utcnow()
    async with app.read() as session:
        in_use = select(Source).where(col(Source.deleted_at).is_(None), col(Source.enabled).is_(True))
        sources = (await session.exec(in_use.order_by(col(Source.id)))).all()
        ratios = {source.id: ratio async for source, ratio in silences(session, now)}
        refusals = {
            refusal.source_id: refusal for refusal in reversed(await list_refusals(session, now - _LOOKED_BACK))
        }
    if not sources:
        yield warning("Sources", "there is none: no article can come", "Add the CMS on the settings page.")
    for source in sources:
        subject = f"Source {source.name}"
        if refusal := refusals.get(source.id):
            yield _refused(subject, refusal)
        if source.last_delivery_at is None:
            cure = "Enter its webhook address and secret in the CMS, and publish an article."
            yield warning(subject, "nothing has ever come from it", cure)
            continue
        message = f"last heard of at {source.last_delivery_at:%Y-%m-%d %H:%M} UTC"
        if ratios.get(source.id, 0.0) > SILENT_RATIO:
            cure = "If the newsroom has published since, look at the CMS's list of webhooks and at its log."
            yield warning(subject, f"{message}: silent for more than twice its longest usual gap", cure)
        else:
            yield ok(subject, message)


def _refused(subject: str, refusal: SourceRefusal) -> Finding:
    message = f"refused a delivery at {refusal.last_at:%Y-%m-%d %H:%M} UTC ({refusal.code}): {refusal.detail}"
    cure = "Put right what it names, then publish or unpublish the article again: most CMSes send everything once."
    return warning(subject, message, cure)


async def check_events(app: Resources) -> AsyncIterator[Finding]:
    subject, now = "TikTok's events", utcnow()
    async with app.read() as session:
        newest, oldest_unhandled = (
            (await session.exec(select(func.max(WebhookEvent.received_at)))).one(),
            (
                await session.exec(
                    select(func.min(WebhookEvent.received_at)).where(col(WebhookEvent.handled_at).is_(None))
                )
            ).one(),
        )
        connected = (await session.exec(select(func.count()).where(col(Account.state) == AccountState.connected))).one()
    if oldest_unhandled is not None and (now - oldest_unhandled).total_seconds() > _UNHANDLED_SECONDS:
        message = f"one has waited since {oldest_unhandled:%Y-%m-%d %H:%M} UTC"
        yield warning(subject, message, "See the worker's log.")
    elif newest is not None:
        yield ok(subject, f"last one at {newest:%Y-%m-%d %H:%M} UTC")
    elif connected:
        cure = (
            f"Register {app.settings.public_url}/api/tiktok/webhook as callback URL in TikTok's portal. Without it "
            "verdicts come by asking only, some seconds later."
        )
        yield warning(subject, "none has ever come", cure)
    else:
        yield ok(subject, "none yet; no account is connected")
