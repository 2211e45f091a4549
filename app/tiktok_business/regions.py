"""Countries in which an ad account may be shown, by the numbers that TikTok knows them by (`tool/region/`)."""

from pydantic import Field

from app.tiktok_business.calls import get
from app.tiktok_business.family import Family
from app.tiktok_business.fields import OptionalId, Text, VendorModel

_COUNTRY = "COUNTRY"
_PLACEMENTS = ["PLACEMENT_TIKTOK"]


class Region(VendorModel):
    """A country, where `level` says so; `region_code` is its two letters."""

    location_id: OptionalId = None
    region_code: Text = ""
    name: Text = ""
    level: Text = ""


class _Regions(VendorModel):
    region_info: list[Region] = Field(default_factory=list)


class Regions(Family):
    async def list_countries(self, advertiser_id: str, objective_type: str) -> list[Region]:
        """List the countries that an ad on TikTok may be shown in for an objective."""
        call = get(
            "tool/region/",
            advertiser_id=advertiser_id,
            placements=_PLACEMENTS,
            objective_type=objective_type,
            level_range="TO_COUNTRY",
        )
        found = (await self._ask(_Regions, call)).region_info
        return [one for one in found if one.location_id and one.region_code and one.level in {"", _COUNTRY}]
