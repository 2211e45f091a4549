"""Every error code and fail reason of TikTok's that is documented: what to do about it, its cause and its cure."""

from app.messages import tiktok_advice as words
from app.tiktok.advice import DAY, MINUTE, Action, Advice, Until


def _table(*entries: Advice) -> dict[str, Advice]:
    return {entry.code: entry for entry in entries}


_DAILY_CAP = Advice(
    "spam_risk_too_many_posts",
    Action.wait,
    words.SPAM_RISK_TOO_MANY_POSTS_CAUSE,
    words.SPAM_RISK_TOO_MANY_POSTS_CURE,
    delay=DAY,
    until=Until.daily_cap,
)
_BANNED = Advice(
    "spam_risk_user_banned_from_posting",
    Action.never,
    words.SPAM_RISK_USER_BANNED_FROM_POSTING_CAUSE,
    words.SPAM_RISK_USER_BANNED_FROM_POSTING_CURE,
)

ERROR_CODES = _table(
    _DAILY_CAP,
    _BANNED,
    Advice("invalid_param", Action.person, words.INVALID_PARAM_CAUSE, words.INVALID_PARAM_CURE),
    Advice("invalid_params", Action.person, words.INVALID_PARAM_CAUSE, words.INVALID_PARAM_CURE),
    Advice(
        "app_version_check_failed",
        Action.person,
        words.APP_VERSION_CHECK_FAILED_CAUSE,
        words.APP_VERSION_CHECK_FAILED_CURE,
    ),
    Advice(
        "spam_risk_too_many_pending_share",
        Action.wait,
        words.SPAM_RISK_TOO_MANY_PENDING_SHARE_CAUSE,
        words.SPAM_RISK_TOO_MANY_PENDING_SHARE_CURE,
        delay=DAY,
        until=Until.drafts,
    ),
    Advice(
        "reached_active_user_cap",
        Action.wait,
        words.REACHED_ACTIVE_USER_CAP_CAUSE,
        words.REACHED_ACTIVE_USER_CAP_CURE,
        delay=DAY,
        until=Until.active_users,
    ),
    Advice(
        "unaudited_client_can_only_post_to_private_accounts",
        Action.configure,
        words.UNAUDITED_CLIENT_CAN_ONLY_POST_TO_PRIVATE_ACCOUNTS_CAUSE,
        words.UNAUDITED_CLIENT_CAN_ONLY_POST_TO_PRIVATE_ACCOUNTS_CURE,
    ),
    Advice(
        "url_ownership_unverified",
        Action.configure,
        words.URL_OWNERSHIP_UNVERIFIED_CAUSE,
        words.URL_OWNERSHIP_UNVERIFIED_CURE,
    ),
    Advice(
        "privacy_level_option_mismatch",
        Action.person,
        words.PRIVACY_LEVEL_OPTION_MISMATCH_CAUSE,
        words.PRIVACY_LEVEL_OPTION_MISMATCH_CURE,
    ),
    Advice(
        "access_token_invalid",
        Action.refresh_token,
        words.ACCESS_TOKEN_INVALID_CAUSE,
        words.ACCESS_TOKEN_INVALID_CURE,
    ),
    Advice("scope_not_authorized", Action.reauthorize, words.MISSING_SCOPE_CAUSE, words.MISSING_SCOPE_CURE),
    Advice("scope_permission_missed", Action.reauthorize, words.MISSING_SCOPE_CAUSE, words.MISSING_SCOPE_CURE),
    Advice(
        "rate_limit_exceeded",
        Action.wait,
        words.RATE_LIMIT_EXCEEDED_CAUSE,
        words.RATE_LIMIT_EXCEEDED_CURE,
        delay=MINUTE,
        until=Until.rate_window,
    ),
    Advice("internal_error", Action.retry, words.INTERNAL_CAUSE, words.INTERNAL_CURE, delay=MINUTE),
    Advice(
        "invalid_file_upload",
        Action.person,
        words.INVALID_FILE_UPLOAD_CAUSE,
        words.INVALID_FILE_UPLOAD_CURE,
    ),
    Advice(
        "invalid_publish_id",
        Action.person,
        words.INVALID_PUBLISH_ID_CAUSE,
        words.NOT_OURS_CURE,
    ),
    Advice(
        "token_not_authorized_for_specified_publish_id",
        Action.person,
        words.TOKEN_NOT_AUTHORIZED_FOR_SPECIFIED_PUBLISH_ID_CAUSE,
        words.TOKEN_NOT_AUTHORIZED_FOR_SPECIFIED_PUBLISH_ID_CURE,
    ),
    Advice(
        "publish_not_cancellable",
        Action.never,
        words.PUBLISH_NOT_CANCELLABLE_CAUSE,
        words.PUBLISH_NOT_CANCELLABLE_CURE,
    ),
    Advice(
        "http_redirect",
        Action.configure,
        words.HTTP_REDIRECT_CAUSE,
        words.HTTP_REDIRECT_CURE,
    ),
    Advice(
        "http_refused",
        Action.person,
        words.HTTP_REFUSED_CAUSE,
        words.HTTP_REFUSED_CURE,
    ),
)
"""The last two are our own: a redirect says where else to ask, and a post must never be sent there; and an error status
may come without TikTok's words."""

FAIL_REASONS = _table(
    _DAILY_CAP,
    _BANNED,
    Advice(
        "file_format_check_failed",
        Action.person,
        words.FILE_FORMAT_CHECK_FAILED_CAUSE,
        words.FILE_FORMAT_CHECK_FAILED_CURE,
    ),
    Advice(
        "duration_check_failed",
        Action.never,
        words.DURATION_CHECK_FAILED_CAUSE,
        words.DURATION_CHECK_FAILED_CURE,
    ),
    Advice(
        "frame_rate_check_failed",
        Action.person,
        words.FRAME_RATE_CHECK_FAILED_CAUSE,
        words.FRAME_RATE_CHECK_FAILED_CURE,
    ),
    Advice(
        "picture_size_check_failed",
        Action.person,
        words.PICTURE_SIZE_CHECK_FAILED_CAUSE,
        words.PICTURE_SIZE_CHECK_FAILED_CURE,
    ),
    Advice("internal", Action.retry, words.INTERNAL_CAUSE, words.INTERNAL_CURE, delay=5 * MINUTE),
    Advice(
        "video_pull_failed",
        Action.retry,
        words.VIDEO_PULL_FAILED_CAUSE,
        words.VIDEO_PULL_FAILED_CURE,
        delay=10 * MINUTE,
    ),
    Advice(
        "photo_pull_failed",
        Action.retry,
        words.PHOTO_PULL_FAILED_CAUSE,
        words.VIDEO_PULL_FAILED_CURE,
        delay=10 * MINUTE,
    ),
    Advice(
        "publish_cancelled",
        Action.never,
        words.PUBLISH_CANCELLED_CAUSE,
        words.PUBLISH_CANCELLED_CURE,
    ),
    Advice(
        "auth_removed",
        Action.reauthorize,
        words.AUTH_REMOVED_CAUSE,
        words.AUTH_REMOVED_CURE,
    ),
    Advice(
        "spam_risk_text",
        Action.never,
        words.SPAM_RISK_TEXT_CAUSE,
        words.SPAM_RISK_TEXT_CURE,
    ),
    Advice(
        "spam_risk",
        Action.never,
        words.SPAM_RISK_CAUSE,
        words.SPAM_RISK_CURE,
    ),
)


OAUTH_ERRORS = _table(
    Advice(
        "invalid_grant",
        Action.reauthorize,
        words.INVALID_GRANT_CAUSE,
        words.RECONNECT_CURE,
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
    Advice("unsupported_grant_type", Action.configure, words.UNSUPPORTED_GRANT_TYPE_CAUSE, words.BUG_CURE),
    Advice("unsupported_response_type", Action.configure, words.UNSUPPORTED_RESPONSE_TYPE_CAUSE, words.BUG_CURE),
    Advice("server_error", Action.retry, words.INTERNAL_CAUSE, words.INTERNAL_CURE, delay=MINUTE),
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

REMOVAL_REASONS = _table(
    Advice("0", Action.reauthorize, words.REMOVED_0_CAUSE, words.RECONNECT_CURE),
    Advice("1", Action.reauthorize, words.REMOVED_1_CAUSE, words.RECONNECT_CURE),
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
    Advice("5", Action.reauthorize, words.REMOVED_5_CAUSE, words.RECONNECT_CURE),
)
"""The reasons of TikTok's webhook `authorization.removed`."""


_SAID_AT_ONCE = {code: FAIL_REASONS[code] for code in ("spam_risk", "spam_risk_text")}
"""TikTok documents these for posts that it took and that failed later; some are refused with them at once."""


def explain_error(code: str | None) -> Advice:
    """Explain an `error.code` of the Open API. An unknown one is for a person to look at."""
    return _explain(ERROR_CODES | _SAID_AT_ONCE, code)


def explain_fail_reason(reason: str | None) -> Advice:
    """Explain the `fail_reason` of a failed post. An unknown one is for a person to look at."""
    return _explain(FAIL_REASONS, reason)


def explain_oauth_error(error: str | None) -> Advice:
    """Explain an error of the login or of the token endpoint."""
    return _explain(OAUTH_ERRORS, error)


def explain_removal(reason: str | int | None) -> Advice:
    """Explain why an authorization was removed."""
    return _explain(REMOVAL_REASONS, None if reason is None else str(reason))


def _explain(table: dict[str, Advice], code: str | None) -> Advice:
    found = table.get((code or "").strip().lower())
    return found or Advice(code or "unknown", Action.person, words.UNKNOWN_CAUSE, words.UNKNOWN_CURE, is_known=False)
