"""The README and the changelog say what is so."""

import asyncio
import json
import os
import re
import shutil
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app import __version__
from app.accounts.schemas import AccountUpdate
from app.cli import cli
from app.config import ROOT
from app.emulator.settings import EmulatorSettings
from app.posts.models import PostState
from tests.support.openapi import read_document
from tests.support.settings_table import secret_names, settings_table
from tests.support.whole_app import log_in_program, make_admin, open_client, serve

README = (ROOT / "README.md").read_text(encoding="utf-8")
NEEDED = ("sh", "curl", "openssl", "od", "tr", "date")


def section(title: str) -> str:
    """Give the text under a heading, with what is below it."""
    head = re.search(rf"^(#+) {re.escape(title)}$", README, re.MULTILINE)
    assert head, f"the README has no heading {title!r}"
    rest = README[head.end() :]
    end = re.search(rf"^#{{1,{len(head[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def first_cells(text: str) -> list[str]:
    """Give the names in the first column of the tables of a text."""
    cells = re.findall(r"^\| (`[^|]*`) \|", text, re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def test_the_settings_table_is_that_of_the_class():
    assert settings_table() in section("Settings"), (
        "The settings have changed. Put the output of `python -m tests.support.settings_table` into the README."
    )


def test_the_secrets_that_a_file_can_give_are_named():
    (named,) = re.findall(r"That works for (.*?)\.$", section("Settings"), re.MULTILINE | re.DOTALL)
    assert re.findall(r"`(\w+)`", named) == secret_names()


def test_the_settings_of_an_account_are_named():
    table = section("Settings").partition("`PATCH /api/accounts/{id}`:")[2]
    assert sorted(first_cells(table)) == sorted(AccountUpdate.model_fields)


def test_every_state_is_explained():
    assert first_cells(section("What the states mean")) == [state.value for state in PostState]


def test_every_command_is_named_and_every_named_command_is_there():
    listed = [name.split(" ")[1] for name in first_cells(section("Processes"))]
    assert sorted(listed) == sorted(cli.commands)
    named = set(re.findall(r"`newsreel ([a-z-]+)", README)) | set(re.findall(r"newsreel ([a-z-]+)", "".join(shell())))
    assert named <= cli.commands.keys()


def test_every_named_make_target_is_there():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", README, re.MULTILINE))
    assert {"demo", "test"} <= named <= targets


def test_every_named_file_is_there():
    named = re.findall(r"`((?:app|tests|migrations)/[\w./-]+)`", README)
    assert len(named) > 3
    for path in named:
        assert (ROOT / path).exists(), path
    for module in re.findall(r"python -m ([\w.]+)", README):
        assert (ROOT / f"{module.replace('.', '/')}.py").exists(), module


def test_every_named_route_is_there():
    served = {re.sub(r"\{\w+\}", "{id}", path) for path in read_document()["paths"]}
    named = set(re.findall(r"(?:GET|POST|PATCH|PUT|DELETE) (/[\w/{}-]+)", README)) | set(
        re.findall(r"https://YOUR-HOST(/api[\w/{}-]+)", README)
    )
    assert len(named) > 4
    assert named <= served


def test_every_link_inside_leads_somewhere():
    headings = {re.sub(r"[^\w -]", "", line).strip().lower().replace(" ", "-") for line in README.splitlines()
                if line.startswith("#")}  # fmt: skip
    links = re.findall(r"\]\(#([^)]+)\)", README)
    assert links
    assert set(links) <= headings


def test_the_emulators_own_credentials_and_limits_are_those_named():
    text = section("The emulator")
    there = EmulatorSettings()
    assert f"TIKTOK_CLIENT_KEY={there.client_key}\n" in text
    assert f"TIKTOK_CLIENT_SECRET={there.client_secret}\n" in text
    options = {option.name: option.default for option in cli.commands["emulator"].params}
    assert f"127.0.0.1:{options['port']}" in text


async def test_every_named_metric_is_there(sqlite_resources):
    await make_admin(sqlite_resources)
    async with open_client(sqlite_resources) as client:
        await log_in_program(client, sqlite_resources)
        text = (await client.get("/metrics")).text
    named = re.findall(r"`(newsreel_\w+)", README)
    assert len(named) > 2
    for name in named:
        assert f"# TYPE {name} " in text, name


def test_the_changelog_begins_with_this_version():
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0].split(" ")[0] == __version__


def test_the_project_says_the_same_version():
    assert f'version = "{__version__}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def shell() -> Iterator[str]:
    """Give the shell snippets."""
    yield from re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.mark.skipif(not all(map(shutil.which, NEEDED)), reason=f"needs {', '.join(NEEDED)}")
async def test_the_recipe_for_any_cms_delivers_an_article(sqlite_resources, tmp_path):
    """Run the README's own words, with nothing set but the two variables that it names."""
    await make_admin(sqlite_resources)
    async with serve(sqlite_resources) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        await log_in_program(http, sqlite_resources)
        source = (await http.post("/api/sources", json={"name": "Newsroom", "kind": "generic"})).json()
        path = source["webhook_url"].removeprefix(sqlite_resources.settings.public_url)
        sent = await run_recipe(tmp_path, f"http://127.0.0.1:{port}{path}", source["secret"])
        refused = await run_recipe(tmp_path, f"http://127.0.0.1:{port}{path}", "whsec_" + "A" * 44)
        (article,) = (await http.get("/api/articles")).json()["items"]
    assert (sent["duplicate"], sent["article_id"]) == (False, article["id"])
    assert (article["external_id"], article["title"]) == ("1042", "Жаңа мектеп ашылды")
    assert refused["code"] == "signature_refused"


async def run_recipe(folder: Path, url: str, secret: str) -> dict[str, object]:
    (recipe,) = re.findall(r"<!-- webhook recipe -->\n```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    script = folder / "recipe.sh"
    script.write_text(f"set -eu\n{recipe}", encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        "sh", str(script), env={"PATH": os.environ["PATH"], "URL": url, "SECRET": secret}, stdout=PIPE, stderr=PIPE
    )
    out, errors = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, errors.decode()
    answer: dict[str, object] = json.loads(out)
    return answer
