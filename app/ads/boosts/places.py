"""Where an ad is shown if nobody says it: the country of the ad account, by the number that TikTok knows it by.

TikTok's `location_ids` are those of GeoNames (seen in its documents: 6252001 is the United States). All of these were
compared with a public copy of GeoNames' countries on 30 November 2026. `tool/region/`, which lists them, is no call of
the sandbox's, and a country's number never changes.
"""

from collections.abc import Mapping

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
