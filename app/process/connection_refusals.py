"""What a connection answers to bytes that no request came of."""

from http import HTTPStatus

MOST_HEADER_BYTES = 64 * 1024
MOST_HEADER_LINES = 100
HEADER_SECONDS = 10.0
_DETAILS = {
    HTTPStatus.BAD_REQUEST: "This is no HTTP request.",
    HTTPStatus.REQUEST_TIMEOUT: f"The header did not arrive within {HEADER_SECONDS:.0f} seconds.",
    HTTPStatus.REQUEST_URI_TOO_LONG: f"The address is longer than {MOST_HEADER_BYTES} bytes.",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: (
        f"The header has more than {MOST_HEADER_BYTES} bytes or {MOST_HEADER_LINES} lines."
    ),
    HTTPStatus.NOT_IMPLEMENTED: "A request with a body cannot be upgraded here: send it without `Upgrade`.",
}


def write_refusal(status: HTTPStatus, headers: list[tuple[bytes, bytes]]) -> bytes:
    """Write the whole answer, with the headers that every answer has."""
    body = (
        f'{{"type":"about:blank","title":"{status.phrase}","status":{status.value},'
        f'"detail":"{_DETAILS[status]}","code":"{status.name.lower()}"}}'
    ).encode()
    own = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    given = [header for header in headers if header not in own]
    lines = [f"HTTP/1.1 {status.value} {status.phrase}".encode(), *(b": ".join(header) for header in given + own)]
    return b"\r\n".join([*lines, b"", body])
