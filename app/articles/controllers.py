"""The routes of sources, and those of the whole slice in one list."""

from typing import Annotated

from litestar import Controller, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.response import File
from litestar.types import ControllerRouterHandler
from sqlmodel.ext.asyncio.session import AsyncSession

from app.articles import sources
from app.articles.adapters import wordpress
from app.articles.controllers_articles import ArticleController
from app.articles.controllers_intake import WEBHOOK_PATH, receive_article
from app.articles.deliveries.queries import list_deliveries
from app.articles.deliveries.replay import replay_delivery
from app.articles.feed_limits import POLL_MINUTES
from app.articles.feed_settings import feeds_of, find_feed, rules_of
from app.articles.feeds.check import check_feed
from app.articles.models import Source
from app.articles.models_feeds import HubSubscription, SourceFeed
from app.articles.schemas import SourceCreate, SourceList, SourceRead, SourceUpdate, SourceWithSecret
from app.articles.schemas_deliveries import ReceiptRead, SourceDeliveryList, SourceDeliveryRead
from app.articles.schemas_feeds import FeedCheckRead, FeedRead, HubRead
from app.articles.websub.book import find_subscription, subscriptions_of
from app.articles.websub.controllers import route_handlers as websub_handlers
from app.auth.access import ADMIN, scope
from app.auth.models import Scope
from app.config import ROOT
from app.kit.search import LONGEST_QUERY
from app.resources import Resources
from app.web.list_parameters import Cursor, Limit

_WORDPRESS_PLUGIN = ROOT / "public" / "newsreel-wordpress.zip"


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
        cursor: Cursor = None,
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

    @post("/{source_id:str}/check", name="sources:check", operation_id="CheckSourceFeed", status_code=200,
          opt={"untold": True})  # fmt: skip
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
        cursor: Cursor = None,
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
