"""Rendering of the emulator's few pages."""

import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Response
from markupsafe import Markup, escape

_HASHTAG = re.compile(r"(?<!\w)#\w+")


class PageError(Exception):
    """What TikTok shows on a page of its own, without ever coming back to the app."""

    def __init__(self, parameter: str, explanation: str, err_code: int | None = None) -> None:
        super().__init__(parameter)
        self.parameter = parameter
        self.explanation = explanation
        self.err_code = err_code


def _mark_hashtags(text: str) -> Markup:
    parts: list[Markup] = []
    end = 0
    for found in _HASHTAG.finditer(text):
        parts += [escape(text[end : found.start()]), Markup("<b>{}</b>").format(found[0])]
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])


_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters["hashtags"] = _mark_hashtags


def render(template: str, *, status: int = 200, **context: Any) -> Response[str]:
    html = _environment.get_template(template).render(context)
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(html, status_code=status, media_type="text/html", headers=headers)
