"""What the API and the pages may do with posts."""

from app.posts.face.decisions import DECISIONS, Decision, decide, decide_many
from app.posts.face.listing import MOST_COUNTED, PostFilter, PostNeed, PostSort, count_found
from app.posts.face.views import get_post, list_posts, list_posts_by_id
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
    "DECISIONS",
    "MOST_COUNTED",
    "Decision",
    "PostFilter",
    "PostNeed",
    "PostSort",
    "count_found",
    "decide",
    "decide_many",
    "get_post",
    "list_posts",
    "list_posts_by_id",
    "load_hashtag_rules",
    "preview",
    "read_caption_settings",
    "save_caption_templates",
    "save_hashtag_rules",
    "text_limits",
    "use_hashtag_preset",
]
