"""What can go wrong between us and a server: httpx's errors, some closer ones, and our names for all of them."""

import errno
import ssl

import aiohttp
import httpx


class DeadlineExceeded(httpx.TimeoutException):
    """The whole call took too long, whatever its parts did."""


class AnswerTooLarge(httpx.ReadError):
    """The answer is larger than we are willing to hold, packed or unpacked."""


class AnswerUnreadable(httpx.DecodingError):
    """The answer is packed in a way that we cannot or do not unpack."""


class AnswerMalformed(httpx.RemoteProtocolError):
    """What came is no HTTP."""


class HostUnknown(httpx.ConnectError):
    """The server's name leads nowhere."""


class ConnectionRefused(httpx.ConnectError):
    """There is a machine, and nobody listens."""


class TlsFailed(httpx.ConnectError):
    """No secure connection came about: a certificate that is not trusted, or no TLS at all."""


TRANSLATED = (aiohttp.ClientError, OSError, ValueError)
"""What aiohttp raises."""

_TRANSLATION: tuple[tuple[type[Exception], type[httpx.RequestError]], ...] = (
    (aiohttp.ConnectionTimeoutError, httpx.ConnectTimeout),
    (aiohttp.ClientConnectorDNSError, HostUnknown),
    (aiohttp.ClientSSLError, TlsFailed),
    (aiohttp.ClientConnectorError, httpx.ConnectError),
    (aiohttp.InvalidURL, httpx.UnsupportedProtocol),
    (aiohttp.NonHttpUrlClientError, httpx.UnsupportedProtocol),
    (aiohttp.SocketTimeoutError, httpx.ReadTimeout),
    (aiohttp.ServerDisconnectedError, httpx.RemoteProtocolError),
    (aiohttp.ClientResponseError, AnswerMalformed),
    (aiohttp.ClientPayloadError, httpx.RemoteProtocolError),
    (ValueError, httpx.LocalProtocolError),
)
"""aiohttp's words in httpx's; the first that fits wins.

The line between "never sent" and "perhaps sent" is drawn here: a reset or a disconnect after the request was sent must
not look like a connection that was not made.
"""

_CODES: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (ConnectionRefused, "connection_refused"),
    (HostUnknown, "host_unknown"),
    (TlsFailed, "tls_error"),
    ((httpx.ConnectTimeout, httpx.PoolTimeout), "connection_timeout"),
    (httpx.ConnectError, "connection_failed"),
    ((httpx.TimeoutException, TimeoutError), "timeout"),
    (httpx.UnsupportedProtocol, "address_unusable"),
    (httpx.LocalProtocolError, "request_unusable"),
    (AnswerTooLarge, "answer_too_large"),
    (httpx.DecodingError, "answer_unreadable"),
    (AnswerMalformed, "answer_malformed"),
)


def translate(error: Exception, request: httpx.Request | None = None) -> httpx.RequestError:
    """Give httpx's error for one of aiohttp's."""
    kind = next((ours for theirs, ours in _TRANSLATION if isinstance(error, theirs)), httpx.ReadError)
    if isinstance(error, aiohttp.ClientConnectorError) and kind is httpx.ConnectError:
        kind = _closer(error.os_error)
    # The class name only: some of aiohttp's errors carry the request's headers.
    return kind(type(error).__name__, request=request)


def surely_unsent(error: httpx.RequestError) -> bool:
    """Tell whether the request surely never left: the connection was not made. Any doubt is a no."""
    return isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol))


def failure_code(error: Exception) -> str:
    """Name what went wrong, for a row, a page and a log; no name of a library's class, which may change."""
    return next((code for kinds, code in _CODES if isinstance(error, kinds)), "connection_lost")


def _closer(error: OSError) -> type[httpx.ConnectError]:
    if isinstance(error, ssl.SSLError):
        return TlsFailed
    # Where a name has several addresses, asyncio tells of all of them in one error, without a class of its own.
    is_refused = error.errno == errno.ECONNREFUSED
    return ConnectionRefused if is_refused else httpx.ConnectError
