"""What is left out of the kept copy of a delivery: people's data and secrets, of which nothing here makes use.

Ghost tells its authors' e-mail addresses and when they were last seen, Strapi whatever a relation holds, WP Webhooks
whole users, and Prismic its secret (seen in what each of them sends).
"""

import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlencode

from app.articles.decode import FORM

LEFT_OUT = "…"
_NAMES = frozenset(
    {
        "email", "emailaddress", "mail", "useremail", "authoremail", "commentauthoremail", "contactemail",
        "phone", "phonenumber", "telephone", "mobile", "birthday", "birthdate", "dateofbirth",
        "ip", "ipaddress", "userip", "authorip", "commentauthorip", "useragent", "lastseen", "lastseenat", "lastlogin",
        "lastloginat", "roles", "userlogin", "userpass", "password", "passwordhash", "secret", "apikey", "accesstoken",
        "refreshtoken", "resetpasswordtoken", "confirmationtoken", "registrationtoken", "useractivationkey",
        "sessiontokens",
    }
)  # fmt: skip
_SEPARATORS = re.compile(r"[_\-\s]")
_NAMED = re.compile(
    rb'"[_a-z-]*(?:mail|phone|mobile|birth|[_"]ip|ip_?address|agent|last_?seen|last_?login|roles|user_?login|pass|secret'
    rb'|(?:api|activation)_?key|token)[_a-z-]*"\s*:',
    re.IGNORECASE,
)
"""A quick look, so that the bodies of most senders need not be read once more."""


def without_personal(body: bytes, content_type: str) -> bytes:
    """Give a body that says the same of its article, and nothing of people. What cannot be read stays as it came."""
    if content_type.partition(";")[0].strip().lower() == FORM:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        return urlencode([(name, LEFT_OUT if _is_personal(name) else value) for name, value in pairs]).encode()
    if _NAMED.search(body) is None:
        return body
    try:
        document = json.loads(body.decode("utf-8-sig"))
        return json.dumps(_without(document), separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        return body


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: LEFT_OUT if _is_personal(name) and one else _without(one) for name, one in value.items()}
    return [_without(one) for one in value] if isinstance(value, list) else value


def _is_personal(name: str) -> bool:
    return _SEPARATORS.sub("", name).lower() in _NAMES
