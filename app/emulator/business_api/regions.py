"""Countries in which ads are shown: a few, each with its number of GeoNames."""

from typing import Any, Literal

import msgspec

from app.emulator.business_api.access import need_advertiser
from app.emulator.business_api.call import Call, read

# Not all of the world: an advertiser may well want a country in which TikTok shows no ads.
_COUNTRIES = {
    "AZ": "587116", "DE": "2921044", "FR": "3017382", "GB": "2635167", "KG": "1527747", "KZ": "1522867", "PL": "798544",
    "TR": "298795", "US": "6252001", "UZ": "1512440",
}  # fmt: skip


class Ask(msgspec.Struct):
    advertiser_id: str
    placements: list[str]
    objective_type: str
    level_range: Literal["TO_COUNTRY", "TO_PROVINCE", "TO_CITY", "TO_DISTRICT", "ALL"] | None = None
    language: str | None = None


@read("tool/region/", 200)
def list_regions(call: Call) -> Any:
    asked = call.take(Ask)
    need_advertiser(call, asked.advertiser_id)
    found = [
        {"location_id": number, "region_code": code, "name": code, "level": "COUNTRY", "area_type": "ADMIN"}
        for code, number in _COUNTRIES.items()
    ]
    return {"region_info": found, "region_list": list(_COUNTRIES)}


operations = (list_regions,)
