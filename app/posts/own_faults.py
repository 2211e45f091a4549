"""An error of this service's own on the way of a post: a failure like others, counted and shown."""

import structlog

from app.db import takes_no_writes
from app.messages import timeline
from app.posts.lease import NotNow
from app.posts.models import Post
from app.posts.waits import Halt, try_again

log = structlog.get_logger(__name__)


def own_fault(error: Exception, post: Post, event: str) -> Halt:
    """Log it under this event, and put the post off. Raises NotNow where the database's disk is full.

    Without this the post would be handed out again and again, and nobody would see it.
    """
    if takes_no_writes(error):
        raise NotNow from error
    log.error(event, post_id=post.id, exc_info=error)
    return try_again(post.failures, "internal_error", timeline.OUR_FAULT)
