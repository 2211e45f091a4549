"""The route of the creative plugin's address."""

from datetime import datetime
from typing import Any

from litestar import Request, post
from litestar.di import NamedDependency
from litestar.types import ControllerRouterHandler
from pydantic import BaseModel

from app.ads.callers import body_of
from app.auth.access import ADMIN
from app.kit.clock import utcnow
from app.resources import Resources


class PluginAddressRead(BaseModel):
    """Open `url` in a browser before `expires_at`; TikTok then asks for the ad account."""

    url: str
    expires_at: datetime


@post(
    "/api/ads/creative-plugin-url",
    name="ads:plugin",
    operation_id="BuildCreativePluginAddress",
    tags=["ads"],
    status_code=200,
    opt=ADMIN,
)
async def build_plugin_address(
    request: Request[Any, Any, Any], resources: NamedDependency[Resources]
) -> PluginAddressRead:
    """Build the address of TikTok's creative plugin, for partners: off until `TikTok__CreativePluginKey` is set.

    Takes `business_platform`, `external_business_id`, `locale`, `download_urls`, and what else the plugin knows of a
    business: `industry_id`, `timezone`, `country_region`, `store_name`, `phone_number`, `email`, `currency`,
    `website_url`, `domain`, `env`, `close_method`, `is_test`. Not verified against TikTok: it has no public document.
    """
    from app.ads.plugin.address import build_address

    made = build_address(resources, await body_of(request), utcnow())
    return PluginAddressRead(url=made.url, expires_at=made.expires_at)


route_handlers: list[ControllerRouterHandler] = [build_plugin_address]
