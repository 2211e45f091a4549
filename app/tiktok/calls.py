"""How any call to the Open API is built, sent and read."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeVar

import httpx
from pydantic import ValidationError

from app.errors import VendorError
from app.kit.http.client import FRESH_CONNECTION, Answer, retry_after_seconds
from app.kit.http.failures import failure_code, surely_unsent
from app.messages import publishing
from app.messages.kinds import Failure
from app.tiktok.advice import MINUTE, Action
from app.tiktok.asking import ask
from app.tiktok.catalogue import explain_error
from app.tiktok.errors import (
    AccessTokenInvalid,
    TikTokHoldsBack,
    TikTokRateLimited,
    TikTokRefused,
    TikTokUnavailable,
)
from app.tiktok.fields import VendorModel
from app.tiktok.models import Envelope, ErrorBody, read_envelope

Result = TypeVar("Result", bound=VendorModel)

READ_DEADLINE_SECONDS = 15.0
ONCE_DEADLINE_SECONDS = 30.0


class Caller:
    """The part of the client that all calls share. It keeps no token: those are arguments."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        *,
        client_key: str,
        client_secret: str,
        api_base_url: str = "https://open.tiktokapis.com",
        authorize_url: str = "https://www.tiktok.com/v2/auth/authorize/",
        read_deadline: float = READ_DEADLINE_SECONDS,
        once_deadline: float = ONCE_DEADLINE_SECONDS,
    ) -> None:
        self._http = http
        self._client_key = client_key
        self._client_secret = client_secret
        self._api_base_url = api_base_url.rstrip("/")
        self._authorize_page = authorize_url
        self._read_deadline = read_deadline
        self.once_deadline = once_deadline

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._api_base_url}>"

    async def _call(
        self,
        result: type[Result],
        method: str,
        path: str,
        access_token: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Result:
        """Make a call that may be repeated, and return its `data` as `result`."""
        request = self._bearer_request(method, path, access_token, params=params, body=body)
        answer = await self._send(request, deadline=self._read_deadline)
        envelope = read_envelope(answer.body)
        if envelope is None or not envelope.error.is_ok or not 200 <= answer.status < 300:
            raise refusal(answer, envelope)
        try:
            return result.model_validate({**envelope.data, "log_id": envelope.error.log_id})
        except ValidationError:
            raise TikTokUnavailable(
                publishing.ANSWER_INCOMPLETE,
                log_id=envelope.error.log_id,
                http_status=answer.status,
            ) from None

    async def _send(self, request: httpx.Request, *, deadline: float) -> Answer:
        try:
            return await ask(self._http, request, deadline=deadline)
        except httpx.RequestError as error:
            is_unsent = surely_unsent(error)
            failed = publishing.tiktok_unreachable if is_unsent else publishing.tiktok_silent
            raise TikTokUnavailable(failed(Failure(failure_code(error))), is_unsent=is_unsent) from error

    def _bearer_request(
        self,
        method: str,
        path: str,
        access_token: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        once: bool = False,
    ) -> httpx.Request:
        """Build a call for a creator; `once` gives it a connection of its own and the longer wait."""
        if not is_sendable(access_token):
            raise AccessTokenInvalid
        headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json; charset=UTF-8"
            # Half a surrogate pair cannot be encoded; a question mark is better than no post.
            content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        return self._http.build_request(
            method,
            _address(self._api_base_url + path),
            headers=headers,
            params=params,
            content=content,
            **(self._once_options() if once else {}),
        )

    def _once_options(self) -> dict[str, Any]:
        """Options of a request that must not be sent twice.

        Connecting has to give up well before the deadline: then it is known that nothing was sent.
        """
        deadline = self.once_deadline
        timeout = httpx.Timeout(deadline, connect=min(5.0, deadline / 3), pool=min(10.0, deadline / 2))
        return {"extensions": dict(FRESH_CONNECTION), "timeout": timeout}


@lru_cache(maxsize=64)
def _address(text: str) -> httpx.URL:
    return httpx.URL(text)


def is_sendable(token: str) -> bool:
    """Tell whether a token can stand in a header at all."""
    return bool(token) and token.isascii() and token.isprintable() and " " not in token


def rate_limit_wait(answer: Answer) -> float:
    """How long to stay away after a 429: what TikTok asks for, and never less than its window of a minute."""
    return max(retry_after_seconds(answer.headers) or 0.0, float(MINUTE))


def refusal(answer: Answer, envelope: Envelope | None) -> VendorError:
    """Make the error that fits an answer other than success, for calls that may be repeated."""
    code = envelope.error.code if envelope else None
    log_id = envelope.error.log_id if envelope else None
    if answer.status >= 500:
        return TikTokUnavailable(
            publishing.tiktok_failed(status=str(answer.status)),
            vendor_code=code,
            log_id=log_id,
            http_status=answer.status,
            retry_after=retry_after_seconds(answer.headers),
        )
    if answer.status == 429 or code == "rate_limit_exceeded":
        return TikTokRateLimited(log_id=log_id, http_status=answer.status, retry_after=rate_limit_wait(answer))
    if envelope is None or envelope.error.is_ok:
        return _wordless_refusal(answer, log_id)
    return _worded_refusal(answer.status, envelope.error)


def wordless_code(status: int) -> str:
    """The catalogue's code for an error status without TikTok's words."""
    if 300 <= status < 400:
        return "http_redirect"
    return "access_token_invalid" if status == 401 else "http_refused"


def _worded_refusal(status: int, error: ErrorBody) -> VendorError:
    advice = explain_error(error.code)
    match advice.action:
        case Action.refresh_token:
            return AccessTokenInvalid(detail=error.message, log_id=error.log_id, http_status=status)
        case Action.retry:
            return TikTokUnavailable(advice.cause, vendor_code=error.code, log_id=error.log_id, http_status=status)
        case Action.wait:
            return TikTokHoldsBack(advice, log_id=error.log_id, http_status=status)
        case _:
            return TikTokRefused(advice, detail=error.message, log_id=error.log_id, http_status=status)


def _wordless_refusal(answer: Answer, log_id: str | None) -> VendorError:
    if answer.status < 300 or answer.status == 408:
        return TikTokUnavailable(publishing.ANSWER_UNREADABLE, log_id=log_id, http_status=answer.status)
    if answer.status == 401:
        return AccessTokenInvalid(log_id=log_id, http_status=answer.status)
    return TikTokRefused(explain_error(wordless_code(answer.status)), log_id=log_id, http_status=answer.status)
