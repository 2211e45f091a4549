"""The jobs of this slice: importing this registers them."""

from app.posts.evidence import gather_evidence
from app.posts.follow import follow_due_posts
from app.posts.prepare_video import prepare_video_post
from app.posts.publish import publish_post
from app.posts.reconcile import reconcile_posts
from app.posts.retime import keep_line, keep_lines
from app.posts.sweeps import release_due_posts
from app.posts.tiktok_events import handle_event, handle_forgotten_events
from app.posts.upload import resume_uploads, upload_video

__all__ = [
    "follow_due_posts",
    "gather_evidence",
    "handle_event",
    "handle_forgotten_events",
    "keep_line",
    "keep_lines",
    "prepare_video_post",
    "publish_post",
    "reconcile_posts",
    "release_due_posts",
    "resume_uploads",
    "upload_video",
]
