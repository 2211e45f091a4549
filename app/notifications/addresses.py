"""Reading where messages are to go, as a person typed it. Raises Invalid with the cure."""

import re

from app.config import Settings
from app.errors import Invalid
from app.kit.http.addresses import FetchRefused
from app.kit.http.hooks import check_hook_url
from app.messages import notifications as said
from app.outbox.models_endpoints import Channel

_MAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]")
_CHAT = re.compile(r"@[A-Za-z][A-Za-z0-9_]{3,31}|-?[0-9]{1,20}")
_CHAT_LINK = re.compile(r"https://t\.me/([A-Za-z][A-Za-z0-9_]{3,31})/?")
_TOKEN = re.compile(r"[0-9]{3,20}:[A-Za-z0-9_-]{20,100}")
_LONGEST_MAIL = 254


def read_address(settings: Settings, channel: Channel, text: str) -> str:
    """Give the address as it is used."""
    match channel:
        case Channel.webhook:
            return _read_hook(settings, text)
        case Channel.email:
            return _read_mail(settings, text)
        case Channel.telegram:
            return _read_chat(text)


def read_token(text: str) -> str:
    """Check the shape of a bot's token: it becomes part of an address."""
    if _TOKEN.fullmatch(text.strip()) is None:
        raise Invalid(said.NO_TOKEN, code="bad_token")
    return text.strip()


def _read_hook(settings: Settings, text: str) -> str:
    try:
        is_safe = check_hook_url(text, settings.fetch_allow_hosts)
    except FetchRefused as refused:
        raise Invalid(refused.message, code=refused.code) from None
    if not is_safe:
        raise Invalid(said.NOT_HTTPS, code="not_https")
    return text


def _read_mail(settings: Settings, text: str) -> str:
    address = re.sub(r"(?i)^mailto:", "", text)
    if _MAIL.fullmatch(address) is None or len(address) > _LONGEST_MAIL:
        raise Invalid(said.NO_MAIL_ADDRESS, code="bad_address")
    if not settings.smtp_host:
        raise Invalid(said.MAIL_NOT_SET, code="smtp_not_set")
    return address


def _read_chat(text: str) -> str:
    link = _CHAT_LINK.fullmatch(text)
    chat = f"@{link[1]}" if link else text
    if _CHAT.fullmatch(chat) is None:
        raise Invalid(said.NO_CHAT, code="bad_address")
    return chat
