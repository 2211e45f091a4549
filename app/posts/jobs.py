"""The jobs of this slice: importing this registers them."""

from app.posts.face.sign_off import forget_sign_offs
from app.posts.figures.collect import collect_figures
from app.posts.follow.polling import follow_due_posts
from app.posts.follow.public_link import find_link_of
from app.posts.follow.tiktok_events import handle_event, handle_forgotten_events
from app.posts.line.slot_times import keep_line, keep_lines
from app.posts.prepare.video import prepare_video_post
from app.posts.send.publish import publish_post
from app.posts.send.upload import resume_uploads, upload_video
from app.posts.sweeps import release_due_posts
from app.posts.unconfirmed.evidence import gather_evidence
from app.posts.unconfirmed.vanished_workers import reconcile_posts

__all__ = [
    "collect_figures",
    "find_link_of",
    "follow_due_posts",
    "forget_sign_offs",
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
