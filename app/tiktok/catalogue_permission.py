"""What TikTok answers when an account is connected or renewed, and why it took a permission away: cause and cure."""

from app.messages import tiktok_advice
from app.messages import tiktok_advice_permission as words
from app.tiktok.advice import MINUTE, Action, Advice, look_up, table_of

OAUTH_ERRORS = table_of(
    Advice(
        "invalid_grant",
        Action.reauthorize,
        words.INVALID_GRANT_CAUSE,
        tiktok_advice.RECONNECT_CURE,
    ),
    Advice(
        "access_denied",
        Action.reauthorize,
        words.ACCESS_DENIED_CAUSE,
        words.ACCESS_DENIED_CURE,
    ),
    Advice(
        "unauthorized_client",
        Action.reauthorize,
        words.UNAUTHORIZED_CLIENT_CAUSE,
        words.UNAUTHORIZED_CLIENT_CURE,
    ),
    Advice(
        "invalid_client",
        Action.configure,
        words.INVALID_CLIENT_CAUSE,
        words.INVALID_CLIENT_CURE,
    ),
    Advice(
        "invalid_request",
        Action.configure,
        words.INVALID_REQUEST_CAUSE,
        words.INVALID_REQUEST_CURE,
    ),
    Advice(
        "invalid_scope",
        Action.configure,
        words.INVALID_SCOPE_CAUSE,
        words.INVALID_SCOPE_CURE,
    ),
    Advice(
        "unsupported_grant_type",
        Action.configure,
        words.UNSUPPORTED_GRANT_TYPE_CAUSE,
        tiktok_advice.BUG_CURE,
    ),
    Advice(
        "unsupported_response_type",
        Action.configure,
        words.UNSUPPORTED_RESPONSE_TYPE_CAUSE,
        tiktok_advice.BUG_CURE,
    ),
    Advice("server_error", Action.retry, tiktok_advice.INTERNAL_CAUSE, tiktok_advice.INTERNAL_CURE, delay=MINUTE),
    Advice(
        "temporarily_unavailable",
        Action.retry,
        words.TEMPORARILY_UNAVAILABLE_CAUSE,
        words.TEMPORARILY_UNAVAILABLE_CURE,
        delay=MINUTE,
    ),
    Advice(
        "client_key",
        Action.configure,
        words.CLIENT_KEY_CAUSE,
        words.CLIENT_KEY_CURE,
    ),
    Advice(
        "redirect_uri",
        Action.configure,
        words.REDIRECT_URI_CAUSE,
        words.REDIRECT_URI_CURE,
    ),
    Advice(
        "scope",
        Action.configure,
        words.INVALID_SCOPE_CAUSE,
        words.INVALID_SCOPE_CURE,
    ),
    Advice(
        "code_challenge",
        Action.configure,
        words.CODE_CHALLENGE_CAUSE,
        words.CODE_CHALLENGE_CURE,
    ),
    Advice(
        "code_challenge_method",
        Action.configure,
        words.CODE_CHALLENGE_METHOD_CAUSE,
        words.CODE_CHALLENGE_CURE,
    ),
)
"""What the token endpoint answers, and what TikTok's own login page shows without ever calling back."""

REMOVAL_REASONS = table_of(
    Advice("0", Action.reauthorize, words.REMOVED_0_CAUSE, tiktok_advice.RECONNECT_CURE),
    Advice("1", Action.reauthorize, words.REMOVED_1_CAUSE, tiktok_advice.RECONNECT_CURE),
    Advice(
        "2",
        Action.never,
        words.REMOVED_2_CAUSE,
        words.REMOVED_2_CURE,
    ),
    Advice(
        "3",
        Action.person,
        words.REMOVED_3_CAUSE,
        words.REMOVED_3_CURE,
    ),
    Advice("4", Action.never, words.REMOVED_4_CAUSE, words.REMOVED_4_CURE),
    Advice("5", Action.reauthorize, words.REMOVED_5_CAUSE, tiktok_advice.RECONNECT_CURE),
)
"""The reasons of TikTok's webhook `authorization.removed`."""


def explain_oauth_error(error: str | None) -> Advice:
    """Explain an error of the login or of the token endpoint."""
    return look_up(OAUTH_ERRORS, error)


def explain_removal(reason: str | int | None) -> Advice:
    """Explain why an authorization was removed."""
    return look_up(REMOVAL_REASONS, None if reason is None else str(reason))
