"""Which addresses a stranger's text may send us to: public ones, and those that the operator named."""

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

import ada_url
from yarl import URL

from app.messages import downloading
from app.messages.message import Message

PUBLIC_PORTS = frozenset({80, 443})

_PRINTABLE = re.compile(r"[!-~]+")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_ENTRY = re.compile(r"(?P<host>\[[^\]]+\]|[^:\[\]]+)(:(?P<port>[0-9]{1,5}))?")
_AUTHORITY_END = re.compile(r"[/?#]")
LONGEST_URL = 4096
_LONGEST_ENTRY = 80
_CREDENTIALS = re.compile(r"(?<=//)[^/?#\\]*@")

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_REFUSED = tuple(
    ip_network(text)
    for text in (
        # IANA's special-purpose registries. They are written out because Python's own `is_global` differs between patch
        # releases, and calls multicast, 6to4 and IPv4-compatible addresses global.
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "224.0.0.0/3"),
        *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
        "168.63.129.16/32",  # Azure's host agent: a public number that is answered inside the virtual machine's host
    )
)


class FetchRefused(Exception):
    """Nothing will make this download work but another address or another file. The message is for an editor.

    `entry` is what the operator would have to add to the list of allowed origins, where that would help.
    """

    def __init__(self, code: str, message: Message, *, entry: str = "") -> None:
        super().__init__(str(message))
        self.code = code
        self.message = message
        self.entry = entry

    @property
    def advice(self) -> Message:
        """The message, and the setting that would allow it where there is one."""
        return downloading.not_allowed(cause=self.message, entry=self.entry) if self.entry else self.message


class AllowedOrigins:
    """The operator's list of `host` or `host:port` that may be private, speak plain http and listen on any port.

    An entry that cannot be read allows nothing; it is kept in `unreadable`, so that a check of the settings can say so.
    """

    def __init__(self, entries: Iterable[str] = ()) -> None:
        self._origins: set[tuple[str, int | None]] = set()
        self.unreadable: list[str] = []
        for entry in entries:
            found = _ENTRY.fullmatch(entry.strip().lower())
            if found is None or int(found["port"] or 0) > 65535:
                self.unreadable.append(entry)
                continue
            self._origins.add((_canonical(found["host"]), int(found["port"]) if found["port"] else None))

    def admits(self, host: str, port: int) -> bool:
        """Tell whether the operator named this very host. Another name of the same machine does not count."""
        name = _canonical(host)
        return (name, None) in self._origins or (name, port) in self._origins


def complete_url(text: str, base: str = "") -> str:
    """Read an address as browsers do, and give it in full, in ASCII, without a fragment; or raise FetchRefused.

    Spaces and letters are percent-encoded, what is already encoded stays, names of hosts become Punycode, and a
    relative address is resolved against `base`.
    """
    try:
        url = ada_url.URL(text, base or None)
    except ValueError:
        raise FetchRefused("address_odd", downloading.MALFORMED) from None
    if url.protocol == "data:":
        message = downloading.IN_THE_PAGE
        raise FetchRefused("address_scheme", message)
    if url.protocol not in {"http:", "https:"}:
        raise FetchRefused("address_scheme", downloading.NOT_HTTP)
    if url.username or url.password:
        raise FetchRefused("address_odd", downloading.HOLDS_PASSWORD)
    url.hash = ""
    if len(url.href) > LONGEST_URL:
        raise FetchRefused("address_odd", downloading.TOO_LONG)
    return url.href


def without_credentials(text: str) -> str:
    """Take the user name and password out of an address that is to be shown."""
    return _CREDENTIALS.sub("", text)


def hide_credentials(text: str) -> str:
    """Make them unreadable, so that the address is still one that holds them, and is refused for it."""
    return _CREDENTIALS.sub("***@", text)


def check_url(text: str, allowed: AllowedOrigins, *, ports: frozenset[int] = PUBLIC_PORTS) -> URL:
    """Read an address as it will be requested, or raise FetchRefused.

    The very object that was checked is requested: a second parser could read another host out of the same text. A plain
    ASCII address is requested as it stands, because a signed one does not survive being quoted anew.
    """
    text = text.strip()
    if len(text) > LONGEST_URL or any(ord(sign) < 32 or ord(sign) == 127 for sign in text):
        raise FetchRefused("address_odd", downloading.TOO_LONG)
    try:
        url = URL(text, encoded=_PRINTABLE.fullmatch(text) is not None).with_fragment(None)
        host, port = (url.raw_host or "").lower(), url.port
        _ = url.host  # decodes the name: what cannot be decoded fails here, and not later inside the client
    except ValueError:
        raise FetchRefused("address_odd", downloading.MALFORMED) from None
    if url.scheme not in {"http", "https"}:
        message = downloading.IN_THE_PAGE if url.scheme == "data" else downloading.NOT_HTTP
        raise FetchRefused("address_scheme", message)
    if "@" in _AUTHORITY_END.split(text.partition("//")[2], maxsplit=1)[0] or url.user or url.password:
        raise FetchRefused("address_odd", downloading.HOLDS_PASSWORD)
    if not host or not port:
        raise FetchRefused("address_odd", downloading.NO_HOST)
    if not allowed.admits(host, port):
        _check_public_name(host, port, ports)
    return url


def is_public(address: str) -> bool:
    """Tell whether an IP address belongs to the public internet and to nothing special."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        if found.scope_id is not None:
            return False
        if found in _NAT64:
            return is_public(str(IPv4Address(found.packed[-4:])))
        if found not in _GLOBAL_UNICAST:
            return False
    return found.is_global and not any(found in network for network in _REFUSED)


def _check_public_name(host: str, port: int, ports: frozenset[int]) -> None:
    entry = origin_entry(host, port)
    if port not in ports:
        raise FetchRefused("address_port", downloading.odd_port(port=str(port)), entry=entry)
    if _is_ip_literal(host):
        raise FetchRefused("address_ip", downloading.BY_NUMBER, entry=entry)
    labels = host.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        raise FetchRefused("address_odd", downloading.odd_name(host=host[:80]), entry=entry)
    if _NUMBER.fullmatch(labels[-1]):
        # What ends in a number is read as an IPv4 address in decimal, octal or hexadecimal.
        raise FetchRefused("address_ip", downloading.BY_NUMBER)


def origin_entry(host: str, port: int) -> str:
    """Write an origin as the operator's list has it; "" for a host that no entry can name."""
    entry = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return entry if len(entry) <= _LONGEST_ENTRY and not AllowedOrigins([entry]).unreadable else ""


def _is_ip_literal(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return ":" in host
    return True


def _canonical(host: str) -> str:
    bare = host.lower().strip("[]")
    try:
        return str(ip_address(bare))
    except ValueError:
        return bare
