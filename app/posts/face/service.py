"""What the API and the pages may do with posts."""

from app.posts.face.decisions import approve_post, cancel_post, retry_post
from app.posts.face.resolutions import check_post, dismiss_alert, resolve_post
from app.posts.face.revise import revise_post
from app.posts.face.views import count_by_state, get_post, list_posts
from app.posts.prepare.caption_settings import (
    load_hashtag_rules,
    read_caption_settings,
    save_caption_templates,
    save_hashtag_rules,
    text_limits,
    use_hashtag_preset,
)
from app.posts.prepare.preview import preview

__all__ = [
    "approve_post",
    "cancel_post",
    "check_post",
    "count_by_state",
    "dismiss_alert",
    "get_post",
    "list_posts",
    "load_hashtag_rules",
    "preview",
    "read_caption_settings",
    "resolve_post",
    "retry_post",
    "revise_post",
    "save_caption_templates",
    "save_hashtag_rules",
    "text_limits",
    "use_hashtag_preset",
]
