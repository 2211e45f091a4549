"""Every sentence that people read: slug → text with typed parameters, said in the language of whoever reads it.

Rows keep slug and parameters (`pack`), beside the English text for logs and for processes of an older version.
All sentences are declared as soon as anything of this room is used, because a row may name any of them.
"""

from app.messages import (
    access,
    ads,
    ads_boosts,
    ads_reports,
    ads_scopes,
    ads_values,
    ads_watches,
    decisions,
    downloading,
    media_faults,
    notifications,
    post_media,
    post_refusals,
    publishing,
    refusals,
    tiktok_advice,
    tiktok_advice_permission,
    timeline,
    uploads,
)

__all__ = [
    "access",
    "ads",
    "ads_boosts",
    "ads_reports",
    "ads_scopes",
    "ads_values",
    "ads_watches",
    "decisions",
    "downloading",
    "media_faults",
    "notifications",
    "post_media",
    "post_refusals",
    "publishing",
    "refusals",
    "tiktok_advice",
    "tiktok_advice_permission",
    "timeline",
    "uploads",
]
