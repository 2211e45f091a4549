"""Traces through OpenTelemetry, where they are switched on; where not, nothing of it is imported.

A trace goes through several processes and may last two days: a W3C `traceparent`, kept in a row, joins its parts.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from app.kit.redact import hide, redact

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span as OpenTelemetrySpan
    from opentelemetry.trace import Tracer

Attribute = str | int | float | bool | None

_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")
_LONGEST_TEXT = 200
_EXPORT_SECONDS = 5.0


class Tracing:
    """The process's tracer; None while traces are off."""

    tracer: "Tracer | None" = None


class Span:
    """One step of a trace; where traces are off, or the step belongs to none, nothing is kept."""

    __slots__ = ("_span",)

    def __init__(self, span: "OpenTelemetrySpan | None" = None) -> None:
        self._span = span

    def set(self, **attributes: Attribute) -> None:
        """Add what is known only now. Ids, kinds and codes: never a token, a title or a person's name."""
        if self._span is not None:
            self._span.set_attributes(_clean(attributes))

    def fail(self, reason: str) -> None:
        """Mark the step as failed."""
        if self._span is not None:
            from opentelemetry.trace import Status, StatusCode

            self._span.set_status(Status(StatusCode.ERROR, redact(reason)[:_LONGEST_TEXT]))

    @property
    def traceparent(self) -> str | None:
        """What a later step, in whatever process, names as its parent."""
        if self._span is None:
            return None
        context = self._span.get_span_context()
        return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


_NOTHING = Span()


def start_tracing(endpoint: str, *, headers: str = "", service: str, version: str) -> None:
    """Send spans to the OTLP/HTTP collector at `endpoint`; `headers` are in OpenTelemetry's form, `key=value,…`.

    A collector that is away costs spans and nothing else: they are sent by a thread of their own.
    """
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    exporter = OTLPSpanExporter(
        endpoint=f"{endpoint.rstrip('/')}/v1/traces", headers=read_headers(headers), timeout=_EXPORT_SECONDS
    )
    provider = TracerProvider(resource=Resource.create({"service.name": service, "service.version": version}))
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=1000))
    Tracing.tracer = provider.get_tracer("newsreel", version)


def is_tracing() -> bool:
    """Tell whether traces are on."""
    return Tracing.tracer is not None


@contextmanager
def span(name: str, *, parent: str | None = None, is_first: bool = False, **attributes: Attribute) -> Iterator[Span]:
    """Trace one step.

    It belongs to the step that is under way; where none is, or one of another trace, to `parent`, a traceparent. A step
    without either is traced only if it is the first of a trace: what only looks for work would fill the collector.
    """
    tracer = Tracing.tracer
    context = None if tracer is None else _context(parent, is_first=is_first)
    if tracer is None or context is None:
        yield _NOTHING
        return
    # An exception's own words may quote anything, so only its class is told.
    with tracer.start_as_current_span(
        name, context, attributes=_clean(attributes), record_exception=False, set_status_on_exception=False
    ) as under_way:
        step = Span(under_way)
        try:
            yield step
        except Exception as error:
            step.fail(type(error).__name__)
            raise


def traceparent() -> str | None:
    """Name the step that is under way, for a row or a message that another process reads."""
    if Tracing.tracer is None:
        return None
    from opentelemetry.trace import get_current_span

    current = get_current_span()
    return Span(current).traceparent if current.get_span_context().is_valid else None


def trace_id() -> str | None:
    """Tell the id of the trace that is under way, for the log."""
    found = _TRACEPARENT.fullmatch(traceparent() or "")
    return found[1] if found else None


def _context(parent: str | None, *, is_first: bool) -> "Context | None":
    from opentelemetry.context import Context, get_current
    from opentelemetry.trace import (
        NonRecordingSpan,
        SpanContext,
        TraceFlags,
        get_current_span,
        set_span_in_context,
    )

    current = get_current_span().get_span_context()
    given = _TRACEPARENT.fullmatch(parent or "")
    if given is None:
        return get_current() if current.is_valid else Context() if is_first else None
    if current.is_valid and f"{current.trace_id:032x}" == given[1]:
        return get_current()
    remote = SpanContext(
        int(given[1], 16), int(given[2], 16), is_remote=True, trace_flags=TraceFlags(int(given[3], 16))
    )
    return set_span_in_context(NonRecordingSpan(remote), Context())


def _clean(attributes: Mapping[str, Attribute]) -> dict[str, Any]:
    return {
        name: redact(value)[:_LONGEST_TEXT] if isinstance(value, str) else value
        for name, value in attributes.items()
        if value is not None
    }


def read_headers(text: str) -> dict[str, str]:
    """Read `name=value,…`, percent-encoded, as of OTEL_EXPORTER_OTLP_HEADERS; the values are kept out of logs."""
    pairs = (item.partition("=") for item in text.split(",") if "=" in item)
    headers = {unquote(name).strip().lower(): unquote(value).strip() for name, _, value in pairs}
    hide(*headers.values())
    return headers
