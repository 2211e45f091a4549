"""What the Makefile runs is there: a target is seldom called, and what it names moves."""

import contextlib
import io
import re
from pathlib import Path

import pytest

from app.config import ROOT
from app.ops.migrate import head_revision

TEXT = (ROOT / "Makefile").read_text(encoding="utf-8").replace("$$", "$")
SCRIPTS = re.findall(r"-c '([^']+)'", TEXT)
MODULES = re.findall(r"python -m (tests[\w.]+)", TEXT)
TARGETS = re.findall(r"^([a-z]+):", TEXT, re.MULTILINE)


def run(script: str) -> str:
    """Run a line of Python as the Makefile does; give what it prints."""
    with contextlib.redirect_stdout(io.StringIO()) as said:
        exec(script, {})
    return said.getvalue()


def test_the_next_migration_takes_the_next_number():
    (script,) = [script for script in SCRIPTS if "head_revision" in script]
    assert run(script).strip() == f"{int(head_revision()) + 1:04}"


def test_its_lines_of_python_are_those_tried_here():
    assert sorted(re.findall(r"head_revision\(|version_info|_base_executable", " ".join(SCRIPTS))) == [
        "_base_executable", "head_revision(", "version_info",
    ]  # fmt: skip
    assert len(SCRIPTS) == 3


def test_the_python_that_made_the_environment_is_found():
    (script,) = [script for script in SCRIPTS if "_base_executable" in script]
    assert Path(run(script).strip()).is_file()


def test_it_takes_the_python_that_runs_here_and_no_older_one(monkeypatch):
    (script,) = [script for script in SCRIPTS if "version_info" in script]
    for version, is_refused in (((3, 10, 9), True), ((3, 11, 0), False), ((3, 13, 1), False), ((3, 14, 0), True)):
        monkeypatch.setattr("sys.version_info", version)
        with pytest.raises(SystemExit) as ended:
            run(script)
        assert bool(ended.value.code) is is_refused


def test_every_module_that_it_runs_is_there():
    assert len(MODULES) > 4
    for module in MODULES:
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), module


def test_every_target_is_listed_and_is_no_file():
    (phony,) = re.findall(r"^\.PHONY: (.+)$", TEXT, re.MULTILINE)
    assert sorted(phony.split()) == sorted(TARGETS)
    assert not [target for target in TARGETS if not re.search(rf"^{target}:.*## \S", TEXT, re.MULTILINE)]
