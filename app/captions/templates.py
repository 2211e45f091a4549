"""Caption templates: shipped ones from disk, edited ones checked; both compiled once and printed with a cap."""

import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, nodes
from jinja2.filters import do_title
from jinja2.sandbox import ImmutableSandboxedEnvironment

from app.captions.checker import MAX_SOURCE, Checker, TemplateRefused
from app.captions.schemas import TemplateKind, TemplateOverrides
from app.config import ROOT
from app.kit.languages import bare_language, normalise_language
from app.kit.text import cut

TEMPLATES = ROOT / "templates" / "captions"
DEFAULT_LANGUAGE = "default"
MAX_OUTPUT = 10_000
_HEAD = re.compile(r"\A\{#.*?#\}\n", re.DOTALL)


def validate_template(source: str, kind: str) -> None:
    """Refuse a template that is not on the allow-list: TemplateRefused with line and reason."""
    if kind not in set(TemplateKind):
        raise TemplateRefused(f"“{kind[:40]}” is no kind of template; there is {', '.join(TemplateKind)}")
    _compile(source)


def shipped_template(kind: str, language: str = "") -> str:
    """Read the template that comes with Newsreel: `<kind>.<language>.jinja`, else `<kind>.jinja`."""
    return _shipped(TemplateKind(kind), normalise_language(language))


def find_template(kind: str, language: str, overrides: TemplateOverrides) -> str:
    """Choose the source: edited for the language, edited for all, shipped for the language, shipped for all."""
    language = normalise_language(language)
    for key in (language, bare_language(language), DEFAULT_LANGUAGE):
        if (kind, key) in overrides:
            return overrides[kind, key]
    return shipped_template(kind, language)


def print_template(source: str, variables: dict[str, Any]) -> str:
    """Print a checked template. Printing stops soon after `MAX_OUTPUT` characters, so its text never grows large."""
    printed: list[str] = []
    length = 0
    for chunk in _compile(source).generate(**variables, article=variables):
        printed.append(chunk)
        length += len(chunk)
        if length > MAX_OUTPUT:
            break
    return "".join(printed)


@lru_cache(maxsize=32)
def _shipped(kind: TemplateKind, language: str) -> str:
    own = TEMPLATES / f"{kind}.{language}.jinja"
    path = own if language and own.is_file() else TEMPLATES / f"{kind}.jinja"
    # What its head says to whoever works on the files, the page says beside the template in the reader's language.
    return _HEAD.sub("", path.read_text(encoding="utf-8"))


@lru_cache(maxsize=128)
def _compile(source: str) -> Template:
    tree = _parse(source)
    Checker().statements(tree.body)
    try:
        return _environment().from_string(tree)
    except (SyntaxError, RecursionError):  # limits of Python's own compiler
        raise TemplateRefused("too many parts for one template") from None


def _parse(source: str) -> nodes.Template:
    if len(source.encode("utf-8", "surrogatepass")) > MAX_SOURCE:
        raise TemplateRefused(f"longer than {MAX_SOURCE} bytes")
    try:
        return _environment().parse(source)
    except TemplateSyntaxError as error:
        raise TemplateRefused(error.message or "cannot be read", line=error.lineno) from None
    except RecursionError:
        raise TemplateRefused("nested too deep") from None
    except ValueError:  # Python reads no number of more than 4,300 digits
        raise TemplateRefused("a number is too long") from None


@lru_cache(maxsize=1)
def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=False,  # a caption is plain text, and never becomes HTML
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_print_value,
    )
    environment.globals.clear()
    environment.tests.clear()
    environment.filters = {
        **{name: partial(once_per_text, function) for name, function in _TEXT_FILTERS.items()},
        "first": _first,
        "join": _join,
        "default": _default,
    }
    return environment


def _print_value(value: Any) -> Any:
    return " ".join(value) if isinstance(value, list | tuple) else value


def _first(items: tuple[str, ...]) -> str:
    return items[0] if items else ""


def _join(items: tuple[str, ...], separator: str = " ") -> str:
    return separator.join(items)


def _default(text: str, other: str, _always: bool = True) -> str:
    return text or other


_TEXT_FILTERS: dict[str, Callable[..., str]] = {
    "upper": str.upper,
    "lower": str.lower,
    "title": do_title,
    "capitalize": str.capitalize,
    "trim": str.strip,
    "cut": cut,
    "truncate": cut,
}


# A loop asks for the same text once per tag, and the search for what fits prints a template dozens of times. So nothing
# is worked out twice: a template's filters times a caption's texts are at most this many.
@lru_cache(maxsize=4096)
def once_per_text(function: Callable[..., str], text: str, *arguments: int) -> str:
    """Work out a filter, or say what came of it the last time."""
    return function(text, *arguments)


def forget_texts() -> None:
    """Let go of what the filters have worked out for one caption."""
    once_per_text.cache_clear()
