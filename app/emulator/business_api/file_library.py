"""What the library of an ad account holds: shown by id, searched, looked up by name."""

from typing import Annotated, Any, Literal

import msgspec

from app.emulator.business_api.access import need_advertiser
from app.emulator.business_api.call import Call, read, write
from app.emulator.business_api.files import Name, need_file
from app.emulator.business_api.paging import cut_page


class VideoInfo(msgspec.Struct):
    advertiser_id: str
    video_ids: Annotated[list[str], msgspec.Meta(min_length=1, max_length=60)]


class PictureInfo(msgspec.Struct):
    advertiser_id: str
    image_ids: Annotated[list[str], msgspec.Meta(min_length=1, max_length=100)]


class SearchFilter(msgspec.Struct):
    video_ids: list[str] | None = None
    material_ids: list[str] | None = None
    video_name: str | None = None
    displayable: bool | None = None
    width: int | None = None
    height: int | None = None
    ratio: list[float] | None = None


class Search(msgspec.Struct):
    advertiser_id: str
    filtering: SearchFilter | None = None
    page: int | None = None
    page_size: int | None = None


class NameFile(msgspec.Struct):
    file_name: Name
    file_type: Literal["VIDEO", "IMAGE"] = "VIDEO"


class CheckNames(msgspec.Struct):
    advertiser_id: str
    files: Annotated[list[NameFile], msgspec.Meta(min_length=1, max_length=100)]


@read("file/video/ad/info/", 610)
def show_videos(call: Call) -> Any:
    asked = call.take(VideoInfo)
    need_advertiser(call, asked.advertiser_id)
    return {"list": [dict(need_file(call, "video", asked.advertiser_id, one)) for one in asked.video_ids]}


@read("file/image/ad/info/", 600)
def show_pictures(call: Call) -> Any:
    asked = call.take(PictureInfo)
    need_advertiser(call, asked.advertiser_id)
    return {"list": [dict(need_file(call, "image", asked.advertiser_id, one)) for one in asked.image_ids]}


@read("file/video/ad/search/", 610)
def search_videos(call: Call) -> Any:
    asked = call.take(Search)
    need_advertiser(call, asked.advertiser_id)
    wanted = asked.filtering or SearchFilter()
    found = [
        dict(one)
        for one in reversed(call.book.store.find("video", owner=asked.advertiser_id))
        if (not wanted.video_ids or one["video_id"] in wanted.video_ids)
        and (not wanted.material_ids or one["material_id"] in wanted.material_ids)
        and (wanted.video_name or "").casefold() in one["file_name"].casefold()
        and wanted.width in {None, one["width"]}
        and wanted.height in {None, one["height"]}
        and wanted.displayable in {None, one["displayable"]}
    ]
    page, info = cut_page(found, asked.page, asked.page_size, most=100, default=20)
    return {"list": page, "page_info": info}


@write("file/name/check/", 610)
def check_names(call: Call) -> Any:
    asked = call.take(CheckNames)
    need_advertiser(call, asked.advertiser_id)
    taken = [
        {
            "file_name": one.file_name,
            "is_exist": call.book.store.get(f"{one.file_type.lower()}_name", f"{asked.advertiser_id}:{one.file_name}")
            is not None,
        }
        for one in asked.files
    ]
    return {"check_results": taken}


operations = (show_videos, show_pictures, search_videos, check_names)
