"""The routes of the inbox: read, swept, exported. What stands behind them is read when somebody first asks."""

from typing import Annotated, Any

from litestar import Request, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from app.auth.access import EDITOR
from app.comments import controllers_acts, controllers_settings, controllers_story
from app.comments.face.schemas import (
    AdList,
    AdRead,
    CommentList,
    CommentRead,
    CountsRead,
    FeedList,
    FeedRead,
    SyncAsk,
    list_of,
)
from app.comments.face.schemas_posts import PostList, PostRead
from app.comments.face.selecting import Wanted
from app.comments.models import CommentSource
from app.kit.search import LONGEST_QUERY
from app.resources import Resources
from app.web.list_parameters import CURSOR_MEANS, Limit

AnyRequest = Request[Any, Any, Any]
Cursor = Annotated[str | None, QueryParameter(pattern=r"^[0-9]{1,19}$", description=CURSOR_MEANS)]
Words = Annotated[str, QueryParameter(max_length=LONGEST_QUERY)]
Id = Annotated[str, QueryParameter(max_length=64)]
Listed = Annotated[str, QueryParameter(max_length=100)]
States = Annotated[str, QueryParameter(name="state", max_length=100)]


@post("/sync", name="comments:sync", operation_id="SyncComments", status_code=202)
async def sync_comments(data: JSONBody[SyncAsk], resources: NamedDependency[Resources]) -> FeedList:
    """Sweep now, one account or all; the answer tells how far each was before."""
    from app.comments.sync.feeds import hurry

    owner_id = data.advertiser_id or data.account_id
    return FeedList(items=[FeedRead.of(row) for row in await hurry(resources, owner_id)])


@get("/feeds", name="comments:feeds", operation_id="ListCommentFeeds")
async def list_feeds(resources: NamedDependency[Resources]) -> FeedList:
    """List whose comments are swept, when that was, and why it cannot be."""
    from app.comments.sync.feeds import list_feeds as find

    return FeedList(items=[FeedRead.of(row) for row in await find(resources)])


def read_wanted(
    request: AnyRequest,
    advertiser_id: Id = "",
    ad_id: Id = "",
    states: States = "",
    status: Listed = "",
    q: Words = "",
    assigned_to: Id = "",
    source: FromQuery[CommentSource | None] = None,
    author_id: Id = "",
    language: Id = "",
    account_id: Id = "",
    item_id: Id = "",
) -> Wanted:
    """Read the filters that a listing and an export share. Raises InvalidInput for a state that there is not."""
    from app.comments.face.filters import read_filters

    return read_filters(
        controllers_acts.by_of(request), states, status,
        advertiser_id=advertiser_id, ad_id=ad_id, q=q, assigned_to=assigned_to, source=source, author_id=author_id,
        language=language, account_id=account_id, item_id=item_id,
    )  # fmt: skip


@get("/", name="comments:list", operation_id="ListComments")
async def list_comments(
    request: AnyRequest,
    resources: NamedDependency[Resources],
    wanted: NamedDependency[Wanted],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> CommentList:
    """List comments, the newest first: `state` and `status` with commas, `assigned_to` an id, `me` or `none`."""
    from app.comments.face.listing import list_comments as find

    by = controllers_acts.by_of(request)
    page = await find(resources, wanted, limit=limit, cursor=cursor, viewer_id=by.admin_id or "")
    return list_of(page.items, page.next_cursor)


@get("/export", name="comments:export", operation_id="ExportComments", media_type="text/csv")
async def export_comments(
    resources: NamedDependency[Resources],
    wanted: NamedDependency[Wanted],
    format: Annotated[str, QueryParameter(pattern="^csv$")] = "csv",  # noqa: A002, ARG001 - its name in the address
) -> Stream:
    """Give all that the same filters let through, as CSV that spreadsheets open without harm."""
    from app.comments.face.exporting import write_csv

    headers = {"content-disposition": 'attachment; filename="comments.csv"'}
    return Stream(write_csv(resources, wanted), media_type="text/csv; charset=utf-8", headers=headers)


@get("/counts", name="comments:counts", operation_id="CountComments")
async def count_comments(resources: NamedDependency[Resources], advertiser_id: Id = "") -> CountsRead:
    """Count what is unread and what is open, up to 1000 of each."""
    from app.comments.face.listing import count_waiting

    counts = await count_waiting(resources, advertiser_id)
    return CountsRead(unread=counts.unread, open=counts.open)


@get("/ads", name="comments:ads", operation_id="ListCommentAds")
async def list_ads(
    resources: NamedDependency[Resources], advertiser_id: Annotated[str, QueryParameter(pattern=r"^[0-9]{1,20}$")]
) -> AdList:
    """List the ads of an ad account with how many comments stand under each, those with unread ones first."""
    from app.comments.face.listing import list_ads as find

    return AdList(items=[AdRead.of(one) for one in await find(resources, advertiser_id)])


@get("/posts", name="comments:posts", operation_id="ListCommentPosts")
async def list_posts(
    resources: NamedDependency[Resources],
    account_id: Annotated[str, QueryParameter(max_length=36)] = "",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> PostList:
    """List the posts of business accounts, the newest first, and whether you can comment under each."""
    from app.comments.face.posts import list_posts as find

    page = await find(resources, account_id=account_id, limit=limit, cursor=cursor)
    return PostList(items=[PostRead.of(one) for one in page.items], next_cursor=page.next_cursor)


@get("/{comment_id:str}", name="comments:show", operation_id="GetComment")
async def get_comment(
    request: AnyRequest, comment_id: FromPath[str], resources: NamedDependency[Resources]
) -> CommentRead:
    """Show one with its thread."""
    from app.comments.face.listing import get_thread

    viewer_id = controllers_acts.by_of(request).admin_id or ""
    return CommentRead.of(await get_thread(resources, comment_id, viewer_id=viewer_id))


router = Router(
    "/api/comments",
    tags=["comments"],
    opt=EDITOR,
    dependencies={"wanted": Provide(read_wanted, sync_to_thread=False)},
    route_handlers=[
        sync_comments,
        list_feeds,
        list_comments,
        export_comments,
        count_comments,
        list_ads,
        list_posts,
        *controllers_settings.handlers,
        get_comment,
        *controllers_acts.handlers,
    ],
)
route_handlers: list[ControllerRouterHandler] = [router, *controllers_story.route_handlers]
