"""Which language a request is answered in."""

from typing import Any

from litestar import Request

from app.kit.languages import bare_language, normalise_language
from app.messages.message import reader
from app.messages.translator import DEFAULT_LANGUAGE, LANGUAGES


async def remember_reader(request: Request[Any, Any, Any]) -> None:
    """Let what is answered to this request be said in the language that it asks for."""
    reader.set(language_of(request))


def language_of(request: Request[Any, Any, Any]) -> str:
    """The language of an answer of the API."""
    return choose_language(None, None, request.headers.get("accept-language", ""))


def choose_language(asked: str | None, kept: str | None, accept_language: str) -> str:
    """Choose by the page's switch, then by the cookie, then by what the browser prefers."""
    for choice in (asked, kept):
        if choice is not None and choice in LANGUAGES:
            return choice
    if not accept_language:
        return DEFAULT_LANGUAGE
    for preferred in _by_preference(accept_language):
        if preferred in LANGUAGES:
            return preferred
    return DEFAULT_LANGUAGE


def _by_preference(accept_language: str) -> list[str]:
    weighted: list[tuple[float, str]] = []
    for item in accept_language.split(",")[:20]:
        tag, *parameters = (part.strip() for part in item.split(";"))
        weighted.append((-_quality(parameters), bare_language(normalise_language(tag))))
    return [tag for weight, tag in sorted(weighted, key=lambda pair: pair[0]) if weight < 0]


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0
