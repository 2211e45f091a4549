"""Keeps secrets out of text: by the names they stand under, by their shapes, and by the live values themselves."""

import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

HIDDEN = "[hidden]"

_SHORTEST = 8  # a shorter value would blot out ordinary words
_MOST = 5000
_DEEPEST = 8
_LONGEST = 32 * 1024

_SECRET_ENDINGS = (
    "password", "passwd", "secret", "secrets", "token", "tokens", "authorization", "cookie", "cookies", "credentials",
    "secret_key", "secret_keys", "api_key", "internal_key", "private_key", "signature", "verifier", "csrf", "encrypted",
)  # fmt: skip
_NAMES = (
    r"(?:[\w-]*(?:password|passwd|secret|token|authorization|cookie|api[_-]?key|secret[_-]?key|internal[_-]?key|"
    r"private[_-]?key|signature|verifier|csrf))"
)

_IS = r"""(?:["']?\s*[:=]\s*b?["']?|["']\s*,\s*b?["'])"""

_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # https://user:password@host
    (re.compile(r"(?i)(?<=://)([^/@:\s\"']*):[^/@\s\"']+@"), rf"\1:{HIDDEN}@"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=!*-]{8,}"), rf"\1 {HIDDEN}"),
    # ?code=…&state=… of an OAuth hop. Elsewhere these are ordinary words: an error's code, a post's state.
    (re.compile(r"(?i)([?&;](?:code|state)=)[^&#\s\"'<>]+"), rf"\1{HIDDEN}"),
    (re.compile(r"(?i)(?<![\w.&?-])((?:code|state)=)[^&#\s\"'<>]{1,512}+(?=&)"), rf"\1{HIDDEN}"),
    # Cookie: a=…; b=… and ("authorization", "Basic …"): to the end of the line or string
    (re.compile(rf"(?i)((?<![\w-])(?:(?:set-)?cookie|authorization){_IS})[^\"'\r\n]+"), rf"\1{HIDDEN}"),
    # access_token=… and "client_secret": "…"
    (re.compile(rf"(?i)((?<![\w-]){_NAMES}{_IS})(?!\[hidden\])[^\s\"'&,;<>)}}\]]+"), rf"\1{HIDDEN}"),
    # One-time links of ours: whoever has the address needs no login.
    (re.compile(r"(/(?:admin/(?:setup|invitation)|approve|api/approvals)/)[\w-]{16,}"), rf"\1{HIDDEN}"),
    # Shapes: a JSON Web Token, a webhook's secret, TikTok's access and refresh tokens.
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"), HIDDEN),
    (re.compile(r"\bwhsec_[\w+/=-]{8,}"), HIDDEN),
    (re.compile(r"\bnr_[\w-]{16,}"), HIDDEN),
    (re.compile(r"\b(?:act|rft|clt)\.[\w.!*-]{16,}"), HIDDEN),
)


# What no rule can match, and most of what is logged is such: ids, paths, slugs, times. The rules would take ten times
# as long.
_PLAIN = re.compile(
    r"(?!.*(?:eyJ|whsec_|nr_|act\.|rft\.|clt\.|/setup/|/invitation/|/approve/|/api/approvals/))[\w./-]*|[\dT:.Z+-]*"
)


class LiveSecrets:
    """The secrets that this process holds just now; the longest unused are forgotten first."""

    def __init__(self) -> None:
        self._values: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()
        self.longest_first: tuple[str, ...] = ()

    def add(self, value: str) -> None:
        with self._lock:
            is_new = value not in self._values
            self._values[value] = None
            self._values.move_to_end(value)
            while len(self._values) > _MOST:
                self._values.popitem(last=False)
            if is_new:
                self.longest_first = tuple(sorted(self._values, key=len, reverse=True))


# Of the whole process: lines are logged from its first moment on, from every thread, and each passes here.
live_secrets = LiveSecrets()


def hide(*secrets: str) -> None:
    """Remember live secrets: from now on they are blotted out wherever a log shows them. Short ones are not kept."""
    for secret in secrets:
        if len(secret) >= _SHORTEST:
            for form in {secret, quote(secret, safe=""), quote_plus(secret)}:
                live_secrets.add(form)


def redact(text: str) -> str:
    """Blot out every secret in a text; what goes beyond 32 KiB is cut off."""
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}… ({len(text)} characters)"
    for value in live_secrets.longest_first:
        if value in text:
            text = text.replace(value, HIDDEN)
    if _PLAIN.fullmatch(text):
        return text
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


@lru_cache(maxsize=1024)
def is_secret_name(name: str) -> bool:
    """Tell whether what stands under this name is a secret by its name alone."""
    return name.lower().replace("-", "_").endswith(_SECRET_ENDINGS)


def redact_value(value: Any, *, name: str = "", depth: int = 0) -> Any:
    """Blot out every secret in a value of a log entry, however deep. What is no plain data becomes its `repr`."""
    if value is None or isinstance(value, (bool, int, float, datetime, date)):
        return value
    if name and is_secret_name(name):
        return HIDDEN
    if isinstance(value, str):
        return redact(value)
    if depth < _DEEPEST:
        if isinstance(value, Mapping):
            return {redact(str(key)): redact_value(item, name=str(key), depth=depth + 1) for key, item in value.items()}
        if isinstance(value, (list, tuple, set, frozenset)):
            return [redact_value(item, depth=depth + 1) for item in value]
    return redact(repr(value))
