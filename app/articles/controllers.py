"""The routes: the CMS webhook, sources and articles."""

from typing import Annotated, Any

import structlog
from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.response import File
from litestar.types import ControllerRouterHandler
from sqlmodel.ext.asyncio.session import AsyncSession

from app.articles import queries, sources
from app.articles.adapters import wordpress
from app.articles.adapters.base import METHOD, PATH
from app.articles.article_pages import find_page
from app.articles.deliveries.book import keep_delivery
from app.articles.deliveries.queries import list_deliveries
from app.articles.deliveries.replay import replay_delivery
from app.articles.feed_limits import POLL_MINUTES
from app.articles.feed_settings import feeds_of, find_feed, rules_of
from app.articles.feeds.check import check_feed
from app.articles.intake import receive
from app.articles.intake.admission import Admission
from app.articles.intake.refusals import note_refusal
from app.articles.models import ArticleState, HubSubscription, Source, SourceFeed
from app.articles.schemas import (
    ArticleList,
    ArticleRead,
    ArticleSummary,
    FeedCheckRead,
    FeedRead,
    HubRead,
    ReceiptRead,
    SourceCreate,
    SourceDeliveryList,
    SourceDeliveryRead,
    SourceList,
    SourceRead,
    SourceUpdate,
    SourceWithSecret,
)
from app.articles.websub.book import find_subscription, subscriptions_of
from app.articles.websub.controllers import route_handlers as websub_handlers
from app.auth.access import ADMIN, EDITOR, scope
from app.auth.models import Scope
from app.config import ROOT
from app.errors import AppError
from app.kit.search import LONGEST_QUERY
from app.kit.tracing import span
from app.resources import Resources
from app.web.row_ids import RowId
from app.web.streams import stream_of

WEBHOOK_PATH = "/webhooks/cms"
_WORDPRESS_PLUGIN = ROOT / "public" / "newsreel-wordpress.zip"

Limit = Annotated[int, QueryParameter(ge=1, le=200)]


@post(
    f"{WEBHOOK_PATH}/{{slug:str}}",
    name="webhooks:cms",
    operation_id="ReceiveArticle",
    tags=["webhooks"],
    status_code=202,
    opt={"public": True, "csrf_exempt": True},
    request_max_body_size=None,  # its kind of source has a limit of its own
)
async def receive_article(
    request: Request[Any, Any, Any],
    slug: FromPath[str],
    resources: NamedDependency[Resources],
) -> Response[ReceiptRead]:
    """Take in what a CMS says of an article, signed in the way of that CMS."""
    headers = _joined_headers(request)
    with (
        span("cms.delivery", parent=headers.get("traceparent"), is_first=True) as step,
        resources.bodies.hold() as room,
    ):
        admission: Admission | None = None
        body, heard = b"", receive.Heard()
        try:
            admission = await receive.look_up(resources, slug, headers)
            body = await admission.read(room, stream_of(request), request.content_length)
            receipt = await receive.receive(resources, slug, headers, body, admission, heard)
        except AppError as error:
            source = admission.source if admission else None
            note_refusal(resources, source, slug, error)
            if source is not None:
                keep_delivery(resources, source.id, headers, body, heard.verified, error)
            step.fail(error.code)
            raise
        if admission.source is not None:
            keep_delivery(resources, admission.source.id, headers, body, heard.verified, receipt)
        step.set(outcome=receipt.outcome, article_id=receipt.article_id)
    # The request's line in the log tells it: a line of its own would cost a tenth of the intake's time.
    structlog.contextvars.bind_contextvars(source=slug, outcome=receipt.outcome, article=receipt.article_id)
    return Response(ReceiptRead.model_validate(receipt), status_code=admission.answer_status)


def _joined_headers(request: Request[Any, Any, Any]) -> dict[str, str]:
    # Last, so that no sender can say them in our place.
    query = request.scope["query_string"]
    asked = {METHOD: request.method, PATH: _path(request.scope["raw_path"], query)}
    headers: dict[str, str] = {}
    for raw_name, raw_value in request.scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers | asked


def _path(path: bytes, query: bytes) -> str:
    return (path + b"?" + query if query else path).decode("latin-1")


class SourceController(Controller):
    path = "/api/sources"
    tags = ("sources",)
    opt = ADMIN | scope(Scope.sources)

    @get("/", name="sources:list", operation_id="ListSources")
    async def list_sources(
        self,
        session: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        q: Annotated[str, QueryParameter(max_length=LONGEST_QUERY)] = "",
        limit: Limit = 50,
        cursor: RowId = None,
    ) -> SourceList:
        """List the CMS sources, newest first; `q` is looked for in names and addresses, without regard to case."""
        page = await sources.list_sources(session, q=q, limit=limit, cursor=cursor)
        feeds = await feeds_of(session, [source.id for source in page.items])
        hubs = await subscriptions_of(session, [source.id for source in page.items])
        items = [_read(source, resources, feeds.get(source.id), hubs.get(source.id)) for source in page.items]
        return SourceList(items=items, next_cursor=page.next_cursor)

    @post("/", name="sources:create", operation_id="CreateSource")
    async def create_source(
        self,
        data: JSONBody[SourceCreate],
        session: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
    ) -> SourceWithSecret:
        """Make a source. Its secret is shown in this answer and never again."""
        made = await sources.create_source(session, resources.keyring, data)
        return _read_with_secret(made, resources, await find_feed(session, made.source.id))

    @get("/{source_id:str}", name="sources:show", operation_id="GetSource")
    async def get_source(
        self,
        source_id: FromPath[str],
        session: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
    ) -> SourceRead:
        """Show one source."""
        source = await sources.get_source(session, source_id)
        return _read(
            source, resources, await find_feed(session, source_id), await find_subscription(session, source_id)
        )

    @patch("/{source_id:str}", name="sources:update", operation_id="UpdateSource")
    async def update_source(
        self,
        source_id: FromPath[str],
        data: JSONBody[SourceUpdate],
        session: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
    ) -> SourceRead:
        """Change a source's name, options or feed, or switch it on or off."""
        source = await sources.update_source(session, resources, source_id, data)
        return _read(
            source, resources, await find_feed(session, source_id), await find_subscription(session, source_id)
        )

    @delete("/{source_id:str}", name="sources:delete", operation_id="DeleteSource")
    async def delete_source(
        self,
        source_id: FromPath[str],
        session: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
    ) -> None:
        """Remove a source. Its articles and their posts stay."""
        await sources.delete_source(session, resources, source_id)

    @post("/{source_id:str}/rotate-secret", name="sources:rotate", operation_id="RotateSourceSecret", status_code=200)
    async def rotate_secret(
        self,
        source_id: FromPath[str],
        session: NamedDependency[AsyncSession],
        resources: NamedDependency[Resources],
        revoke_old: FromQuery[bool] = False,
    ) -> SourceWithSecret:
        """Make a new secret, shown once. The old one is valid for another day, or with `revoke_old` no longer."""
        made = await sources.rotate_secret(session, resources, source_id, revoke_old=revoke_old)
        return _read_with_secret(made, resources, await find_feed(session, source_id))

    @post("/{source_id:str}/check", name="sources:check", operation_id="CheckSourceFeed", status_code=200)
    async def check_source(self, source_id: FromPath[str], resources: NamedDependency[Resources]) -> FeedCheckRead:
        """Fetch the source's feed once and say what it would take. Nothing is stored, and nothing is posted."""
        return FeedCheckRead.model_validate(await check_feed(resources, source_id))

    @get("/{source_id:str}/deliveries", name="sources:deliveries", operation_id="ListSourceDeliveries")
    async def list_deliveries(
        self,
        source_id: FromPath[str],
        session: NamedDependency[AsyncSession],
        refused: FromQuery[bool] = False,
        limit: Limit = 50,
        cursor: RowId = None,
    ) -> SourceDeliveryList:
        """List what the source sent in the last 7 days, newest first; with `refused` only what was refused."""
        await sources.get_source(session, source_id)
        page = await list_deliveries(session, source_id, refused=refused, limit=limit, cursor=cursor)
        items = [SourceDeliveryRead.of(delivery) for delivery in page.items]
        return SourceDeliveryList(items=items, next_cursor=page.next_cursor)

    @post(
        "/{source_id:str}/deliveries/{delivery_id:str}/replay",
        name="sources:deliveries:replay",
        operation_id="ReplaySourceDelivery",
        status_code=202,
    )
    async def replay_delivery(
        self, source_id: FromPath[str], delivery_id: FromPath[str], resources: NamedDependency[Resources]
    ) -> ReceiptRead:
        """Handle a delivery as new, by the source's settings of now. No article gets a second post by that."""
        return ReceiptRead.model_validate(await replay_delivery(resources, source_id, delivery_id))


class ArticleController(Controller):
    path = "/api/articles"
    tags = ("articles",)
    opt = EDITOR

    @get("/", name="articles:list", operation_id="ListArticles")
    async def list_articles(
        self,
        session: NamedDependency[AsyncSession],
        q: Annotated[str, QueryParameter(max_length=LONGEST_QUERY)] = "",
        source_id: RowId = None,
        article_state: Annotated[ArticleState | None, QueryParameter(name="state")] = None,
        limit: Limit = 50,
        cursor: RowId = None,
    ) -> ArticleList:
        """List articles, newest first; `q` is looked for in title, summary and address, as beginnings of words."""
        page = await queries.list_articles(
            session, q=q, source_id=source_id, state=article_state, limit=limit, cursor=cursor
        )
        items = [ArticleSummary.model_validate(article) for article in page.items]
        return ArticleList(items=items, next_cursor=page.next_cursor)

    @get("/{article_id:str}", name="articles:show", operation_id="GetArticle")
    async def get_article(self, article_id: FromPath[str], session: NamedDependency[AsyncSession]) -> ArticleRead:
        """Show one article with its deliveries."""
        article = await queries.get_article(session, article_id)
        events = await queries.list_article_events(session, article.id)
        return ArticleRead.of(article, events, await find_page(session, article.id))


def _read(
    source: Source, resources: Resources, feed: SourceFeed | None, hub: HubSubscription | None = None
) -> SourceRead:
    url = f"{resources.settings.public_url}{WEBHOOK_PATH}/{source.slug}"
    return SourceRead.model_validate(
        {
            **source.model_dump(),
            "webhook_url": url,
            "has_read_token": bool(source.read_token_encrypted),
            "feed_url": feed.url if feed else "",
            "poll_minutes": feed.poll_minutes if feed else POLL_MINUTES,
            "rules": rules_of(source, feed),
            "feed": FeedRead.of(feed) if feed else None,
            "hub": HubRead.of(hub) if hub else None,
        }
    )


def _read_with_secret(made: sources.NewSecret, resources: Resources, feed: SourceFeed | None) -> SourceWithSecret:
    return SourceWithSecret(**dict(_read(made.source, resources, feed)), secret=made.secret)


@get(
    wordpress.PLUGIN_PATH,
    name="sources:wordpress_plugin",
    operation_id="DownloadWordPressPlugin",
    tags=["sources"],
    media_type="application/zip",
    opt={"public": True},
)
async def download_wordpress_plugin() -> File:
    """Give the plugin for WordPress as a file to install there."""
    return File(_WORDPRESS_PLUGIN, filename=_WORDPRESS_PLUGIN.name, media_type="application/zip")


route_handlers: list[ControllerRouterHandler] = [
    receive_article,
    download_wordpress_plugin,
    *websub_handlers,
    SourceController,
    ArticleController,
]
