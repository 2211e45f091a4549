"""The README, the manual and the changelog say what is so."""

import re

from litestar.handlers import HTTPRouteHandler

from app import __version__
from app.accounts.models import AccountState, PublishMode
from app.accounts.schemas import AccountUpdate
from app.admin.wording.states import ALERTS, STATES
from app.ads import controllers_connections
from app.articles.adapters import ADAPTERS, generic
from app.articles.models import Delivery
from app.cli import cli
from app.config import ROOT, Settings
from app.emulator.world.settings import EmulatorSettings
from app.ops import doctor
from app.posts.face.decisions import DECISIONS
from app.posts.models import PostState
from tests.support.manual import ALL, MANUAL, README, anchors, first_cells, links, section, snippets
from tests.support.manual_tables import ANSWERS, alerts_table, answers_table, reasons_table, routes_table
from tests.support.openapi import read_document
from tests.support.settings_table import secret_names, settings_table
from tests.support.whole_app import log_in_program, make_admin, open_client

MOST_BYTES = 10_000
METHODS = "GET|POST|PATCH|PUT|DELETE"


def test_the_readme_is_read_in_one_go():
    assert len(README.encode()) <= MOST_BYTES


def test_the_settings_table_is_that_of_the_class():
    assert settings_table() in MANUAL["settings"], (
        "The settings have changed. Put the output of `python -m tests.support.settings_table` into settings.md."
    )


def test_the_secrets_that_a_file_can_give_are_named():
    (named,) = re.findall(r"That works for (.*?)\.$", MANUAL["settings"], re.MULTILINE | re.DOTALL)
    assert re.findall(r"`(\w+)`", named) == secret_names()


def test_every_named_setting_is_there():
    there = {str(field.validation_alias) for field in Settings.model_fields.values()}
    of_the_gateway = {"TIKTOK_PROVIDER_URL"}
    named = set(re.findall(r"\b(?:NEWSREEL|TIKTOK|OTEL)_[A-Z_]+[A-Z]\b", ALL)) - of_the_gateway
    assert {name.removesuffix("_FILE") for name in named} <= there


def test_the_settings_of_an_account_are_named():
    table = MANUAL["accounts"].partition("`PATCH /api/accounts/{id}`:")[2].partition("## ")[0]
    assert sorted(first_cells(table)) == sorted(AccountUpdate.model_fields)


def test_modes_and_states_of_an_account_are_explained():
    assert first_cells(section(MANUAL["accounts"], "Modes")) == [mode.value for mode in PublishMode]
    assert first_cells(section(MANUAL["accounts"], "The state of an account")) == [
        state.value for state in AccountState
    ]


def test_the_options_of_a_source_are_explained():
    options = {name for adapter in ADAPTERS.values() for name in adapter.OPTIONS.model_fields}
    assert sorted(first_cells(section(MANUAL["cms"], "Options of a source"))) == sorted(options)


def test_every_cms_has_its_page():
    assert {name.removeprefix("cms-") for name in MANUAL if name.startswith("cms-")} == set(ADAPTERS)


def test_every_field_of_the_generic_article_is_explained():
    sent = {"type", "timestamp"} | {f"data.{name}" for name in generic.DocumentArticle.model_fields}
    assert set(first_cells(section(MANUAL["cms-generic"], "The request"))) == sent


def test_every_outcome_of_a_delivery_is_named():
    answer = section(MANUAL["cms-generic"], "The answer")
    assert {outcome.value for outcome in Delivery} <= set(re.findall(r"`(\w+)`", answer))


def test_every_state_is_explained():
    states = [state.value for state in PostState]
    assert first_cells(MANUAL["states"].partition("## ")[0]) == states
    told = re.findall(r"^\| `(\w+)` \| (.+?) \|$", section(README, "The states of a post"), re.MULTILINE)
    assert told == [(state.value, state.meaning) for state in PostState]
    for state, words in STATES.items():
        assert f"| `{state}` | **{words.label}**" in MANUAL["states"]


def test_every_reason_is_explained():
    assert reasons_table() in section(MANUAL["states"], "Why it waits or ended"), (
        "The reasons have changed. `python -m tests.support.manual_tables` prints the table of states.md."
    )


def test_every_alert_is_listed():
    assert alerts_table() in section(MANUAL["metrics"], "Alerts"), (
        "The alerts have changed. `python -m tests.support.manual_tables` prints the table of metrics.md."
    )


def test_every_check_of_doctor_is_explained():
    checks = [subject for subject, _ in (*doctor.ALWAYS, *doctor.WITH_DATABASE)]
    told = re.findall(r"^\| ([A-Z][\w' ]+) \|", section(MANUAL["health"], "Doctor"), re.MULTILINE)
    assert told == ["Settings", "Disk", "Database", *checks]


def test_every_warning_is_explained():
    assert first_cells(section(MANUAL["states"], "Warnings on a post")) == list(ALERTS)


def test_the_moves_of_a_person_are_those_that_there_are():
    rows = re.findall(r"^\| \[?([\w, ]+).*?\| ((?:`\w+`(?:, )?)+) \| `(\w+ \S+)`", MANUAL["decisions"], re.MULTILINE)
    told = {name.strip(): set(re.findall(r"\w+", states)) for name, states, _ in rows}
    assert told["retry, send now, send again"] == DECISIONS["retry"].states
    for name, decision in (
        ("cancel", "cancel"),
        ("approve", "approve"),
        ("send back", "reject"),
        ("change it", "revise"),
    ):
        assert told[name] == DECISIONS[decision].states


def test_tiktok_s_refusals_are_those_of_the_catalogue():
    for title, answers in ANSWERS.items():
        assert answers_table(answers) in section(MANUAL["tiktok-answers"], title), (
            "The catalogue has changed. `python -m tests.support.manual_tables` prints the tables of tiktok-answers.md."
        )


def test_every_command_is_named_and_every_named_command_is_there():
    listed = [name.split(" ")[1] for name in first_cells(MANUAL["commands"])]
    assert sorted(listed) == sorted(cli.commands)
    in_shell = re.findall(r"\bnewsreel ([a-z][a-z-]+)", "".join(snippets("sh")))
    named = set(re.findall(r"`newsreel ([a-z][a-z-]+)", ALL)) | set(in_shell)
    assert named <= cli.commands.keys()


def test_every_named_make_target_is_there():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    in_shell = re.findall(r"^make ([a-z]+)", "".join(snippets("sh")), re.MULTILINE)
    named = set(re.findall(r"`make ([a-z]+)", ALL)) | set(in_shell)
    assert {"demo", "test"} <= named <= targets


def test_every_named_file_is_there():
    named = re.findall(r"`((?:app|tests|migrations|templates)/[\w./-]+)`", ALL)
    assert len(named) > 3
    for path in named:
        assert (ROOT / path).exists(), path
    for module in re.findall(r"python -m (tests[\w.]+)", ALL):
        assert (ROOT / f"{module.replace('.', '/')}.py").exists(), module


def served_routes() -> set[str]:
    document = read_document()["paths"]
    return {f"{method.upper()} {plain(path)}" for path, methods in document.items() for method in methods}


def plain(path: str) -> str:
    return re.sub(r"\{\w+\}", "{id}", path)


def test_every_named_route_is_there():
    handlers = [one for one in vars(controllers_connections).values() if isinstance(one, HTTPRouteHandler)]
    hops = {f"GET {path.rstrip('/')}" for handler in handlers for path in handler.paths}
    routes = [re.compile(re.escape(route).replace(r"\{id\}", r"[\w{}.-]+")) for route in served_routes() | hops]
    # Litestar serves an address with a slash at its end too, which is how some stand in TikTok's portals.
    found = re.findall(rf"\b({METHODS}) (/[\w/{{}}-]+)", ALL)
    named = {f"{method} {plain(path.rstrip('/'))}" for method, path in found}
    assert len(named) > 50
    assert [name for name in named if not any(route.fullmatch(name) for route in routes)] == []


def test_every_called_address_is_there():
    paths = {route.partition(" ")[2] for route in served_routes()}
    called = re.findall(r"https://YOUR-HOST(/(?:api|tiktok)[\w/$-]+)", ALL)
    assert len(called) > 4
    assert {plain(re.sub(r"\$\w+", "{id}", path)) for path in called} <= paths


def test_every_route_is_named():
    assert routes_table() in MANUAL["api"], (
        "The routes have changed. `python -m tests.support.manual_tables` prints the table of api.md."
    )
    others = {route for route in served_routes() if " /api/" not in route and not route.startswith("HEAD")}
    text = plain(MANUAL["api"])
    assert [route for route in sorted(others) if route.partition(" ")[2] not in text] == []


def test_every_link_leads_somewhere_and_every_picture_is_there():
    for name, text in {
        "README.md": README,
        **{f"templates/help/{slug}.md": text for slug, text in MANUAL.items()},
    }.items():
        here = ROOT / name
        for link in links(text):
            if link.startswith(("http://", "https://")):
                continue
            path, _, anchor = link.partition("#")
            target = (here.parent / path).resolve() if path else here
            assert target.is_file(), f"{name}: {link}"
            assert not anchor or anchor in anchors(target.read_text(encoding="utf-8")), f"{name}: {link}"


def test_the_readme_leads_to_every_page():
    assert {link for link in links(README) if link.startswith("templates/help/")} == {
        f"templates/help/{slug}.md" for slug in MANUAL
    }


def test_the_picture_of_the_desk_is_small():
    assert "(public/static/help/desk.webp)" in README
    assert 10_000 < (ROOT / "public" / "static" / "help" / "desk.webp").stat().st_size <= 150_000


def test_the_emulators_own_credentials_and_limits_are_those_named():
    text = MANUAL["emulator"]
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
    named = re.findall(r"`(newsreel_\w+)", ALL)
    assert len(named) > 2
    for name in named:
        assert f"# TYPE {name} " in text, name


def test_the_changelog_begins_with_this_version():
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0].split(" ")[0] == __version__


def test_the_project_says_the_same_version():
    assert f'version = "{__version__}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
