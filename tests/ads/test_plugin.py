"""The creative plugin's address: signed as the documents' vectors are, of TikTok's length, and off without a key."""

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import SecretStr

from app.ads.plugin.address import sign
from app.resources import open_resources
from tests.conftest import make_settings
from tests.support.whole_app import log_in_program, make_admin, open_client

ASKED: dict[str, Any] = {
    "business_platform": "newsreel", "external_business_id": "desk-7.kz", "locale": "EN",
    "download_urls": ["https://news.example/видео+1.mp4?a=b&c=d"], "store_name": "Ұлытау & таңы", "currency": "USD",
    "close_method": "redirect_inside_tiktok", "is_test": True,
}  # fmt: skip


@pytest.mark.parametrize(
    ("key", "timestamp", "locale", "platform", "business", "signature"),
    [
        ("TEST_KEY", "1622476491290", "en", "bigcommerce", "1238928921223",
         "23523d113dc9a5e4f9ddec14087c569a3fe0d34b5e2bb79457d81877efcef6c2"),
        ("test123", "1622469374637", "en", "bigcommerce", "1238928921223",
         "6d04f21d660129f15f019ae395d43b02f9ebcab264d5a79758cb182d47b6db17"),
        ("k3y", "1700000000000", "EN", "my platform", "desk 7&x",
         "69230eaf89f2221bd1c1f7f812efac2aa2f4bb31eb29fe04c55d3fa437d91298"),
    ],
)  # fmt: skip
def test_the_signature_is_that_of_the_vectors(
    key: str, timestamp: str, locale: str, platform: str, business: str, signature: str
):
    values = {
        "version": "1.0", "timestamp": timestamp, "locale": locale, "business_platform": platform,
        "external_business_id": business,
    }  # fmt: skip
    assert sign(key, values) == signature


async def open_desk(folder: Path, database_url: str, key: str) -> AsyncIterator[httpx.AsyncClient]:
    settings = make_settings(folder, database_url, "redis://127.0.0.1:1", business_creative_plugin_key=SecretStr(key))
    async with open_resources(settings) as opened, open_client(opened) as http:
        await make_admin(opened)
        await log_in_program(http, opened)
        yield http


async def test_the_address_carries_all_of_it_and_nothing_breaks_in_the_query(tmp_path: Path, sqlite_url: str):
    async for http in open_desk(tmp_path, sqlite_url, "k3y"):
        made = (await http.post("/api/ads/creative-plugin-url", json=ASKED)).json()
        address = urlsplit(made["url"])
        assert f"{address.scheme}://{address.netloc}{address.path}" == (
            "https://ads.tiktok.com/business-extension/creative_plugin/upload"
        )
        assert not set("+/=") & set(address.query.removeprefix("external_data="))
        (data,) = parse_qs(address.query, strict_parsing=True)["external_data"]
        told = json.loads(base64.b64decode(data, validate=True))
        assert {name: told[name] for name in ("business_platform", "store_name", "is_test", "version")} == {
            "business_platform": "newsreel", "store_name": "Ұлытау & таңы", "is_test": True, "version": "1.0",
        }  # fmt: skip
        assert told["hmac"] == sign("k3y", told)
        assert made["expires_at"].startswith("20")
        for wrong, field in (
            ({"external_business_id": "desk 7&x"}, "external_business_id"), ({"download_urls": None}, "download_urls"),
            ({"download_urls": [f"https://news.example/{'x' * 200}/{n}.mp4" for n in range(9)]}, "download_urls"),
            ({"colour": "red"}, "colour"),
        ):  # fmt: skip
            refused = await http.post("/api/ads/creative-plugin-url", json={**ASKED, **wrong})
            assert (refused.status_code, [one["field"] for one in refused.json()["errors"]]) == (422, [field])


async def test_it_is_off_without_a_key(tmp_path: Path, sqlite_url: str):
    async for http in open_desk(tmp_path, sqlite_url, ""):
        refused = await http.post("/api/ads/creative-plugin-url", json=ASKED)
        assert (refused.status_code, refused.json()["code"]) == (409, "not_configured")
