import re

import pytest
from jinja2 import UndefinedError

from app.admin.shell.templating import asset_url, create_environment, web_address
from app.kit.clock import utcnow
from app.messages.translator import translator
from tests.admin.messages import list_templates

ENVIRONMENT = create_environment()
TEMPLATES = list_templates()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_template_compiles(path) -> None:
    name = path.relative_to(path.parents[path.parts[::-1].index("templates") - 1]).as_posix()
    assert ENVIRONMENT.get_template(name)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_template_needs_no_exception_from_the_content_security_policy(path) -> None:
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|hx-on|<script(?![^>]* src=)", source)
    assert not re.search(r"""(src|href|action)=["']?(https?:)?//(?!www\.tiktok\.com|developers\.tiktok\.com)""", source)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_template_marks_nothing_safe_but_its_own_links(path) -> None:
    source = path.read_text(encoding="utf-8")
    for found in re.finditer(r"(\S+)\s*\|\s*safe", source):
        assert found[1].endswith(">'"), found[0]


def test_name_that_no_page_sets_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        ENVIRONMENT.from_string("{{ page }}").render()


def test_texts_are_escaped_but_translations_may_have_tags() -> None:
    template = ENVIRONMENT.from_string(
        "{{ tr(text) }}{% trans name=text %}Posting as <strong>{{ name }}</strong>{% endtrans %}"
    )
    shown = template.render(text="<b>%s</b>", chrome=_Chrome())
    assert shown == "&lt;b&gt;%s&lt;/b&gt;Публикация от имени <strong>&lt;b&gt;%s&lt;/b&gt;</strong>"


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", " javascript:alert(1)", "JaVaScRiPt://https://x", "data:text/html,x", "//x", "", None],
)
def test_only_web_addresses_become_links(address: str | None) -> None:
    assert web_address(address) == ""
    assert web_address("HTTPS://news.example/a") == "HTTPS://news.example/a"


def test_times_are_written_for_machines_and_people() -> None:
    now = utcnow().replace(year=2026, month=11, day=21, hour=9, minute=5, second=0, microsecond=0)
    shown = ENVIRONMENT.from_string("{{ at | when }}").render(at=now, chrome=_Chrome())
    assert shown.startswith('<time datetime="2026-11-21T09:05:00.000Z"')
    assert "21 нояб. 2026 г., 09:05 UTC" in shown


def test_address_of_a_static_file_changes_with_its_content() -> None:
    assert re.fullmatch(r"/static/newsreel\.js\?v=[0-9a-f]{12}", asset_url("newsreel.js"))
    assert asset_url("newsreel.js") != asset_url("newsreel.css").replace("css", "js")


class _Chrome:
    i18n = translator("ru")
