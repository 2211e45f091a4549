"""Logging as a process sets it up for itself, undone: the tests after it share this one."""

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog


@contextmanager
def logging_restored() -> Iterator[None]:
    """Put loggers, hooks for uncaught exceptions and structlog's own settings back as they were."""
    root, hooks, structured = logging.getLogger(), (sys.excepthook, threading.excepthook), structlog.get_config()
    handlers, level = list(root.handlers), root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        sys.excepthook, threading.excepthook = hooks
        logging.captureWarnings(capture=False)
        structlog.configure(**structured)
