"""What every process does first: settings, logging with its secrets known, limits, memory."""

import errno
import fcntl
import gc
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from app import __version__
from app.config import Settings, load_settings
from app.errors import ConfigurationError
from app.kit.logs import configure_logging
from app.kit.redact import hide
from app.kit.tracing import start_tracing
from app.process.ports import CannotListen, open_listener, place
from app.process.supervisor import LIFELINE, LISTENER

_PERMIT = "Let the user of this process write there"
_FOLDER_CURES = {
    errno.EROFS: "Mount its disk writable",
    errno.ENOSPC: "Free some space on its disk",
    errno.EDQUOT: "Free some space, or raise the quota",
}
_FILES = 8192
SYSTEMDS_FIRST = 3
"""The descriptor of the first socket that systemd hands on."""
_OTHER_FILES, _FEWEST_CONNECTIONS = 200, 32


def begin(*, env_file: str = ".env", **overrides: Any) -> Settings:
    """Read the settings and set up logging, so that no secret among them is ever logged. Raises ConfigurationError."""
    settings = load_settings(_env_file=env_file, **overrides)
    configure_logging(settings.log_format)
    require_writable(settings.data_dir)
    hide(*_secrets_of(settings))
    _follow_supervisor()
    return settings


def require_writable(data_dir: Path) -> None:
    """Refuse to begin where nothing could be kept. Raises ConfigurationError."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with TemporaryFile(dir=data_dir):
            return
    except OSError as error:
        cure = _FOLDER_CURES.get(error.errno or 0, _PERMIT)
        raise ConfigurationError(
            f"The data folder {data_dir} cannot be written: {error.strerror or error}. {cure}, or name another folder "
            "in NEWSREEL_DATA_DIR."
        ) from None


def claim_data_folder(data_dir: Path, where: str, *, name: str = "up.lock") -> None:
    """Keep a second installation off this folder until we end, whatever we turn into. Raises ConfigurationError.

    `newsreel web` and `newsreel worker` are parts of one installation: they share the folder, and claim nothing.
    """
    descriptor = os.open(data_dir / name, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        who = os.read(descriptor, 200).decode(errors="replace").strip() or "another process"
        os.close(descriptor)
        raise ConfigurationError(
            f"Newsreel runs on the data folder {data_dir} already ({who}). End it first, or give this one a folder and "
            "a database of its own: NEWSREEL_DATA_DIR, NEWSREEL_DATABASE_URL."
        ) from None
    except OSError:  # a file system without locks
        return
    with suppress(OSError):  # on a full disk nobody is told who we are
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"process {os.getpid()}, {where}\n".encode())
    os.set_inheritable(descriptor, True)  # `newsreel up` replaces itself; its children close what they are not given


def listen(settings: Settings) -> socket.socket:
    """Take the socket of `newsreel up` or of systemd, or else listen where the settings say.

    Raises ConfigurationError, naming who listens there already.
    """
    given = _given_listener()
    if given is not None:
        os.set_inheritable(given, False)
        return socket.socket(fileno=given)
    try:
        return open_listener(settings.host, settings.port)
    except CannotListen as error:
        raise ConfigurationError(
            f"{error} End that process, or give this one another port: NEWSREEL_PORT (or NEWSREEL_HOST)."
        ) from None


def _given_listener() -> int | None:
    ours = os.environ.get(LISTENER)
    if ours is not None:
        return int(ours)
    # https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html (2026-11-29)
    is_for_us = os.environ.get("LISTEN_PID") == str(os.getpid())
    return SYSTEMDS_FIRST if is_for_us and int(os.environ.get("LISTEN_FDS", "0")) > 0 else None


def tell_place(settings: Settings) -> None:
    """Print where the pages are: once somebody listens there, and not before."""
    at = place(settings.host, settings.port)
    sys.stdout.write(
        f"Newsreel {__version__} listens on http://{at}; its public address is {settings.public_url}\n"
        f"Pages: {settings.public_url}/admin/\n"
    )
    sys.stdout.flush()


def tell_setup_address(address: str | None) -> None:
    """Print where the first admin is made. Not through the log, which keeps such addresses to itself."""
    if address is not None:
        sys.stdout.write(f"There is no admin yet. Make the first one here, within a week: {address}\n")
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


def files_for_connections() -> int:
    """Tell how many connections the limit of open files allows, with room for the database's, Redis' and media."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else max(_FEWEST_CONNECTIONS, (soft - _OTHER_FILES) // 2)


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
            yield from (secret, *(part.strip() for part in secret.split(",")))
    yield from settings.secret_keys


def _follow_supervisor() -> None:
    """End when the process that watches over us ends, even by `kill -9`: then the pipe that it holds is closed."""
    descriptor = os.environ.get(LIFELINE)
    if descriptor is None:
        return
    pipe = int(descriptor)
    os.set_inheritable(pipe, False)

    def wait_for_the_end() -> None:
        with suppress(OSError):
            os.read(pipe, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait_for_the_end, name="lifeline", daemon=True).start()
