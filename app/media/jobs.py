"""The sweep of the media folder."""

import structlog

from app.jobs import job
from app.media.service import sweep_media
from app.resources import Resources

log = structlog.get_logger(__name__)


@job("media.sweep", timeout=150.0)
async def sweep(app: Resources) -> None:
    """Delete media past its time. A missed run leaves files a while longer; two at once delete each file once."""
    count = await sweep_media(app)
    if count:
        log.info("media_swept", files=count)
