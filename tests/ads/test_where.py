"""The manual's table of what was asked for: each route, page, command, operation and setting that it names is there."""

import re
from pathlib import Path

import click
import pytest
from pydantic import SecretStr

from app.ads.internal.registry import REGISTRY
from app.cli import cli
from app.main import create_app
from tests.conftest import make_settings
from tests.support.manual import MANUAL

PAGE = MANUAL["ads-where"]
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith(("| asked", "|---"))]
_TEN = {
    "Ping", "TestPing", "CreateCampaign", "GetCampaign", "UpdateCampaign", "UpdateCampaignStatus", "ListCampaigns",
    "GetReport", "CreateAdvertiser", "ListAdvertisers", "TransferFunds",
}  # fmt: skip


def _shape(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path).rstrip("/")


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    folder: Path = tmp_path_factory.mktemp("app")
    settings = make_settings(folder, "sqlite+aiosqlite:///:memory:", "", secret_key=SecretStr("k" * 40))
    return {
        (method, _shape(route.path))
        for route in create_app(settings).routes
        for method in getattr(route, "methods", ())
    }  # fmt: skip


def test_every_row_names_what_does_it_and_all_of_it_is_there(routes: set[tuple[str, str]]) -> None:
    operations = {operation.name for operation in REGISTRY.operations}
    named: set[str] = set()
    for row in ROWS:
        _, asked, where, _ = row.split("|")
        words = re.findall(r"`([^`]+)`", where)
        assert words or "](" in where, row
        for word in words:
            verb, _, path = word.partition(" ")
            if path.startswith("/"):
                assert (verb, _shape(path)) in routes, word
            elif word.startswith("/admin"):
                assert ("GET", _shape(word)) in routes, word
            elif word.startswith("newsreel "):
                _find_command(word.split()[1:])
            elif word.upper().startswith("TIKTOK_"):
                assert word in MANUAL["settings"], word
            elif word.startswith("--"):
                continue
            else:
                assert word in operations, (asked, word)
                named.add(word)
    assert named == _TEN


def _find_command(words: list[str]) -> None:
    command: click.Command = cli
    for word in words:
        assert isinstance(command, click.Group), words
        command = command.commands[word]
