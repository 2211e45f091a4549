"""Finds every message that people may read: in templates, their code, and the room of sentences."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

import app.messages
from app.config import ROOT
from app.messages.message import SENTENCES
from app.messages.translator import catalogue_path
from app.tiktok_business import codes

Key = tuple[str, ...]
"""One message, or singular and plural."""

_UNTRANSLATED = {("%(cause)s %(cure)s",), ("%(address)s: %(cause)s",)}
"""Without a word of their own."""
_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
_OPTIONS = {"silent": "false", "trim_blocks": "true", "lstrip_blocks": "true", "newstyle_gettext": "true"}


def list_templates() -> list[Path]:
    return sorted((ROOT / "templates" / "admin").rglob("*.html"))


def list_modules() -> list[Path]:
    return [
        path
        for room in ("admin", "articles", "messages", "posts")
        for path in sorted((ROOT / "app" / room).rglob("*.py"))
    ]


@cache
def find_messages() -> frozenset[Key]:
    """Every message id in the sources, which take half a second to read."""
    for room in iter_modules(app.messages.__path__, "app.messages."):
        # Some slices are read when somebody first asks for them, and their sentences with them.
        import_module(room.name)
    in_templates = {key for path in list_templates() for key in _in_template(path)}
    in_modules = {key for path in list_modules() for key in _in_module(path)}
    in_codes = {(text,) for meaning in _of_the_business_api() for text in (meaning.cause, meaning.cure) if text}
    return frozenset(
        in_templates | in_modules | in_codes | {sentence.texts for sentence in SENTENCES.values()} - _UNTRANSLATED
    )


def _of_the_business_api() -> list[codes.Meaning]:
    """What its errors mean: the one table of it is said on the pages of the ads."""
    others = [codes.UNKNOWN_REFUSAL, codes.NO_ANSWER, codes.UNREADABLE, codes.UNREACHED, codes.TOO_MANY, codes.OUTAGE]
    return [*(codes.explain(code) for code in codes.known_codes() if code != codes.OK), *others]


def read_catalogue(language: str) -> Catalog:
    with catalogue_path(language).open("rb") as file:
        return read_po(file, locale=language)


def translations(language: str) -> dict[Key, Key]:
    """What a catalogue says for each message."""
    return {_as_key(message.id): _as_key(message.string) for message in read_catalogue(language) if message.id}


def _in_template(path: Path) -> Iterator[Key]:
    with path.open("rb") as file:
        for _line, _function, message, _comments in babel_extract(file, tuple(_KEYWORDS), (), _OPTIONS):
            yield _as_key(message)


def _in_module(path: Path) -> Iterator[Key]:
    with path.open("rb") as file:
        for _line, message, _comments, _context in extract("python", file, keywords={"N_": None}):
            yield _as_key(message)


def _as_key(message: object) -> Key:
    if isinstance(message, (tuple, list)):
        return tuple(str(part) for part in message if part is not None)
    return (str(message),)
