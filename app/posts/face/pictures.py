"""Which of a post's pictures stay, and in which order."""

from collections.abc import Sequence
from typing import Any

from app.errors import Conflict, Invalid
from app.kit.clock import utcnow
from app.media.service import choose_pictures, grant_media, list_assets, retire_media
from app.messages import post_refusals
from app.posts.face.case import Case
from app.posts.models import FINAL_STATES, Post, PostKind, PostState
from app.posts.models_settings import PostSettings
from app.posts.transitions import MEDIA_KEPT_FOR


def numbers_of(post: Post, addresses: Sequence[str]) -> list[int]:
    """Find the numbers of pictures by the addresses that the post has told. Raises Invalid."""
    names = {f"{number}.jpg": number for number in range(1, post.media_count + 1)}
    numbers = []
    for address in addresses:
        path, _, name = address.partition("?")[0].rpartition("/")
        if "/media/" not in path or name not in names:
            raise Invalid(post_refusals.NO_SUCH_MEDIA)
        numbers.append(names[name])
    return numbers


async def choose_pictures_of(case: Case, numbers: Sequence[int], settings: PostSettings) -> dict[str, Any]:
    """Leave pictures out, or put them into another order: the columns for it. Raises Conflict or Invalid."""
    session, post = case.session, case.post
    if post.kind is not PostKind.photo:
        raise Invalid(post_refusals.NO_PICTURES_IN_FILM)
    if not post.media_count and post.state is not PostState.failed:
        raise Conflict(post_refusals.PICTURES_NOT_YET, code="state_forbids")
    if len(set(numbers)) != len(numbers) or max(numbers) > post.media_count:
        raise Invalid(post_refusals.PICTURES_TWICE)
    if list(numbers) == list(range(1, post.media_count + 1)):
        return {}
    assets = sorted(await list_assets(session, post.id), key=lambda asset: asset.position)
    if len(assets) != post.media_count:
        raise Conflict(post_refusals.PICTURES_GONE)
    settings["picture_order"] = [url for number in numbers if (url := assets[number - 1].source_url)]
    gone = await choose_pictures(session, post.id, numbers)
    # Media are served as immutable: another set needs other addresses.
    token = await grant_media(session, post.id)
    if post.state in FINAL_STATES:
        await retire_media(session, post.id, utcnow() + MEDIA_KEPT_FOR)
    left_out = [*post.left_out, *(url for url in gone if url)]
    return {"media_count": len(numbers), "preview_token": token, "left_out": left_out}
