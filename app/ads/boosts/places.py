"""Where a boost may be shown: TikTok's list of countries, and ours where it gives none.

TikTok's `location_ids` are those of GeoNames (seen in its documents: 6252001 is the United States). All of ours were
compared with a public copy of GeoNames' countries on 30 November 2026: a country's number never changes, but whether
TikTok shows ads there only `tool/region/` tells. The sandbox does not have that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.ads.connections.reach import reach_advertiser
from app.errors import AppError
from app.resources import Resources
from app.tiktok_business.sending import Patience

_LOOK = Patience(caller="ads desk", deadline=6.0, turn=3.0)

_COUNTRIES: Mapping[str, str] = {
    "AE": "290557", "AM": "174982", "AT": "2782113", "AU": "2077456", "AZ": "587116", "BE": "2802361",
    "BG": "732800", "BR": "3469034", "BY": "630336", "CA": "6251999", "CH": "2658434", "CZ": "3077311",
    "DE": "2921044", "DK": "2623032", "EE": "453733", "ES": "2510769", "FI": "660013", "FR": "3017382",
    "GB": "2635167", "GE": "614540", "GR": "390903", "HU": "719819", "ID": "1643084", "IE": "2963597",
    "IL": "294640", "IT": "3175395", "JP": "1861060", "KG": "1527747", "KR": "1835841", "KZ": "1522867",
    "LT": "597427", "LV": "458258", "MD": "617790", "MN": "2029969", "MX": "3996063", "NL": "2750405",
    "NO": "3144096", "NZ": "2186224", "PL": "798544", "PT": "2264397", "RO": "798549", "RU": "2017370",
    "SA": "102358", "SE": "2661886", "TJ": "1220409", "TR": "298795", "UA": "690791", "US": "6252001",
    "UZ": "1512440", "VN": "1562822", "ZA": "953987",
}  # fmt: skip


def place_of(country: str) -> str | None:
    """Give the number of a country; None where it is not known here."""
    return _COUNTRIES.get(country.strip().upper())


@dataclass(frozen=True, slots=True)
class Place:
    """A country: TikTok's number of it, and its two letters."""

    location_id: str
    country: str


@dataclass(frozen=True, slots=True)
class Places:
    """Countries to choose from, by their letters. `is_tiktok_s`: it says that ads are shown there."""

    places: Sequence[Place]
    is_tiktok_s: bool


async def list_places(app: Resources, advertiser_id: str, objective_type: str) -> Places:
    """Ask TikTok, for some seconds; where it does not answer, or names none, give the countries that we know.

    Raises AdvertiserNotFound and what else reaching raises.
    """
    reach = await reach_advertiser(app, advertiser_id, patience=_LOOK)
    try:
        told = await reach.client.regions.list_countries(advertiser_id, objective_type)
    except AppError:
        told = []
    found = {one.region_code.upper(): one.location_id or "" for one in told}
    places = [Place(number, country) for country, number in sorted((found or _COUNTRIES).items())]
    return Places(places, is_tiktok_s=bool(found))
