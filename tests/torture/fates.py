"""What may go wrong at TikTok, and how a post may fare there."""

from typing import Any

from app.emulator.world.progression import Pace, Progression

INIT_TROUBLES: tuple[dict[str, Any], ...] = (
    {"endpoint": "content_init", "cut": True},
    {"endpoint": "content_init", "cut": True, "phase": "after"},
    {"endpoint": "content_init", "code": "internal_error", "http_status": 500},
    {"endpoint": "content_init", "code": "internal_error", "http_status": 500, "phase": "after"},
    {"endpoint": "content_init", "raw": "<html>", "http_status": 502, "phase": "after"},
    {"endpoint": "content_init", "raw": "{}", "http_status": 200, "content_type": "application/json"},
    {"endpoint": "content_init", "redirect": "https://elsewhere.example/"},
    {"endpoint": "content_init", "code": "rate_limit_exceeded", "http_status": 429},
    {"endpoint": "content_init", "code": "spam_risk_too_many_posts", "http_status": 403},
    {"endpoint": "content_init", "code": "spam_risk_too_many_pending_share", "http_status": 403},
    {"endpoint": "content_init", "code": "access_token_invalid", "http_status": 401},
    {"endpoint": "content_init", "code": "url_ownership_unverified", "http_status": 403},
    {"endpoint": "content_init", "code": "something_new", "http_status": 400},
    {"endpoint": "content_init", "truncate": 30},
)
"""Of the call that hands a post over: its answer is lost, or it is a no."""
TROUBLES = (
    *INIT_TROUBLES,
    {"endpoint": "creator_info", "raw": "<html>", "http_status": 502},
    {"endpoint": "creator_info", "code": "rate_limit_exceeded", "http_status": 429},
    {"endpoint": "creator_info", "code": "spam_risk_too_many_posts", "http_status": 200},
    {"endpoint": "status_fetch", "cut": True},
    {"endpoint": "status_fetch", "truncate": 10},
    {"endpoint": "status_fetch", "code": "rate_limit_exceeded", "http_status": 429},
    {"endpoint": "status_fetch", "code": "access_token_invalid", "http_status": 401},
    {"endpoint": "status_fetch", "code": "something_new", "http_status": 400},
    {"endpoint": "video_list", "cut": True},
    {"endpoint": "token", "cut": True},
    {"endpoint": "token", "cut": True, "phase": "after"},
    {"endpoint": "token", "code": "internal_error", "http_status": 500},
    {"endpoint": "cancel", "cut": True, "phase": "after"},
)
"""Of all calls."""
FATES = (
    Progression(pull_delay=120),
    Progression(pull_delay=500),
    Progression(Pace("polls", 3)),
    Progression(Pace("seconds", 90)),
    Progression(moderation_hours=7),
    Progression(moderation_hours=60),
    Progression(post_id_after=4_000),
    Progression(draft_posted_after=600),
    Progression(fail_reason="file_format_check_failed"),
    Progression(fail_reason="internal"),
    Progression(Pace("seconds", 90), fail_reason="photo_pull_failed"),
    Progression(fail_reason="spam_risk_too_many_posts"),
    Progression(fail_reason="auth_removed"),
    Progression(fail_reason="a_reason_nobody_knows"),
)
