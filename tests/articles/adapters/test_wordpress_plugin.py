"""The plugin for WordPress as it is given away: whole, the same bytes everywhere, and in three languages."""

import re
import shutil
import subprocess
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from babel.messages.pofile import read_po

from tests.support.wordpress_plugin import FILE, SOURCE, build

_SAID = re.compile(r"(?:esc_html__|esc_html_e|esc_attr__|\b__|\b_e)\(\s*'((?:[^'\\]|\\.)*)',\s*'newsreel'")
_PLACE = re.compile(r"%(?:\d\$)?[sd]")
PHP = sorted(SOURCE.rglob("*.php"))


def test_the_file_is_what_its_source_gives():
    assert FILE.read_bytes() == build(), "make plugin"


def test_the_file_holds_what_wordpress_wants_of_a_plugin():
    with ZipFile(BytesIO(build())) as archive:
        names = archive.namelist()
        head = archive.read("newsreel/newsreel.php").decode()
        assert archive.testzip() is None
    assert {name.partition("/")[0] for name in names} == {"newsreel"}
    assert {"newsreel/license.txt", "newsreel/readme.txt", "newsreel/uninstall.php"} < set(names)
    assert {f"newsreel/languages/newsreel-{code}.mo" for code in ("ru_RU", "kk")} < set(names)
    version = re.search(r"Version: +(\S+)", head)
    assert version is not None
    assert f"const VERSION    = '{version[1]}';" in head
    assert f"Stable tag: {version[1]}" in (SOURCE / "readme.txt").read_text()
    assert "GPL-2.0-or-later" in head


def _places(text: str) -> list[str]:
    return sorted(_PLACE.findall(text))


@pytest.mark.parametrize("language", ["ru_RU", "kk"])
def test_all_its_words_are_translated_with_their_places(language: str):
    said = {text.replace("\\'", "'") for path in PHP for text in _SAID.findall(path.read_text())}
    catalogue = read_po(BytesIO((SOURCE / "languages" / f"newsreel-{language}.po").read_bytes()))
    known = {str(message.id): str(message.string) for message in catalogue if message.id}
    assert said - set(known) == set()
    places = re.compile(r"%(?:\d\$)?[sd]")
    assert [
        text for text, told in known.items() if not told or sorted(places.findall(text)) != sorted(places.findall(told))
    ] == []


@pytest.mark.parametrize("path", PHP, ids=lambda path: path.name)
def test_nobody_can_call_a_file_of_it_alone(path):
    assert re.search(r"if \( ! defined\( '(?:ABSPATH|WP_UNINSTALL_PLUGIN)' \) \) \{\n\texit;", path.read_text())


_NEWER = Path(__file__).parents[2] / "support" / "newer_than_php_7_4.php"


def _newer_than_7_4(*paths: Path) -> list[str]:
    call = ["php", str(_NEWER), *map(str, paths)]
    said = subprocess.run(call, capture_output=True, text=True, check=True)
    return said.stdout.splitlines()


@pytest.mark.skipif(shutil.which("php") is None, reason="php is not installed here (apt-get install php-cli)")
def test_it_is_written_for_php_7_4(tmp_path: Path):
    assert _newer_than_7_4(*PHP) == []
    newer = tmp_path / "newer.php"
    newer.write_text(
        "<?php\nfunction f(int|string $a,): mixed {\nreturn match ($a) { 1 => $x?->y, default => throw new E() };\n}\n"
        "f(a: 1);\n$g = f(...);\ntry { f(1); } catch (E) {}\n#[A]\nfn() => str_contains('a', 'b');\n"
    )
    assert [line.partition(": ")[2] for line in _newer_than_7_4(newer)] == [
        "union type", "comma behind the last parameter", "type mixed", "T_MATCH", "T_NULLSAFE_OBJECT_OPERATOR",
        "throw expression", "named argument a", "first-class callable", "catch without a variable", "T_ATTRIBUTE",
        "str_contains()",
    ]  # fmt: skip


@pytest.mark.skipif(shutil.which("php") is None, reason="php is not installed here (apt-get install php-cli)")
def test_php_can_read_it():
    for path in PHP:
        said = subprocess.run(["php", "-l", path], capture_output=True, text=True, check=False)
        assert said.returncode == 0, said.stdout + said.stderr
