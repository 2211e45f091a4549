"""Why a file cannot be fetched from the address that an article names."""

from app.messages.message import Message, plain, sentence

TOO_LONG = plain("address_too_long", "the address is too long or holds control characters")
MALFORMED = plain("address_malformed", "the address is malformed")
NOT_HTTP = plain("address_not_http", "only http and https addresses are fetched")
HOLDS_PASSWORD = plain("address_holds_password", "the address holds a user name or password")
IN_THE_PAGE = plain(
    "file_in_the_page",
    "the file is written into the page itself, not at an address; upload it to the CMS",
)
NO_HOST = plain("address_without_host", "the address names no host or no usable port")
BY_NUMBER = plain("address_by_number", "the address names a machine by its number instead of its name")
LEADS_NOWHERE = plain("redirect_nowhere", "the server points elsewhere without saying where")
LEADS_ASTRAY = plain("redirect_malformed", "the server points to a malformed address")
LEADS_TO_HTTP = plain("redirect_to_http", "the server leads from https to plain http")
PACKED = plain("file_packed", "the server packs the file although it was asked not to")
EMPTY = plain("file_empty", "the server answered with an empty file")
CERTIFICATE = plain("server_certificate", "the server's certificate is not valid")
HOST_UNKNOWN = plain("server_unknown", "the server's name is not known")
BROKEN = plain("server_answer_broken", "the server's answer was malformed or cut off")
UNREACHABLE = plain("server_unreachable", "the server cannot be reached, or hung up")
STALLED = plain("server_stalled", "the server stopped sending in the middle of the file")
TOO_LATE = plain("file_too_late", "it did not arrive in the time that a post has for all its pictures")
NO_TIME_LEFT = plain(
    "file_not_asked_for",
    "it was not asked for yet: the time that a post has for all its pictures was over",
)


@sentence("%(cause)s; NEWSREEL_FETCH_ALLOW_HOSTS=%(entry)s would allow it")
def not_allowed(cause: Message, entry: str) -> None: ...


@sentence("its server did not answer several times in a row and is left alone for %(seconds)s s")
def left_alone(seconds: int) -> None: ...


@sentence("port %(port)s is not one of a public web server")
def odd_port(port: str) -> None: ...


@sentence("%(host)s is not the name of a public web server")
def odd_name(host: str) -> None: ...


@sentence("%(host)s is not on the public internet")
def not_public(host: str) -> None: ...


@sentence("there is nothing at this address (the server answered %(status)s)")
def not_found(status: str) -> None: ...


@sentence("the server does not give the file out (it answered %(status)s)")
def not_served(status: str) -> None: ...


@sentence("the server answered %(status)s")
def server_error(status: str) -> None: ...


@sentence("the address leads on more than %(count)s times")
def leads_on(count: int) -> None: ...


@sentence("the file did not arrive within %(seconds)s s")
def timed_out(seconds: float) -> None: ...


@sentence("the file is larger than %(size)s MB")
def too_large(size: int) -> None: ...
