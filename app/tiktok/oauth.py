"""Login Kit: the consent page's address, and tokens for a code, for a refresh token, or gone."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from app.errors import VendorError
from app.kit.http.client import Answer, retry_after_seconds
from app.kit.json_values import clean_text
from app.messages import publishing
from app.tiktok.calls import Caller, rate_limit_wait
from app.tiktok.catalogue import explain_error
from app.tiktok.catalogue_permission import explain_oauth_error
from app.tiktok.errors import OAuthRefused, TikTokRateLimited, TikTokUnavailable, oauth_refusal
from app.tiktok.fields import parse_object
from app.tiktok.models import ErrorBody, TokenGrant

_PASSING_ERRORS = {"server_error", "temporarily_unavailable", "internal_error"}


class OAuthCalls(Caller):
    """The calls of OAuth. They succeed by what they carry, not by their HTTP status, which TikTok does not document."""

    def authorize_url(
        self,
        *,
        redirect_uri: str,
        state: str,
        scopes: Iterable[str],
        code_challenge: str | None = None,
        disable_auto_auth: bool | None = None,
    ) -> str:
        """Build the address of the consent page."""
        query = {
            "client_key": self._client_key,
            "response_type": "code",
            "scope": ",".join(scopes),
            "redirect_uri": redirect_uri,
            "state": state,
        }
        if code_challenge is not None:
            query |= {"code_challenge": code_challenge, "code_challenge_method": "S256"}
        if disable_auto_auth is not None:
            query["disable_auto_auth"] = "1" if disable_auto_auth else "0"
        page = urlsplit(self._authorize_page)
        pairs = [*parse_qsl(page.query, keep_blank_values=True), *query.items()]
        return urlunsplit(page._replace(query=urlencode(pairs)))

    async def exchange_code(self, code: str, *, redirect_uri: str, code_verifier: str | None = None) -> TokenGrant:
        """Exchange the callback's code, decoded exactly once, for tokens."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        if code_verifier is not None:
            form["code_verifier"] = code_verifier
        grant = await self._fetch_grant(form)
        if not grant.open_id:
            advice = explain_oauth_error("missing_open_id")
            raise OAuthRefused(advice, detail="the answer names no open_id", log_id=grant.log_id)
        return grant

    async def refresh_token(self, refresh_token: str) -> TokenGrant:
        """Exchange a refresh token. The one sent is spent: store the new pair before using it.

        After a `TikTokUnavailable` that is not `is_unsent`, nobody knows whether TikTok has spent it.
        """
        grant = await self._fetch_grant({"grant_type": "refresh_token", "refresh_token": refresh_token})
        return grant if grant.refresh_token else grant.model_copy(update={"refresh_token": refresh_token})

    async def revoke_token(self, access_token: str) -> None:
        """Take the permission back. Success is an empty body."""
        answer = await self._send_form("/v2/oauth/revoke/", {"token": access_token})
        payload = parse_object(answer.body)
        error = _read_error(payload)
        if error is not None or not 200 <= answer.status < 300:
            raise _refusal(answer, error, is_readable=payload is not None)

    async def _fetch_grant(self, form: dict[str, str]) -> TokenGrant:
        answer = await self._send_form("/v2/oauth/token/", form)
        payload = parse_object(answer.body)
        if payload is not None and clean_text(payload.get("access_token")).strip():
            return TokenGrant.model_validate(payload)
        raise _refusal(answer, _read_error(payload), is_readable=payload is not None)

    async def _send_form(self, path: str, form: dict[str, str]) -> Answer:
        request = self._http.build_request(
            "POST",
            self._api_base_url + path,
            headers={"Cache-Control": "no-cache", "Accept": "application/json"},
            data={"client_key": self._client_key, "client_secret": self._client_secret, **form},
            **self._once_options(),
        )
        return await self._send(request, deadline=self.once_deadline)


def _read_error(payload: dict[str, Any] | None) -> ErrorBody | None:
    """Read `{error, error_description, log_id}`, or an error wrapped as all other calls wrap it."""
    if payload is None:
        return None
    error = payload.get("error")
    if isinstance(error, dict):
        found = ErrorBody.model_validate({"code": "", **error})
    else:
        found = ErrorBody.model_validate({**payload, "code": error, "message": payload.get("error_description")})
    return found if found.code and not found.is_ok else None


def _refusal(answer: Answer, error: ErrorBody | None, *, is_readable: bool) -> VendorError:
    status = answer.status
    log_id = error.log_id if error else None
    if status == 429 or (error is not None and error.code == "rate_limit_exceeded"):
        return TikTokRateLimited(log_id=log_id, http_status=status, retry_after=rate_limit_wait(answer))
    if error is not None and status < 500 and error.code not in _PASSING_ERRORS:
        return oauth_refusal(error.code, detail=error.message, log_id=log_id, http_status=status)
    if error is None and 300 <= status < 500 and status != 408:
        return OAuthRefused(explain_error("http_redirect" if status < 400 else "http_refused"), http_status=status)
    failed = publishing.login_without_token if is_readable else publishing.login_unreadable
    return TikTokUnavailable(
        failed(str(status)),
        vendor_code=error.code if error else None,
        log_id=log_id,
        http_status=status,
        retry_after=retry_after_seconds(answer.headers),
    )
