"""Taking in what a CMS sends: verify, parse, store once, plan the posts, answer."""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app import meters
from app.articles.adapters import ADAPTERS
from app.articles.adapters.base import ClockSkew, IgnoredDelivery, ParsedDelivery, ThinDelivery, Verified
from app.articles.decode import FORM, UnsupportedContent
from app.articles.intake.admission import Admission, admit
from app.articles.intake.answer_queue import MOST_UNDER_WAY, wait_for
from app.articles.intake.arrivals import Arrival, Envelope, Receipt
from app.articles.intake.batches import Intake, hand_in
from app.articles.intake.last_heard import note_delivery
from app.articles.intake.merge import rank
from app.articles.intake.proofs import find_lookup
from app.articles.intake.thin_deliveries import keep_lookups
from app.articles.large_bodies import run_for
from app.articles.models import Delivery
from app.articles.names import settle_name
from app.articles.senders import OpenedSource, identify
from app.errors import AppError, TooManyRequests
from app.kit.clock import utcnow
from app.kit.failpoints import reach
from app.messages import refusals
from app.resources import Resources

log = structlog.get_logger(__name__)


class IntakeUnavailable(TooManyRequests):
    """The delivery could not be stored. Like too many requests, it says when to come back."""

    status_code = 503
    code = "intake_unavailable"
    title = refusals.NOT_STORED

    def __init__(self) -> None:
        super().__init__(retry_after=5)


@dataclass(slots=True)
class Heard:
    """What is known of a delivery, whatever becomes of it. `verified`: who sent it holds the source's secret."""

    verified: Verified | None = None


class _UnderWay:
    """How many deliveries this process is taking in."""

    def __init__(self) -> None:
        self.count = 0

    def begin(self, task: asyncio.Task[Receipt]) -> None:
        self.count += 1
        task.add_done_callback(self._end)

    def _end(self, _task: asyncio.Task[Receipt]) -> None:
        self.count -= 1


async def look_up(resources: Resources, slug: str, headers: Mapping[str, str]) -> Admission:
    """See from the headers whose delivery this is, before its body is read. Raises IntakeUnavailable."""
    try:
        return await admit(resources, slug, headers)
    except Exception as error:  # noqa: BLE001 - it is logged there
        raise _unavailable(slug, error) from None


async def receive(
    resources: Resources,
    slug: str,
    headers: Mapping[str, str],
    body: bytes,
    admission: Admission | None = None,
    heard: Heard | None = None,
) -> Receipt:
    """Take in one delivery. Raises SignatureRefused, BadRequest, Invalid, UnsupportedContent or IntakeUnavailable.

    The work goes on when it takes too long, or when the sender hangs up: many senders never repeat a delivery, and one
    that does gets a duplicate's answer. `heard` is told who sent it as soon as that is known.
    """
    intake, under_way = resources.parts.of(Intake), resources.parts.of(_UnderWay)
    if under_way.count >= MOST_UNDER_WAY:
        raise IntakeUnavailable
    task = intake.begin(_take_in(resources, slug, headers, body, admission, heard or Heard()))
    under_way.begin(task)
    await wait_for(task, intake.movement)
    if not task.done():
        log.warning("delivery_unfinished", source=slug)
        task.add_done_callback(partial(_tell_end, slug, admission))
        raise IntakeUnavailable
    try:
        return task.result()
    except AppError:
        raise
    except Exception as error:  # noqa: BLE001 - it is logged there
        raise _unavailable(slug, error) from None


def _unavailable(slug: str, error: Exception) -> IntakeUnavailable:
    """Log what kept us from taking a delivery in.

    Whatever it was is our trouble: a 4xx or a 2xx would end the attempts of a sender that repeats. While the database
    is away, a traceback per delivery would only bury the cause.
    """
    is_outage = isinstance(error, OSError | OperationalError | InterfaceError | PoolTimeout)
    log.error("delivery_failed", source=slug, error=type(error).__name__, exc_info=None if is_outage else error)
    return IntakeUnavailable()


def _tell_end(slug: str, admission: Admission | None, task: asyncio.Task[Receipt]) -> None:
    """Log what became of a delivery whose sender no longer waits; of a stranger's nobody wants to know."""
    if task.cancelled():
        log.warning("delivery_broken_off", source=slug, cure="it was not stored: have the CMS send it again")
        return
    error = task.exception()
    if error is None:
        log.info("delivery_finished_late", source=slug)
    elif admission is not None and admission.source is None:
        return
    elif isinstance(error, AppError):
        log.warning("delivery_refused_late", source=slug, code=error.code, detail=str(error.message))
    else:
        log.error("delivery_failed_late", source=slug, error=type(error).__name__)


async def _take_in(
    resources: Resources,
    slug: str,
    headers: Mapping[str, str],
    body: bytes,
    admission: Admission | None,
    heard: Heard,
) -> Receipt:
    reach("intake.read")
    admission = admission or await admit(resources, slug, headers)
    known = admission.source, admission.is_fresh
    try:
        source, heard.verified = await identify(resources, slug, known, headers, body, utcnow())
    except ClockSkew as skew:
        # The signature is right: only its time is not.
        heard.verified = Verified(None, utcnow())
        log.warning("clock skew", source=slug, seconds=round(skew.seconds), cure="check the clocks of both machines")
        raise
    reach("intake.verified")
    receipt = await take_verified(resources, source, heard.verified, headers, body)
    if (note := note_delivery(resources, source.id)) is not None:
        resources.parts.of(Intake).begin(note)
    meters.deliveries.count(source.kind, receipt.outcome)
    return receipt


async def take_verified(
    resources: Resources,
    source: OpenedSource,
    verified: Verified,
    headers: Mapping[str, str],
    body: bytes,
    *,
    is_reread: bool = False,
) -> Receipt:
    """Take in a delivery of which it is known who sent it. Raises BadRequest, Invalid, UnsupportedContent."""
    adapter = ADAPTERS[source.kind]
    _require_readable(headers, takes_forms=adapter.TRAITS.takes_forms)
    news = await run_for(body, adapter.parse, body, source.options, headers)
    if isinstance(news, IgnoredDelivery):
        return Receipt(None, [], duplicate=False, outcome=Delivery.ignored, reason=news.reason)
    if isinstance(news, ParsedDelivery) and is_reread:
        news = replace(news, is_reread=True)
    digest = await run_for(body, lambda: hashlib.sha256(body).hexdigest())
    envelope = Envelope(verified.delivery_id, digest, _revision(news, verified))
    if isinstance(news, ThinDelivery):
        return await keep_lookups(resources, source.id, news, envelope, is_reread=is_reread)
    if (lookup := find_lookup(news, source, verified)) is not None:
        thin = ThinDelivery(news.type, [lookup])
        return await keep_lookups(resources, source.id, thin, envelope, told=news, is_reread=is_reread)
    if source.has_feed:
        news = await settle_name(resources, source.id, news, by_feed=False)
    return await hand_in(resources, Arrival(source.id, source.since, news, envelope, source.rules, may_ask_page=True))


def _require_readable(headers: Mapping[str, str], *, takes_forms: bool) -> None:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if takes_forms and kind == FORM:
        return
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise UnsupportedContent


def _revision(news: ParsedDelivery | ThinDelivery, verified: Verified) -> datetime:
    """Give the delivery's place in the CMS's clock.

    A time in the future would win over whatever comes until then: the signature's time is the better one, and where
    that is ahead as well, our own.
    """
    now = utcnow()
    return rank(news.revision if news.revision is not None and news.revision <= now else min(verified.at, now))
