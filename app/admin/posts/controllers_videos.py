"""A post's video for editors: not TikTok's address, where every request counts as TikTok's."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from app.accounts.queries import is_id
from app.auth.access import EDITOR
from app.errors import NotFound
from app.media.service import find_video
from app.media.serving import plan_answer, read_part
from app.messages import post_refusals
from app.resources import Resources


@get("/posts/{post_id:str}/video", name="admin:posts:video", opt=EDITOR)
async def show_video(
    request: Request[Any, Any, Any], resources: NamedDependency[Resources], post_id: FromPath[str]
) -> Response[Any]:
    """Give an editor the prepared video, in parts where the player asks for them."""
    return await send_video(request, resources, post_id)


async def send_video(request: Request[Any, Any, Any], resources: Resources, post_id: str) -> Response[Any]:
    """Answer with a post's video. Raises NotFound."""
    found = await find_video(resources, post_id) if is_id(post_id) else None
    if found is None:
        raise NotFound(post_refusals.NO_SUCH_FILM)
    asset, path = found
    plan = plan_answer("GET", request.headers, size=asset.size, etag=f'"{asset.sha256}"')
    headers = {"cache-control": "private, max-age=3600", **plan.headers}
    if plan.status in {304, 416}:
        return Response(b"", status_code=plan.status, headers=headers, media_type=asset.content_type)
    return Stream(read_part(path, plan), status_code=plan.status, headers=headers, media_type=asset.content_type)
