"""What TikTok fetches from us: media and verification files; and the API for the latter."""

import re
from pathlib import Path
from typing import Annotated, Any

import anyio
import structlog
from litestar import Controller, Request, Response, delete, get, post, route
from litestar.di import NamedDependency
from litestar.enums import HttpMethod, MediaType
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Stream
from litestar.types import ControllerRouterHandler
from sqlmodel.ext.asyncio.session import AsyncSession

from app.auth.models import Role
from app.config import Settings
from app.errors import NotFound
from app.media import ownership, service, verification
from app.media.models import MediaAsset, MediaFetch, VerificationFile
from app.media.schemas import (
    LookRead,
    UploadRead,
    VerificationCheck,
    VerificationFileCreate,
    VerificationFileList,
    VerificationFileRead,
)
from app.media.serving import plan_answer, read_part
from app.media.uploads.keep import keep_upload
from app.messages import refusals
from app.resources import Resources
from app.web.client_ip import client_ip
from app.web.list_parameters import CURSOR_MEANS, Limit
from app.web.multipart_file import receive_file
from app.web.streams import stream_of

log = structlog.get_logger(__name__)

# As `app.auth.access.ADMIN` says it: a neighbour.
_ADMINS: dict[str, Any] = {"role": Role.admin}
_EDITORS: dict[str, Any] = {"role": Role.editor}
# Fetched by TikTok's machines, of which no address or name is documented: nothing may stand in their way.
_PUBLIC = {"public": True, "exclude_from_csrf": True}
_NAME = re.compile(r"(?P<number>[1-9][0-9]?)\.(?P<suffix>jpg|mp4)")
_HEADERS = {"cache-control": "public, max-age=31536000, immutable", "x-content-type-options": "nosniff"}

AnyRequest = Request[Any, Any, Any]


@route(
    "/media/{token:str}/{name:str}",
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    name="media:serve",
    opt=_PUBLIC,
    tags=["media"],
    media_type="image/jpeg",
)
async def serve_media(
    request: AnyRequest,
    token: FromPath[str],
    name: FromPath[str],
    resources: NamedDependency[Resources],
) -> Response[Any]:
    """A picture or the video of a post, as TikTok pulls it."""
    found = _NAME.fullmatch(name)
    async with resources.read() as session:
        asset = await service.find_asset(session, token, int(found["number"])) if found else None
    if (
        asset is None
        or found is None
        or not asset.path.endswith(f".{found['suffix']}")
        or not await _is_on_disk(resources.media_dir / asset.path, asset)
    ):
        raise NotFound(refusals.NOTHING_THERE)
    plan = plan_answer(request.method, request.headers, size=asset.size, etag=f'"{asset.sha256}"')
    fetch = _fetch_of(request, token, asset.position, plan.status)
    if not await service.log_fetch(resources, fetch):
        raise NotFound(refusals.NOTHING_THERE)
    # Named here, because a stream's own type gives way to that of the route: a film would come as a picture.
    headers = {**_HEADERS, **plan.headers, "content-type": asset.content_type}
    if request.method == "HEAD" or plan.status in {304, 416}:
        return Response(b"", status_code=plan.status, headers=headers, media_type=asset.content_type)
    body = read_part(resources.media_dir / asset.path, plan)
    return Stream(body, status_code=plan.status, headers=headers, media_type=asset.content_type)


@route(
    ["/{filename:str}", "/media/{filename:str}"],
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    name="media:verification",
    opt=_PUBLIC,
    tags=["media"],
    media_type=MediaType.TEXT,
)
async def serve_verification_file(filename: FromPath[str], session: NamedDependency[AsyncSession]) -> Response[bytes]:
    """TikTok's verification file: at the root for a domain, beside the media for the prefix that it is served under."""
    content = await verification.read_verification_file(session, filename)
    return Response(content, media_type=MediaType.TEXT, headers={"cache-control": "no-cache"})


@post(
    "/api/uploads", name="media:upload", operation_id="UploadMedia", tags=["media"], opt=_EDITORS,
    request_max_body_size=None,
)  # fmt: skip
async def upload_media(request: AnyRequest, resources: NamedDependency[Resources]) -> UploadRead:
    """Take a picture or a video for a post by hand: the field `file` of a multipart form. What nobody uses is swept."""

    async def receive(target: Path, most_bytes: int) -> str:
        declared = request.headers.get("content-type", "")
        return await receive_file(stream_of(request), declared, target, most_bytes=most_bytes)

    return read_upload(await keep_upload(resources, receive))


def read_upload(asset: MediaAsset) -> UploadRead:
    """Describe what was uploaded."""
    assert asset.delete_after is not None, "what nobody uses yet goes at some time"
    return UploadRead(
        url=asset.source_url,
        kind="video" if asset.content_type.startswith("video/") else "photo",
        width=asset.width,
        height=asset.height,
        size=asset.size,
        duration_seconds=None if asset.duration_ms is None else asset.duration_ms / 1000,
        expires_at=asset.delete_after,
    )


class VerificationFileController(Controller):
    path = "/api/verification-files"
    tags = ("verification files",)
    opt = _ADMINS

    @post("/")
    async def create_verification_file(
        self,
        data: JSONBody[VerificationFileCreate],
        session: NamedDependency[AsyncSession],
        settings: NamedDependency[Settings],
    ) -> VerificationFileRead:
        """Serve a file by which TikTok verifies that this address is ours."""
        return _read_model(settings, await verification.save_verification_file(session, data.filename, data.content))

    @get("/")
    async def list_verification_files(
        self,
        session: NamedDependency[AsyncSession],
        settings: NamedDependency[Settings],
        limit: Limit = 50,
        cursor: Annotated[str | None, QueryParameter(description=CURSOR_MEANS)] = None,
    ) -> VerificationFileList:
        """List the verification files by name."""
        files, next_cursor = await verification.list_verification_files(session, limit=limit, cursor=cursor)
        return VerificationFileList(items=[_read_model(settings, file) for file in files], next_cursor=next_cursor)

    @post("/{filename:str}/check", name="verification:check", operation_id="CheckVerificationFile", status_code=200)
    async def check_verification_file(
        self, filename: FromPath[str], resources: NamedDependency[Resources]
    ) -> VerificationCheck:
        """Ask for a file at our public address as TikTok would: once at each place, following no redirect."""
        looks = await ownership.check_as_tiktok(resources, filename)
        return VerificationCheck(items=[LookRead.model_validate(look) for look in looks])

    @delete("/{filename:str}")
    async def delete_verification_file(self, filename: FromPath[str], session: NamedDependency[AsyncSession]) -> None:
        """Serve a verification file no longer."""
        await verification.delete_verification_file(session, filename)


def _read_model(settings: Settings, file: VerificationFile) -> VerificationFileRead:
    urls = [f"{settings.public_url}/{file.filename}", f"{settings.public_url}/media/{file.filename}"]
    return VerificationFileRead(filename=file.filename, content=file.content, urls=urls, created_at=file.created_at)


async def _is_on_disk(path: Path, asset: MediaAsset) -> bool:
    try:
        if (await anyio.Path(path).stat()).st_size == asset.size:
            return True
    except FileNotFoundError:
        pass
    log.error("media_file_missing", asset_id=asset.id, path=asset.path)
    return False


def _fetch_of(request: AnyRequest, token: str, position: int, status: int) -> MediaFetch:
    user_agent = request.headers.get("user-agent", "")
    # A browser says Sec-Fetch-Site: a person is looking, on our pages or elsewhere. Nor would TikTok send a cookie.
    is_browser = "sec-fetch-site" in request.headers or "cookie" in request.headers
    return MediaFetch(
        token=token,
        position=position,
        method=request.method,
        status=status,
        range=request.headers.get("range", "")[:128] or None,
        client=client_ip(request),
        user_agent=user_agent.replace("\x00", "")[:255],
        is_ours=is_browser or user_agent.startswith(service.SELF_CHECK_USER_AGENT),
    )


route_handlers: list[ControllerRouterHandler] = [
    serve_media,
    upload_media,
    serve_verification_file,
    VerificationFileController,
]
