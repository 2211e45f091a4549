"""The jobs of this slice: importing this registers them."""

from app.posts.follow import follow_due_posts
from app.posts.publish import publish_post
from app.posts.sweeps import reconcile_posts, release_due_posts

__all__ = ["follow_due_posts", "publish_post", "reconcile_posts", "release_due_posts"]
