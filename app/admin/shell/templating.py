"""The template engine of the pages: strict, autoescaped, translated."""

import hashlib
from collections.abc import Callable
from datetime import date, datetime
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.template.config import TemplateConfig
from markupsafe import Markup

from app.admin.shell.text_language import language_attributes
from app.config import ROOT, Settings
from app.messages.kinds import show_day, show_moment
from app.messages.message import Message
from app.messages.readable import readable_address
from app.messages.translator import DEFAULT_LANGUAGE, Translator, translator

STATIC_DIR = ROOT / "public" / "static"


def create_template_config(_settings: Settings) -> TemplateConfig[JinjaTemplateEngine]:
    """Give create_app its template engine."""
    return TemplateConfig(instance=JinjaTemplateEngine.from_environment(create_environment()))


def create_environment() -> Environment:
    """Build the environment: a name that no page sets is an error, and everything is escaped."""
    environment = Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    install: Callable[..., None] = environment.install_gettext_callables  # type: ignore[attr-defined]
    install(_gettext, _ngettext, newstyle=True)
    environment.globals["tr"] = _translate
    environment.globals["asset"] = asset_url
    environment.filters["when"] = _when
    environment.filters["day"] = _day
    environment.filters["language_attributes"] = language_attributes
    environment.filters["readable"] = readable_address
    environment.filters["web_address"] = web_address
    environment.filters["sentence"] = sentence
    return environment


@cache
def asset_url(name: str) -> str:
    """The address of a static file; it changes with the content, so that browsers may keep the file."""
    digest = hashlib.sha256((STATIC_DIR / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def sentence(text: str) -> str:
    """A cause as a sentence that another may follow: causes mostly stand in the middle of one."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def web_address(address: str | None) -> str:
    """An address that may stand in a link: anything but http and https (`javascript:` above all) becomes ''."""
    return address if address and address.lower().startswith(("http://", "https://")) else ""


def _translator(context: Context) -> Translator:
    chrome = context.get("chrome")
    return chrome.i18n if chrome else translator(DEFAULT_LANGUAGE)


@pass_context
def _gettext(context: Context, message: str) -> str:
    return _translator(context).gettext(message)


@pass_context
def _ngettext(context: Context, singular: str, plural: str, count: int) -> str:
    return _translator(context).ngettext(singular, plural, count)


@pass_context
def _translate(context: Context, message: str | None) -> str:
    # Unlike gettext() of a template, which takes its message for safe HTML, this one may be given any text. What is
    # marked up already, with a time or a quotation in it, is in the reader's language already.
    if isinstance(message, Markup):
        return message
    if isinstance(message, Message):
        return message.shown(_translator(context))
    return _translator(context).gettext(message) if message else ""


@pass_context
def _when(context: Context, moment: datetime | None) -> Markup:
    """A moment in UTC; the page's script rewrites it in the reader's own time zone."""
    return Markup("–") if moment is None else show_moment(_translator(context), moment)


@pass_context
def _day(context: Context, day: date) -> str:
    return show_day(_translator(context), day)
