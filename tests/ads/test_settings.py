"""The settings of the Business API: the owner's names, in every spelling, and a start that is refused by name."""

from pathlib import Path
from typing import Any

import pytest

from app.config import load_settings
from app.errors import ConfigurationError


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TikTok__EnableRealApi", "TikTok__AccessToken", "TikTok__ApiBaseUrl", "TIKTOK_INTERNAL_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("form", ["TikTok__{}", "TIKTOK__{}", "tiktok__{}"])
def test_the_environment_is_read_without_regard_to_case(monkeypatch, form):
    for name, value in (("EnableRealApi", "True"), ("AccessToken", "token-1"), ("AppId", "77"), ("Tier", "premium")):
        monkeypatch.setenv(form.format(name if "TikTok" in form else name.upper()), value)
    read = load_settings(_env_file=None)
    assert (read.business_is_real, read.business_app_id, read.business_tier) == (True, "77", "premium")
    assert read.business_access_token.get_secret_value() == "token-1"


@pytest.mark.parametrize("colon", [":", "__"])
def test_a_file_may_have_colons_as_dotnet_does(tmp_path: Path, colon: str):
    file = tmp_path / "env"
    file.write_text(
        f"TikTok{colon}EnableRealApi=true\ntiktok{colon}accesstoken=token-2\nTikTok{colon}ApiVersion=v1.4\n"
    )
    read = load_settings(_env_file=file)
    assert (read.business_access_token.get_secret_value(), read.business_api_version) == ("token-2", "v1.4")


@pytest.mark.parametrize("name", ["TikTok__AccessToken_FILE", "TIKTOK__ACCESSTOKEN_FILE"])
def test_a_secret_may_stand_in_a_file(monkeypatch, tmp_path: Path, name: str):
    (tmp_path / "token").write_text("token-3\n")
    monkeypatch.setenv(name, str(tmp_path / "token"))
    assert load_settings(_env_file=None).business_access_token.get_secret_value() == "token-3"


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"TikTok__EnableRealApi": "true"}, ["TikTok__AccessToken"]),
        ({"TikTok__EnableRealApi": "true", "TikTok__ApiBaseUrl": ""}, ["TikTok__AccessToken", "TikTok__ApiBaseUrl"]),
        ({"TikTok__EnableRealApi": "true", "TikTok__AccessToken": " "}, ["TikTok__AccessToken"]),
        ({"TikTok__ApiBaseUrl": "http://business-api.tiktok.com"}, ["TikTok__ApiBaseUrl"]),
        ({"TikTok__ApiBaseUrl": "https://business-api.tiktok.com/v2"}, ["TikTok__ApiBaseUrl"]),
        ({"TikTok__ApiVersion": "1.3"}, ["TikTok__ApiVersion"]),
        ({"TikTok__Tier": "gold"}, ["TikTok__Tier"]),
        ({"ADS_MAX_TRANSFER": "-1"}, ["ADS_MAX_TRANSFER"]),
        ({"ADS_MAX_TRANSFER": "NaN"}, ["ADS_MAX_TRANSFER"]),
    ],
)
def test_what_cannot_work_is_refused_and_named(monkeypatch, given: dict[str, str], named: list[str]):
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as refused:
        load_settings(_env_file=None)
    assert [name for name in named if name not in str(refused.value)] == []


def test_nothing_needs_to_be_set_for_the_emulated_mode():
    read: Any = load_settings(_env_file=None)
    assert (read.business_is_real, read.internal_keys, read.business_api_base_url) == (
        False,
        (),
        "https://business-api.tiktok.com",
    )
