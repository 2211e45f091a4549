"""Logging: one line per event, in UTC, as JSON or for a terminal's reader, with every secret blotted out."""

import json
import logging
import sys
import threading
from types import TracebackType
from typing import Any, Literal, TextIO

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from app.kit.redact import hide, redact, redact_value
from app.kit.tracing import is_tracing, trace_id

__all__ = ["configure_logging", "hide", "redact"]

log = structlog.get_logger(__name__)

_QUIET = {
    "httpx": logging.WARNING,  # logs whole addresses at INFO
    "httpcore": logging.WARNING,
    "aiohttp": logging.WARNING,
    "aiosqlite": logging.WARNING,  # logs parameters at DEBUG
    "alembic.runtime.plugins": logging.WARNING,
    "arq": logging.WARNING,  # logs a line with the arguments for every job
    "asyncio": logging.WARNING,
    "uvicorn.access": logging.CRITICAL,  # logs query strings; AccessLog takes its place
    "uvicorn.error": logging.WARNING,
    "sqlalchemy": logging.WARNING,  # logs parameters at INFO
    "PIL": logging.WARNING,
}
_CONTROL = {code: repr(chr(code))[1:-1] for code in (*range(32), *range(127, 160), 0x2028, 0x2029)}


def configure_logging(
    form: Literal["auto", "json", "console"] = "auto", *, stream: TextIO | None = None, level: int = logging.INFO
) -> None:
    """Send everything that is logged, by whatever library, through one chain to `stream`, by default stderr.

    Uncaught exceptions take the same way: a traceback may quote a secret.
    """
    stream = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        _add_trace,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _redact_event,
            *_renderers(form, is_terminal=stream.isatty()),
        ],
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,  # a cached logger would ignore a later configuration
    )
    _route_stdlib(formatter, stream, level)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


def _renderers(form: str, *, is_terminal: bool) -> list[Processor]:
    if form == "console" or (form == "auto" and is_terminal):
        # Plain tracebacks: the pretty ones print the values of local variables.
        console = structlog.dev.ConsoleRenderer(
            colors=is_terminal, exception_formatter=structlog.dev.plain_traceback, pad_event_to=25
        )
        return [_escape_controls, console]
    return [structlog.processors.JSONRenderer(serializer=_to_json)]


def _route_stdlib(formatter: logging.Formatter, stream: TextIO, level: int) -> None:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    logging.captureWarnings(capture=True)
    # Nobody is told the caller's line, thread and process, and to find them out takes a third of a record's time.
    logging._srcfile = None  # named so in logging's own documentation, under Optimization
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    for name, quiet_level in _QUIET.items():
        logging.getLogger(name).setLevel(max(quiet_level, level))


def _add_trace(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if is_tracing() and (found := trace_id()):
        event["trace_id"] = found
    return event


def _redact_event(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {key: redact_value(value, name=key) for key, value in event.items()}


def _escape_controls(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    # A line break in a value would forge a log line, an escape sequence could rewrite the terminal.
    return {
        key: value.translate(_CONTROL) if isinstance(value, str) and key not in {"exception", "stack"} else value
        for key, value in event.items()
    }


def _to_json(event: Any, **_options: Any) -> str:
    return json.dumps(event, ensure_ascii=False, default=str)


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    log.critical("uncaught_exception", exc_info=(kind, error, trace))


def _log_uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        _log_uncaught(args.exc_type, args.exc_value, args.exc_traceback)
