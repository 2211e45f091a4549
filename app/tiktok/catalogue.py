"""Every error code of a call and fail reason of a post that TikTok documents: what to do about it, cause and cure."""

from app.messages import tiktok_advice as words
from app.tiktok.advice import DAY, MINUTE, Action, Advice, Until, look_up, table_of

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

ERROR_CODES = table_of(
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

FAIL_REASONS = table_of(
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


_SAID_AT_ONCE = {code: FAIL_REASONS[code] for code in ("spam_risk", "spam_risk_text")}
"""TikTok documents these for posts that it took and that failed later; some are refused with them at once."""


def explain_error(code: str | None) -> Advice:
    """Explain an `error.code` of the Open API. An unknown one is for a person to look at."""
    return look_up(ERROR_CODES | _SAID_AT_ONCE, code)


def explain_fail_reason(reason: str | None) -> Advice:
    """Explain the `fail_reason` of a failed post. An unknown one is for a person to look at."""
    return look_up(FAIL_REASONS, reason)
