"""The supervisor of `newsreel up`: when a refusal to start ends everything, and when it is tried again."""

import time

import pytest

from app.process import supervisor
from app.process.supervisor import Child, python_command


def tend_until_it_ended(child: Child) -> int | None:
    code = child.tend()
    while child.process is not None:
        time.sleep(0.02)
        code = child.tend()
    return code


@pytest.mark.parametrize(("steady_after", "told"), [(30.0, 2), (-1.0, None)], ids=["at the start", "later on"])
def test_a_refusal_ends_the_installation_only_if_its_process_never_worked(
    monkeypatch, capfd, tmp_path, steady_after, told
):
    """A full disk, or a database that is away, refuses a process that has to start again: that passes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(supervisor, "STEADY_SECONDS", steady_after)
    assert tend_until_it_ended(Child("other", python_command("app", "no-such-command"))) == told
    said = capfd.readouterr().err
    assert ('"again_in": null' in said) is (told == 2)
