"""What a check finds: how bad it is, what, and what to do."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import StrEnum

from app.resources import Resources


class Level(StrEnum):
    ok = "ok"
    warning = "warning"
    broken = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One look at one subject. `cure` is empty where nothing is to be done."""

    level: Level
    subject: str
    message: str
    cure: str = ""


Check = Callable[[Resources], AsyncIterator[Finding]]


def ok(subject: str, message: str) -> Finding:
    return Finding(Level.ok, subject, message)


def warning(subject: str, message: str, cure: str) -> Finding:
    return Finding(Level.warning, subject, message, cure)


def broken(subject: str, message: str, cure: str) -> Finding:
    return Finding(Level.broken, subject, message, cure)
