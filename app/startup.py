"""What every process does first: settings, logging with its secrets known, limits, memory."""

import gc
import os
import resource
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from app import __version__
from app.config import Settings, load_settings
from app.kit.logs import configure_logging
from app.kit.ports import place
from app.kit.redact import hide
from app.kit.tracing import start_tracing

LIFELINE = "NEWSREEL_LIFELINE"
"""Names the descriptor of a pipe whose other end our supervisor holds."""

_FILES = 8192


def begin() -> Settings:
    """Read the settings and set up logging, so that no secret among them is ever logged. Raises ConfigurationError."""
    settings = load_settings()
    configure_logging(settings.log_format)
    hide(*_secrets_of(settings))
    _follow_supervisor()
    return settings


def tell_place(settings: Settings) -> None:
    """Print where the pages are: once somebody listens there, and not before."""
    at = place(settings.host, settings.port)
    sys.stdout.write(
        f"Newsreel {__version__} listens on http://{at}; its public address is {settings.public_url}\n"
        f"Pages: {settings.public_url}/admin/\n"
    )
    sys.stdout.flush()


def trace(settings: Settings, service: str) -> None:
    """Switch traces on, where the settings name a collector."""
    if settings.otlp_endpoint:
        start_tracing(
            settings.otlp_endpoint,
            headers=settings.otlp_headers.get_secret_value(),
            service=service,
            version=__version__,
        )


def settle() -> None:
    """Put what the start has made out of the garbage collector's sight, and let it look at the rest at a steady pace.

    Otherwise each full collection walks through some hundred thousand objects that never die, while a request waits for
    tens of milliseconds. What is left is looked at often: cycles (a request's scope, a traceback's frames) that wait
    for hours look like a leak of a megabyte a minute.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 5, 5)
    gc.enable()


def allow_many_files() -> None:
    """Raise the soft limit of open files, which is often 1024, towards the hard one: each connection is a file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _secrets_of(settings: Settings) -> Iterator[str]:
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if not isinstance(value, SecretStr):
            continue
        secret = value.get_secret_value()
        if name.endswith("_url"):
            # The rest of an address is worth reading in a log.
            password = urlsplit(secret).password or ""
            yield from (password, unquote(password))
        else:
            yield from (secret, *secret.split(","))
    yield from settings.secret_keys


def _follow_supervisor() -> None:
    """End when the process that watches over us ends, even by `kill -9`: then the pipe that it holds is closed."""
    descriptor = os.environ.pop(LIFELINE, None)
    if descriptor is None:
        return
    pipe = int(descriptor)
    os.set_inheritable(pipe, False)

    def wait_for_the_end() -> None:
        with suppress(OSError):
            os.read(pipe, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait_for_the_end, name="lifeline", daemon=True).start()
