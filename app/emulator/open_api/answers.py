"""The two shapes of TikTok's answers: flat for OAuth, an envelope for everything else."""

from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException

from app.emulator.world.ids import new_log_id

STATUS_OF_CODE = {
    "access_token_invalid": 401,
    "scope_not_authorized": 401,
    "spam_risk_too_many_posts": 403,
    "spam_risk_user_banned_from_posting": 403,
    "spam_risk_too_many_pending_share": 403,
    "reached_active_user_cap": 403,
    "unaudited_client_can_only_post_to_private_accounts": 403,
    "url_ownership_unverified": 403,
    "privacy_level_option_mismatch": 403,
    "rate_limit_exceeded": 429,
    "internal_error": 500,
}


class ApiError(Exception):
    """An error in the envelope. The status follows from the code, where it is not given."""

    def __init__(self, code: str, message: str, *, status: int | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status if status is not None else STATUS_OF_CODE.get(code, 400)


class OAuthError(Exception):
    """An error in OAuth's flat shape. TikTok does not document its status, so the settings say which."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description


def envelope(data: dict[str, Any] | None, code: str = "ok", message: str = "") -> dict[str, Any]:
    error = {"code": code, "message": message, "log_id": new_log_id()}
    return {"error": error} if data is None else {"data": data, "error": error}


def flat_error(error: str, description: str) -> dict[str, Any]:
    return {"error": error, "error_description": description, "log_id": new_log_id()}


def ok(data: dict[str, Any] | None) -> Response[dict[str, Any]]:
    return Response(envelope(data), status_code=200)


def answer_refusal(_: Request[Any, Any, Any], refusal: ApiError) -> Response[dict[str, Any]]:
    return Response(envelope({}, refusal.code, refusal.message), status_code=refusal.status)


def answer_oauth_refusal(request: Request[Any, Any, Any], refusal: OAuthError) -> Response[dict[str, Any]]:
    status = request.app.state.world.settings.oauth_error_status
    return Response(flat_error(refusal.error, refusal.description), status_code=status)


def answer_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[dict[str, Any]]:
    """Shape what the router itself refuses: an unknown path, a wrong method, a control body that does not fit."""
    if request.scope["path"].startswith("/v2/"):
        code = "unsupported_path" if error.status_code in {404, 405} else "invalid_param"
        return Response(envelope({}, code, error.detail), status_code=error.status_code)
    body: dict[str, Any] = {"detail": error.detail}
    if error.extra:
        body["extra"] = error.extra
    return Response(body, status_code=error.status_code)
