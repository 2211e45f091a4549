"""One request to TikTok, counted, timed and traced by its endpoint and by what came back: never by whom it is about."""

import re
from time import perf_counter

import httpx

from app import meters
from app.kit.http.client import Answer, fetch_answer
from app.kit.http.failures import surely_unsent
from app.kit.tracing import Span, is_tracing, span
from app.tiktok.catalogue import ERROR_CODES
from app.tiktok.catalogue_permission import OAUTH_ERRORS

_ENDPOINTS = {
    "/v2/oauth/token/": "token",
    "/v2/oauth/revoke/": "revoke",
    "/v2/user/info/": "user_info",
    "/v2/video/list/": "video_list",
    "/v2/video/query/": "video_query",
    "/v2/post/publish/creator_info/query/": "creator_info",
    "/v2/post/publish/content/init/": "photo_init",
    "/v2/post/publish/video/init/": "video_init",
    "/v2/post/publish/inbox/video/init/": "inbox_video_init",
    "/v2/post/publish/status/fetch/": "status_fetch",
    "/v2/post/publish/cancel/": "cancel",
}
_KNOWN_CODES = frozenset({"ok", *ERROR_CODES, *OAUTH_ERRORS})
# Of {"error": {"code": "…"}} and, at the token endpoint, {"error": "…"}. The answer is parsed where it is used:
# to count it, this much is enough.
_CODE = re.compile(rb'"(?:code|error)"\s*:\s*"([a-z0-9_]{1,64})"')
_LOG_ID = re.compile(rb'"log_?id"\s*:\s*"([\w-]{1,64})"')


async def ask(http: httpx.AsyncClient, request: httpx.Request, *, deadline: float) -> Answer:
    """Send a request and read its answer; see `fetch_answer`, which this is but for the counting."""
    endpoint = endpoint_of(request)
    started_at = perf_counter()
    with span(f"tiktok.{endpoint}") as step:
        try:
            answer = await fetch_answer(http, request, deadline=deadline)
        except httpx.RequestError as error:
            note_call(endpoint, "unreachable" if surely_unsent(error) else "no_answer", perf_counter() - started_at)
            raise
        code = code_of(answer)
        note_call(endpoint, code, perf_counter() - started_at)
        if is_tracing():
            _describe(step, answer, code)
    return answer


def note_call(endpoint: str, code: str, seconds: float) -> None:
    """Count one call of TikTok's."""
    meters.tiktok_calls.count(endpoint, code)
    meters.tiktok_call_seconds.observe(seconds, endpoint)


def endpoint_of(request: httpx.Request) -> str:
    """Name the endpoint; where bytes go to is an address of its own each time, and a secret."""
    if request.method == "PUT":
        return "upload"
    _, slash, path = request.url.path.partition("/v2/")
    return _ENDPOINTS.get(slash + path, "other")


def code_of(answer: Answer) -> str:
    """Give the answer's code in the catalogue's words, or what else it was: there are only so many of them."""
    found = _CODE.search(answer.body)
    if found is not None:
        code = found[1].decode("ascii")
        return code if code in _KNOWN_CODES else "other"
    if not 200 <= answer.status < 300:
        return f"http_{answer.status // 100}xx"
    return "ok" if answer.body.strip()[:1] in {b"", b"{"} else "unreadable"


def _describe(step: Span, answer: Answer, code: str) -> None:
    log_id = _LOG_ID.search(answer.body)
    step.set(code=code, http_status=answer.status, log_id=log_id[1].decode("ascii") if log_id else None)
    if code != "ok":
        step.fail(code)
