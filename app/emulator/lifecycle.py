"""A post's way from its init to its end: driven by time, by polls and by whoever tests."""

import asyncio
import logging

from app.emulator.media.pulling import pull_photos
from app.emulator.media.pulling_videos import take_video
from app.emulator.webhooks.events import emit_for_post
from app.emulator.world.ids import new_post_id
from app.emulator.world.pull_error import PullError
from app.emulator.world.records import Post
from app.emulator.world.world import World

logger = logging.getLogger(__name__)


def start(world: World, post: Post) -> None:
    """Run a post ahead in the background, unless something does so already."""
    if post.driver is None or post.driver.done():
        post.driver = world.spawn(_drive(world, post))


def note_poll(world: World, post: Post) -> None:
    post.polls += 1
    post.last_polled_at = world.clock.now()
    settle(world, post)


def settle(world: World, post: Post) -> None:
    """Take every step that is due by now, so that whoever looks sees the present, driver awake or not."""
    while (due := _next_due(post)) is not None and due <= world.clock.now():
        _step(world, post)


def settle_all(world: World) -> None:
    for post in world.posts.values():
        settle(world, post)


def fail(world: World, post: Post, reason: str, detail: str = "") -> None:
    post.stage, post.fail_reason, post.fail_detail = "failed", reason, detail
    post.failed_at = world.clock.now()
    if post.upload is not None and post.clip is None:
        post.upload.file.close()
    emit_for_post(world, post, "failed", reason=reason)


def cancel(world: World, post: Post) -> bool:
    """Stop a post that is still on its way to TikTok; later TikTok no longer lets go."""
    if post.stage not in {"uploading", "pulling"}:
        return False
    if post.driver is not None:
        post.driver.cancel()
    fail(world, post, "publish_cancelled")
    return True


def remove_authorization(world: World, open_id: str) -> None:
    """Fail what the user's app may no longer finish."""
    for post in world.posts_by_account.get(open_id, []):
        if post.stage in {"uploading", "pulling", "processing"}:
            if post.driver is not None:
                post.driver.cancel()
            fail(world, post, "auth_removed")


def finish_upload(world: World, post: Post) -> None:
    """Go on with a video whose last byte has come."""
    if post.driver is not None:
        post.driver.cancel()
        post.driver = None
    post.stage = "pulling"
    start(world, post)


def expire_upload(_: World, post: Post) -> bool:
    """End the life of an upload's address; what becomes of the post is undocumented, so it stays as it is."""
    upload = post.upload
    if upload is None or upload.expired or post.stage != "uploading":
        return False
    upload.expired = True
    upload.file.close()
    return True


def post_draft(world: World, post: Post) -> bool:
    """Let the creator finish a draft in TikTok's app; visible to all where the account is."""
    if post.stage != "inbox":
        return False
    account = world.accounts.get(post.open_id)
    post.public = account is not None and not account.private
    _complete(world, post)
    start(world, post)
    return True


def make_public(world: World, post: Post) -> bool:
    """Let the creator open a post to all, which gives it an id in public."""
    if post.stage != "complete" or post.post_ids:
        return False
    post.public = True
    _publish_id(world, post)
    return True


def remove_from_public(world: World, post: Post) -> bool:
    """Let the creator hide or delete a public post."""
    if not post.post_ids:
        return False
    gone, post.post_ids, post.public = post.post_ids, [], False
    for post_id in gone:
        # "publicaly" is TikTok's own spelling.
        emit_for_post(world, post, "no_longer_publicaly_available", post_id=str(post_id))
    return True


async def _drive(world: World, post: Post) -> None:
    try:
        if post.stage == "pulling":
            await _pull(world, post)
        while (due := _next_due(post)) is not None:
            await world.clock.sleep_until(due)
            settle(world, post)
    except Exception:
        # A fault of the emulator's own must end the post as one of TikTok's would, not leave it hanging for ever.
        logger.exception("The emulator failed on post %s", post.publish_id)
        fail(world, post, "internal", "an error of the emulator's own; see its log")


async def _pull(world: World, post: Post) -> None:
    """Get the media within TikTok's hour, as the emulator's clock counts it. What was uploaded is there already."""
    begun = post.accepted_at if post.upload is None else world.clock.now()
    pull = asyncio.create_task(_take_photos(world, post) if post.kind == "photo" else take_video(world, post))
    out_of_time = asyncio.create_task(world.clock.sleep_until(begun + world.settings.pull_timeout))
    try:
        await asyncio.wait({pull, out_of_time}, return_when=asyncio.FIRST_COMPLETED)
        if not pull.done():
            raise PullError(f"{post.kind}_pull_failed", f"the {post.kind} did not come within the hour")
        pull.result()
    except PullError as failure:
        fail(world, post, failure.reason, str(failure))
        return
    finally:
        pull.cancel()
        out_of_time.cancel()
    post.stage, post.pulled_at = "processing", world.clock.now()


async def _take_photos(world: World, post: Post) -> None:
    photos = await pull_photos(world, post)
    world.photos.put(post.publish_id, photos, bound=world.settings.photo_memory_bytes)


def _next_due(post: Post) -> float | None:
    progression = post.progression
    if post.stage == "uploading" and post.upload is not None and not post.upload.expired:
        return post.upload.expires_at
    if post.stage == "processing" and post.pulled_at is not None:
        return progression.verdict_due(pulled_at=post.pulled_at, polls=post.polls, last_polled_at=post.last_polled_at)
    if post.stage == "inbox" and post.inbox_at is not None and progression.draft_posted_after is not None:
        return post.inbox_at + progression.draft_posted_after
    if post.stage == "complete" and post.completed_at is not None and post.public and not post.post_ids:
        return post.completed_at + progression.post_id_after
    return None


def _step(world: World, post: Post) -> None:
    if post.stage == "uploading":
        expire_upload(world, post)
    elif post.stage == "inbox":
        post_draft(world, post)
    elif post.stage == "complete":
        _publish_id(world, post)
    elif post.progression.fail_reason is not None:
        fail(world, post, post.progression.fail_reason)
    elif post.is_draft:
        post.stage, post.inbox_at = "inbox", world.clock.now()
        emit_for_post(world, post, "inbox_delivered")
    else:
        _complete(world, post)


def _complete(world: World, post: Post) -> None:
    post.stage, post.completed_at = "complete", world.clock.now()
    emit_for_post(world, post, "complete")


def _publish_id(world: World, post: Post) -> None:
    post.post_ids.append(new_post_id())
    emit_for_post(world, post, "publicly_available", post_id=str(post.post_ids[-1]))
