"""Faults on order: what goes wrong with the next call of an endpoint, before or after its effect.

POST /_emulator/next-errors takes one of these, or a list of them:

    {"endpoint": "content_init", "phase": "before"|"after", "times": 1, "open_id": null, ...and exactly one of...}

    "code": "internal_error"       TikTok's error answer (optional "http_status", "message")
    "raw": "<html>..."             any body (optional "http_status", default 502; "content_type", default text/html)
    "redirect": "https://..."      302
    "cut": true                    the connection is closed without an answer
    "cut_after": 100000            of `upload` only: closed when that many bytes of the body have come; none is kept
    "hang": 5.0                    seconds of silence, then the true answer
    "truncate": 20                 the true answer's first bytes, then the connection is closed
    "drip": 0.4                    the true answer, one byte per that many seconds
    "gzip_bomb": 300               a gzip answer of that many megabytes once unpacked

`phase` says whether the call takes effect: `before` = it does not (with hang: it does, but only after the wait),
`after` = it does, and only the answer suffers. truncate and drip need the true answer and are always `after`.
`endpoint` is one of ENDPOINTS' names, or `*` for any.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec

ENDPOINTS = {
    "/v2/auth/authorize/": "authorize",
    "/v2/oauth/token/": "token",
    "/v2/oauth/revoke/": "revoke",
    "/v2/user/info/": "user_info",
    "/v2/video/list/": "video_list",
    "/v2/video/query/": "video_query",
    "/v2/post/publish/creator_info/query/": "creator_info",
    "/v2/post/publish/content/init/": "content_init",
    "/v2/post/publish/video/init/": "video_init",
    "/v2/post/publish/inbox/video/init/": "inbox_video_init",
    "/v2/post/publish/status/fetch/": "status_fetch",
    "/v2/post/publish/cancel/": "cancel",
    "/upload/": "upload",
}
_ACTIONS = ("code", "raw", "redirect", "cut", "cut_after", "hang", "truncate", "drip", "gzip_bomb")

Positive = Annotated[float, msgspec.Meta(ge=0)]


class NextError(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    endpoint: str
    phase: Literal["before", "after"] = "before"
    times: Annotated[int, msgspec.Meta(ge=1)] = 1
    open_id: str | None = None
    code: str | None = None
    http_status: Annotated[int, msgspec.Meta(ge=200, le=599)] | None = None
    message: str = ""
    raw: str | None = None
    content_type: str = "text/html; charset=utf-8"
    redirect: str | None = None
    cut: bool = False
    cut_after: Annotated[int, msgspec.Meta(ge=0)] | None = None
    hang: Positive | None = None
    truncate: Annotated[int, msgspec.Meta(ge=0)] | None = None
    drip: Positive | None = None
    gzip_bomb: Annotated[int, msgspec.Meta(ge=1, le=4_096)] | None = None

    def __post_init__(self) -> None:
        if self.endpoint != "*" and self.endpoint not in ENDPOINTS.values():
            raise ValueError(f"endpoint: one of *, {', '.join(ENDPOINTS.values())}")
        if len(self._actions()) != 1:
            raise ValueError(f"exactly one of {', '.join(_ACTIONS)}")
        if self.action == "cut_after" and (self.endpoint != "upload" or self.phase != "before"):
            raise ValueError("cut_after: only of upload, and only before its effect")
        if self.action in {"truncate", "drip"}:
            self.phase = "after"

    def _actions(self) -> list[str]:
        # By identity, because a hang of 0 seconds and a truncation to 0 bytes are orders too.
        return [
            action for action in _ACTIONS if getattr(self, action) is not None and getattr(self, action) is not False
        ]

    @property
    def action(self) -> str:
        return self._actions()[0]

    @property
    def lets_through(self) -> bool:
        """Whether the call takes effect all the same."""
        return self.phase == "after" or self.action == "hang"


class FaultQueue:
    """Faults in the order in which they were asked for."""

    def __init__(self) -> None:
        self.waiting: list[NextError] = []

    def add(self, errors: Sequence[NextError]) -> None:
        self.waiting.extend(errors)

    def take(self, endpoint: str, open_id: str | None) -> NextError | None:
        for error in self.waiting:
            if error.endpoint in {"*", endpoint} and error.open_id in {None, open_id}:
                error.times -= 1
                if error.times <= 0:
                    self.waiting.remove(error)
                return error
        return None
