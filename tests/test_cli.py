"""The `newsreel` command as an operator meets it, in an empty folder; what keeps running: process/test_installation."""

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from app.captions.hashtags import HashtagRules
from app.captions.presets import PRESETS
from app.config import load_settings
from app.errors import ConfigurationError
from tests.support.command import migrated, run_here
from tests.support.disks import small_disk
from tests.support.installation import environment, free_port, run_process, servers_in

COMMANDS = (
    "up", "web", "worker", "emulator", "demo", "migrate", "create-admin", "doctor", "set-password", "rotate-keys",
    "backup", "restore", "release-restored", "preset",
)  # fmt: skip
PASSWORD = "correct-horse-battery-staple-7"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "deployment"
    path.mkdir()
    return path


@pytest.fixture
def newsroom(folder: Path, sqlite_template: bytes) -> Path:
    """A folder with a database in it."""
    migrated(folder, sqlite_template)
    return folder


def test_help_lists_every_command(folder):
    done = run_here(folder, "--help")
    assert done.returncode == 0
    for name in COMMANDS:
        assert f"\n  {name} " in done.stdout
    for name in COMMANDS:
        assert run_here(folder, name, "--help").returncode == 0


def test_help_comes_at_once_because_it_loads_nothing_heavy(folder):
    code = "import app.cli, sys; print({'litestar', 'sqlalchemy', 'arq', 'rich', 'pydantic'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], env=environment(), cwd=folder, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("name", ["up", "web", "worker", "migrate"])
def test_a_wrong_setting_is_named_without_a_traceback(folder, name):
    done = run_here(folder, name, NEWSREEL_PUBLIC_URL="http://news.example.org")
    assert done.returncode == 2
    assert "NEWSREEL_PUBLIC_URL must use https" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_environment_beats_the_env_file_and_both_are_taken_from_the_present_folder(folder):
    (folder / ".env").write_text("NEWSREEL_DATABASE_URL=sqlite+aiosqlite:///from-file.db\nNEWSREEL_DATA_DIR=data\n")
    assert run_here(folder, "migrate").returncode == 0
    assert (folder / "from-file.db").exists()
    assert run_here(folder, "migrate", NEWSREEL_DATABASE_URL="sqlite+aiosqlite:///from-environment.db").returncode == 0
    assert (folder / "from-environment.db").exists()
    assert not (folder / "var").exists()


def test_migrate_may_be_repeated(folder):
    for _ in range(2):
        done = run_here(folder, "migrate")
        assert (done.returncode, done.stdout) == (0, "The database is at the newest version.\n")


@pytest.mark.parametrize("name", ["web", "worker", "create-admin"])
def test_refuses_to_start_before_the_database_is_migrated(folder, name):
    done = run_here(
        folder, name, *(["a@news.example", "--password-stdin"] if name == "create-admin" else []), given=PASSWORD
    )
    assert done.returncode == 2
    assert "run: newsreel migrate" in done.stderr
    assert "Traceback" not in done.stderr


def test_makes_an_admin_once_and_tells_why_not(newsroom):
    made = run_here(newsroom, "create-admin", "editor@news.example", "--password-stdin", given=PASSWORD + "\n")
    assert made.returncode == 0, made.stderr
    again = run_here(newsroom, "create-admin", "editor@news.example", "--password-stdin", given=PASSWORD + "\n")
    weak = run_here(newsroom, "create-admin", "other@news.example", "--password-stdin", given="short\n")
    for refused in (again, weak):
        assert refused.returncode == 1
        assert refused.stderr.strip()
        assert "Traceback" not in refused.stderr
    assert PASSWORD not in made.stdout + made.stderr + again.stdout + again.stderr


def test_ready_hashtags_are_taken_over_by_name(folder):
    too_early = run_here(folder, "preset", "satpayev")
    assert (too_early.returncode, "newsreel migrate" in too_early.stderr) == (2, True)
    run_here(folder, "migrate")
    done = run_here(folder, "preset", "satpayev")
    assert (done.returncode, done.stdout) == (0, "Posts carry the hashtags of “satpayev” from now on.\n")
    with closing(sqlite3.connect(folder / "var" / "newsreel.db")) as database:
        ((rules,),) = database.execute("SELECT rules FROM hashtag_rules").fetchall()
    assert HashtagRules.model_validate_json(rules) == PRESETS["satpayev"]
    unknown = run_here(folder, "preset", "nobody")
    assert unknown.returncode == 2
    assert all(name in unknown.stderr for name in PRESETS)


def test_backup_and_restore_say_what_is_in_the_file_and_what_waits(folder, sqlite_template, tmp_path):
    file = tmp_path / "kept" / "backup.tar.gz"
    refused = run_here(folder, "backup", str(file))
    assert (refused.returncode, "no database" in refused.stderr) == (2, True)
    migrated(folder, sqlite_template)
    run_here(folder, "create-admin", "editor@news.example", "--password-stdin", given=PASSWORD + "\n")
    refused = run_here(folder, "backup", str(file))
    assert (refused.returncode, "cannot be written: No such file" in refused.stderr) == (2, True)
    file.parent.mkdir()
    made = run_here(folder, "backup", str(file))
    assert made.returncode == 0, made.stderr
    assert "The secret key is not in it. Keep it elsewhere (var/secret.key)" in made.stdout
    again = run_here(folder, "restore", str(file))
    assert (again.returncode, "--replace" in again.stderr) == (2, True)
    kept = file.read_bytes()
    there = run_here(folder, "backup", str(file))
    assert (there.returncode, "is there already" in there.stderr, file.read_bytes() == kept) == (2, True, True)
    loud = run_here(folder, "backup", str(file), "--with-keys", "--replace")
    assert "THE SECRET KEY IS IN THIS FILE" in loud.stdout
    shutil.rmtree(folder / "var")
    done = run_here(folder, "restore", str(file))
    assert done.returncode == 0, done.stderr
    assert "The secret key of the backup is in place." in done.stdout
    assert "Waiting" not in done.stdout, "nothing waits, so nobody is sent to look"
    assert run_here(folder, "release-restored", "--yes").stdout == "No post waits because of a restore.\n"
    taken = run_here(folder, "create-admin", "editor@news.example", "--password-stdin", given=PASSWORD + "\n")
    assert "There is an admin editor@news.example already." in taken.stderr
    assert "Traceback" not in refused.stderr + again.stderr


def test_a_port_in_use_is_named_without_a_traceback(newsroom):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run_here(newsroom, "web", NEWSREEL_PORT=port)
        supervised = run_here(newsroom, "up", NEWSREEL_PORT=port, NEWSREEL_LOG_FORMAT="json")
        emulated = run_here(newsroom, "emulator", "--port", port)
        shown = [run_process(newsroom, "demo", "--once", option, port) for option in ("--port", "--emulator-port")]
    assert (emulated.returncode, "--port" in emulated.stderr, emulated.stdout) == (2, True, "")
    for option, demo in zip(("--port", "--emulator-port"), shown, strict=True):
        told = " ".join(demo.stdout.split())
        assert (demo.returncode, f"127.0.0.1:{port}: the port is taken by" in told) == (1, True)
        assert f"Choose another port with {option}," in told
    for refused in (done, supervised):
        assert refused.returncode == 2
        assert f"Cannot listen on 127.0.0.1:{port}: the port is taken by" in refused.stderr
        assert f"(process {os.getpid()})" in refused.stderr
        assert "NEWSREEL_PORT" in refused.stderr
        assert "listens on" not in refused.stdout
        assert "Traceback" not in refused.stderr
    assert servers_in(newsroom) == []


def test_doctor_finds_a_missing_database_and_says_the_cure(folder):
    done = run_here(folder, "doctor")
    assert done.returncode == 1
    assert "newsreel migrate" in done.stdout


def test_the_installed_command_is_the_same(folder):
    installed = Path(sys.executable).with_name("newsreel")
    done = subprocess.run([installed, "--version"], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout == run_process(folder, "--version").stdout


def test_the_port_alone_moves_the_public_address_and_what_derives_from_it(folder):
    code = (
        "from app.config import load_settings as load; s = load(); "
        "print(s.public_url, s.callback_uri); "
        "print(load(host='0.0.0.0').public_url, load(host='::1').public_url, load(public_url='https://n.kz/').public_url)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], env=environment(NEWSREEL_PORT="9123"), cwd=folder, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == [
        "http://127.0.0.1:9123", "http://127.0.0.1:9123/api/tiktok/callback",
        "http://127.0.0.1:9123", "http://[::1]:9123", "https://n.kz",
    ]  # fmt: skip


def test_a_port_that_is_none_is_refused(folder, monkeypatch):
    done = run_here(folder, "web", NEWSREEL_PORT="eighty")
    assert (done.returncode, "NEWSREEL_PORT" in done.stderr, "Traceback" in done.stderr) == (2, True, False)
    monkeypatch.chdir(folder)
    for port in ("0", "65536", "-1"):
        monkeypatch.setenv("NEWSREEL_PORT", port)
        with pytest.raises(ConfigurationError, match="NEWSREEL_PORT"):
            load_settings()


@pytest.mark.parametrize("name", ["up", "web", "worker", "migrate", "backup", "demo"])
def test_a_data_folder_that_cannot_be_written_is_named_without_a_traceback(folder, name):
    # Whoever runs the tests may be root, whom no mode keeps out: a file cannot be a folder for anybody.
    (folder / "data").write_text("in the way")
    arguments = [str(folder / "b.tar.gz")] if name == "backup" else []
    run = run_process if name == "demo" else run_here
    done = run(folder, name, *arguments, NEWSREEL_DATA_DIR="data", NEWSREEL_PORT=str(free_port()))
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == (1 if name == "demo" else 2)
    assert "The data folder data cannot be written" in said
    assert "NEWSREEL_DATA_DIR" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("key", ["", "k" * 40], ids=["key to be made", "key given"])
def test_a_full_disk_at_the_first_start_is_named_without_a_traceback(folder, key):
    with small_disk(folder / "disk", megabytes=2) as disk:
        disk.fill()
        settings = {
            "NEWSREEL_DATA_DIR": str(disk.folder),
            "NEWSREEL_DATABASE_URL": f"sqlite+aiosqlite:///{disk.folder / 'newsreel.db'}",
            "NEWSREEL_SECRET_KEY": key,
        }
        started = run_process(folder, "up", NEWSREEL_PORT=str(free_port()), **settings)
        assert (started.returncode, "Traceback" in started.stderr) == (2, False)
        assert ("database" if key else "secret key cannot be kept") in started.stderr
        assert "disk" in started.stderr
        told = json.loads(run_here(folder, "doctor", "--json", **settings).stdout)
        broken = {finding["subject"] for finding in told["findings"] if finding["level"] == "broken"}
        assert broken >= ({"Data folder", "Database"} if key else {"Settings"})


def test_the_emulator_leaves_the_settings_of_a_real_app_alone(folder):
    text = "TIKTOK_CLIENT_KEY=aw1234567890\nTIKTOK_CLIENT_SECRET=real\n"
    (folder / ".env").write_text(text)
    done = run_here(folder, "emulator", "--port", "0", "--for", ".env")
    assert (done.returncode, "another app" in done.stderr) == (2, True)
    assert (folder / ".env").read_text() == text
