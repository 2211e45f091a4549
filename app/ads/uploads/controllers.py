"""The routes of an advertiser's pictures and videos. What stands behind them is read when somebody first asks."""

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.types import ControllerRouterHandler
from sqlmodel.ext.asyncio.session import AsyncSession

from app.ads.callers import check_advertiser_id, user_id_of
from app.ads.uploads.schemas import UploadRead
from app.auth.access import ADMIN
from app.errors import BadRequest
from app.messages import ads_reports
from app.resources import Resources
from app.web.streams import stream_of

if TYPE_CHECKING:
    from app.ads.uploads.receiving import Received

AnyRequest = Request[Any, Any, Any]
UploadId = Annotated[str | None, QueryParameter(pattern=r"^[0-9a-f-]{32,36}$")]
_BOUNDARY = re.compile(r'multipart/form-data;.*?boundary="?([^";\s]{1,200})"?', re.IGNORECASE)
_MOST_JSON = 64 * 1024


@post("/api/ads/{advertiser_id:str}/videos", name="ads:videos:create", operation_id="UploadAdVideo", tags=["ads"],
      opt=ADMIN, request_max_body_size=None)  # fmt: skip
async def upload_video(
    request: AnyRequest, advertiser_id: FromPath[str], resources: NamedDependency[Resources], upload_id: UploadId = None
) -> Response[bytes]:
    """Store a video in the library at TikTok: the multipart field `file`, or JSON `{url, file_name}` to fetch.

    Name the upload yourself, as `upload_id`, to see meanwhile how far it is.
    """
    return await _store(request, resources, advertiser_id, "video", upload_id)


@post("/api/ads/{advertiser_id:str}/images", name="ads:images:create", operation_id="UploadAdImage", tags=["ads"],
      opt=ADMIN, request_max_body_size=None)  # fmt: skip
async def upload_image(
    request: AnyRequest, advertiser_id: FromPath[str], resources: NamedDependency[Resources], upload_id: UploadId = None
) -> Response[bytes]:
    """Store a JPEG or PNG in the library at TikTok: the multipart field `file`, or JSON `{url, file_name}` to fetch.

    Name the upload yourself, as `upload_id`, to see meanwhile how far it is.
    """
    return await _store(request, resources, advertiser_id, "image", upload_id)


@get("/api/ads/{advertiser_id:str}/videos/{video_id:str}", name="ads:videos:show", operation_id="ShowAdVideo",
     tags=["ads"], opt=ADMIN)  # fmt: skip
async def show_video(
    advertiser_id: FromPath[str], video_id: FromPath[str], resources: NamedDependency[Resources]
) -> Response[bytes]:
    """Describe a video of the library: its measures, and an address at which it can be seen for some hours."""
    from app.ads.uploads.service import show_video as show

    check_advertiser_id(advertiser_id)
    return _send(await show(resources, advertiser_id, video_id), 200)


@get("/api/ads/uploads/{upload_id:str}", name="ads:uploads:show", operation_id="ShowAdUpload", tags=["ads"], opt=ADMIN)
async def show_upload(session: NamedDependency[AsyncSession], upload_id: FromPath[str]) -> UploadRead:
    """Tell how far an upload is: `receiving` (to us), `sending` (to TikTok), `ready` or `failed`. Kept for a week."""
    from app.ads.uploads.progress import get_upload

    return UploadRead.of(await get_upload(session, upload_id))


async def _store(
    request: AnyRequest, app: Resources, advertiser_id: str, kind: str, upload_id: str | None
) -> Response[bytes]:
    from app.ads.uploads.progress import Progress
    from app.ads.uploads.receiving import fetch_address, receive_form
    from app.ads.uploads.service import store_file

    check_advertiser_id(advertiser_id)
    declared = request.headers.get("content-type", "")
    boundary = _BOUNDARY.match(declared)

    async def receive(target: Path) -> "Received":
        if boundary:
            return await receive_form(stream_of(request), boundary[1], target, kind)
        url, name = await _read_json(request, app)
        found = await fetch_address(app, url, target, kind)
        return replace(found, fields={"file_name": name} if name else {})

    progress = Progress(total=request.content_length if boundary else None)
    if upload_id is not None:
        progress.id = upload_id
    made = await store_file(app, advertiser_id, kind, receive, progress, admin_id=user_id_of(request))
    return _send(made, 201, {"upload-id": progress.id})


async def _read_json(request: AnyRequest, app: Resources) -> tuple[str, str | None]:
    from app.kit import exact_json

    with app.bodies.hold() as room:
        body = await room.read(stream_of(request), announced=request.content_length, limit=_MOST_JSON)
        try:
            given = exact_json.parse(body)
        except ValueError:
            given = None
    if not isinstance(given, dict) or not isinstance(given.get("url"), str) or set(given) - {"url", "file_name"}:
        raise BadRequest(ads_reports.SEND_A_FILE)
    name = given.get("file_name")
    if name is not None and not isinstance(name, str):
        raise BadRequest(ads_reports.SEND_A_FILE)
    return given["url"], name


def _send(told: dict[str, Any], status: int, headers: dict[str, str] | None = None) -> Response[bytes]:
    from app.kit import exact_json

    return Response(exact_json.write(told), status_code=status, headers=headers, media_type="application/json")


route_handlers: list[ControllerRouterHandler] = [upload_video, upload_image, show_video, show_upload]
