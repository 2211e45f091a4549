"""The headers that every answer carries: what browsers may do with it, and who may keep it."""

from litestar.types import BeforeMessageSendHookHandler, Message, Scope

from app.config import Settings

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; media-src 'self'; "
    "connect-src 'self'; form-action 'self' https://www.tiktok.com; frame-ancestors 'none'; base-uri 'none'"
)


def security_headers(settings: Settings) -> BeforeMessageSendHookHandler:
    """Give the hook that adds them. What a handler has set itself stays."""
    # As they go out, because this is done for every answer.
    always = {
        b"x-content-type-options": b"nosniff",
        b"x-frame-options": b"DENY",
        b"referrer-policy": b"same-origin",
        b"cross-origin-opener-policy": b"same-origin",
        b"permissions-policy": b"camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        b"content-security-policy": CONTENT_SECURITY_POLICY.encode(),
    }
    if settings.is_https:
        always[b"strict-transport-security"] = b"max-age=31536000; includeSubDomains"

    async def set_security_headers(message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start":
            return
        path = scope["path"]
        if path.startswith(("/admin", "/api", "/internal/", "/tiktok/")):
            wanted = {**always, b"cache-control": b"no-store"}
        elif path.startswith("/static/") and scope["query_string"].startswith(b"v=") and message["status"] < 400:
            wanted = {**always, b"cache-control": b"public, max-age=31536000, immutable"}
        else:
            wanted = always
        given = list(message["headers"])
        own = {name.lower() for name, _ in given}
        message["headers"] = [*given, *(header for header in wanted.items() if header[0] not in own)]

    return set_security_headers
