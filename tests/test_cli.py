"""The `newsreel` command as an operator meets it: real processes in an empty folder."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from app.captions.hashtags import HashtagRules
from app.captions.presets import PRESETS
from app.config import ROOT, load_settings
from app.errors import ConfigurationError
from tests.support.disks import small_disk

COMMANDS = (
    "up", "web", "worker", "emulator", "demo", "migrate", "create-admin", "doctor", "set-password", "rotate-keys",
    "backup", "restore", "release-restored", "preset",
)  # fmt: skip
PASSWORD = "correct-horse-battery-staple-7"
CANARY = "canary-secret-" + "c" * 40


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "deployment"
    path.mkdir()
    return path


def environment(**settings: str) -> dict[str, str]:
    clean = {k: v for k, v in os.environ.items() if not k.upper().startswith(("NEWSREEL_", "TIKTOK_"))}
    return clean | {"PYTHONPATH": str(ROOT)} | settings


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-P", "-m", "app", *arguments]


def run(folder: Path, *arguments: str, given: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), cwd=folder, env=environment(**settings), input=given, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


class Installation:
    """`newsreel` commands that keep running, on a port of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.settings = {"NEWSREEL_PORT": str(port), "NEWSREEL_PUBLIC_URL": self.url}
        self.process: subprocess.Popen[bytes] | None = None

    @contextmanager
    def running(self, *arguments: str, **settings: str) -> Iterator[psutil.Process]:
        with (self.folder / "out.log").open("ab") as out, (self.folder / "err.log").open("ab") as err:
            self.process = subprocess.Popen(
                command(*arguments),
                cwd=self.folder,
                env=environment(**self.settings, **settings),
                stdout=out,
                stderr=err,
            )
        watched = psutil.Process(self.process.pid)
        try:
            yield watched
        finally:
            family = [watched, *watched.children(recursive=True)] if watched.is_running() else []
            for member in family:
                member.kill() if member.is_running() else None
            self.process.wait()
            for left in servers_in(self.folder):
                left.kill()

    def end(self, signum: int, seconds: float = 30) -> int:
        assert self.process is not None
        self.process.send_signal(signum)
        return self.process.wait(seconds)

    def answers(self, path: str = "/readyz") -> bool:
        try:
            return httpx.get(self.url + path, timeout=5, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def errors(self) -> str:
        return (self.folder / "err.log").read_text()

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.errors().splitlines()]


def servers_in(folder: Path) -> list[psutil.Process]:
    """Find the Redis servers of a data folder, by where they stand: their command line shows only the socket's path."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if "valkey" in process.name() and Path(process.cwd()).is_relative_to(folder):
                found.append(process)
    return found


def child(of: psutil.Process, name: str) -> psutil.Process | None:
    for process in of.children():
        with suppress(psutil.Error):  # one that has just died
            if process.cmdline()[-2:] == ["app", name]:
                return process
    return None


def is_replaced(supervisor: psutil.Process, name: str, killed: psutil.Process) -> bool:
    return child(supervisor, name) not in {None, killed}


def test_help_lists_every_command(folder):
    done = run(folder, "--help")
    assert done.returncode == 0
    for name in COMMANDS:
        assert f"\n  {name} " in done.stdout
    for name in COMMANDS:
        assert run(folder, name, "--help").returncode == 0


def test_help_comes_at_once_because_it_loads_nothing_heavy(folder):
    code = "import app.cli, sys; print({'litestar', 'sqlalchemy', 'arq', 'rich', 'pydantic'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], env=environment(), cwd=folder, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("name", ["up", "web", "worker", "migrate"])
def test_a_wrong_setting_is_named_without_a_traceback(folder, name):
    done = run(folder, name, NEWSREEL_PUBLIC_URL="http://news.example.org")
    assert done.returncode == 2
    assert "NEWSREEL_PUBLIC_URL must use https" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_environment_beats_the_env_file_and_both_are_taken_from_the_present_folder(folder):
    (folder / ".env").write_text("NEWSREEL_DATABASE_URL=sqlite+aiosqlite:///from-file.db\nNEWSREEL_DATA_DIR=data\n")
    assert run(folder, "migrate").returncode == 0
    assert (folder / "from-file.db").exists()
    assert run(folder, "migrate", NEWSREEL_DATABASE_URL="sqlite+aiosqlite:///from-environment.db").returncode == 0
    assert (folder / "from-environment.db").exists()
    assert not (folder / "var").exists()


def test_migrate_may_be_repeated(folder):
    for _ in range(2):
        done = run(folder, "migrate")
        assert (done.returncode, done.stdout) == (0, "The database is at the newest version.\n")


@pytest.mark.parametrize("name", ["web", "worker", "create-admin"])
def test_refuses_to_start_before_the_database_is_migrated(folder, name):
    done = run(
        folder, name, *(["a@news.example", "--password-stdin"] if name == "create-admin" else []), given=PASSWORD
    )
    assert done.returncode == 2
    assert "run: newsreel migrate" in done.stderr
    assert "Traceback" not in done.stderr


def test_makes_an_admin_once_and_tells_why_not(folder):
    run(folder, "migrate")
    made = run(folder, "create-admin", "editor@news.example", "--password-stdin", given=PASSWORD + "\n")
    assert made.returncode == 0, made.stderr
    again = run(folder, "create-admin", "editor@news.example", "--password-stdin", given=PASSWORD + "\n")
    weak = run(folder, "create-admin", "other@news.example", "--password-stdin", given="short\n")
    for refused in (again, weak):
        assert refused.returncode == 1
        assert refused.stderr.strip()
        assert "Traceback" not in refused.stderr
    assert PASSWORD not in made.stdout + made.stderr + again.stdout + again.stderr


def test_ready_hashtags_are_taken_over_by_name(folder):
    too_early = run(folder, "preset", "satpayev")
    assert (too_early.returncode, "newsreel migrate" in too_early.stderr) == (2, True)
    run(folder, "migrate")
    done = run(folder, "preset", "satpayev")
    assert (done.returncode, done.stdout) == (0, "Posts carry the hashtags of “satpayev” from now on.\n")
    with closing(sqlite3.connect(folder / "var" / "newsreel.db")) as database:
        ((rules,),) = database.execute("SELECT rules FROM hashtag_rules").fetchall()
    assert HashtagRules.model_validate_json(rules) == PRESETS["satpayev"]
    unknown = run(folder, "preset", "nobody")
    assert unknown.returncode == 2
    assert all(name in unknown.stderr for name in PRESETS)


def test_a_new_password_replaces_the_old_one_and_ends_every_login(folder):
    place, new = Installation(folder), "another quiet harbour"
    run(folder, "migrate")
    run(folder, "create-admin", "editor@news.example", "--password-stdin", given=PASSWORD + "\n")

    def log_in(password: str) -> httpx.Response:
        login = {"email": "editor@news.example", "password": password}
        return httpx.post(f"{place.url}/api/auth/login", json=login, trust_env=False, timeout=30)

    with place.running("web"):
        eventually(lambda: place.answers("/healthz"))
        bearer = {"Authorization": f"Bearer {log_in(PASSWORD).json()['access_token']}"}

        def knows_the_login() -> bool:
            return httpx.get(f"{place.url}/api/posts", headers=bearer, trust_env=False).status_code == 200

        assert knows_the_login()
        weak = run(folder, "set-password", "editor@news.example", "--password-stdin", given="short\n")
        nobody = run(folder, "set-password", "nobody@news.example", "--password-stdin", given=new + "\n")
        assert (weak.returncode, nobody.returncode) == (1, 1)
        assert "There is no admin nobody@news.example" in nobody.stderr
        assert knows_the_login()
        done = run(folder, "set-password", " Editor@News.example ", "--password-stdin", given=new + "\n")
        assert done.returncode == 0, done.stderr
        assert not knows_the_login()
        assert log_in(PASSWORD).status_code == 401
        assert log_in(new).is_success
        assert new not in done.stdout + done.stderr + place.errors()


def test_backup_and_restore_say_what_is_in_the_file_and_what_waits(folder, tmp_path):
    file = tmp_path / "kept" / "backup.tar.gz"
    refused = run(folder, "backup", str(file))
    assert (refused.returncode, "no database" in refused.stderr) == (2, True)
    run(folder, "migrate")
    run(folder, "create-admin", "editor@news.example", "--password-stdin", given=PASSWORD + "\n")
    refused = run(folder, "backup", str(file))
    assert (refused.returncode, "cannot be written: No such file" in refused.stderr) == (2, True)
    file.parent.mkdir()
    made = run(folder, "backup", str(file))
    assert made.returncode == 0, made.stderr
    assert "The secret key is not in it. Keep it elsewhere (var/secret.key)" in made.stdout
    again = run(folder, "restore", str(file))
    assert (again.returncode, "--replace" in again.stderr) == (2, True)
    kept = file.read_bytes()
    there = run(folder, "backup", str(file))
    assert (there.returncode, "is there already" in there.stderr, file.read_bytes() == kept) == (2, True, True)
    loud = run(folder, "backup", str(file), "--with-keys", "--replace")
    assert "THE SECRET KEY IS IN THIS FILE" in loud.stdout
    shutil.rmtree(folder / "var")
    done = run(folder, "restore", str(file))
    assert done.returncode == 0, done.stderr
    assert "The secret key of the backup is in place." in done.stdout
    assert run(folder, "release-restored", "--yes").stdout == "No post waits because of a restore.\n"
    taken = run(folder, "create-admin", "editor@news.example", "--password-stdin", given=PASSWORD + "\n")
    assert "There is an admin editor@news.example already." in taken.stderr
    assert "Traceback" not in refused.stderr + again.stderr


def test_a_port_in_use_is_named_without_a_traceback(folder):
    run(folder, "migrate")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run(folder, "web", NEWSREEL_PORT=port)
        supervised = run(folder, "up", NEWSREEL_PORT=port, NEWSREEL_LOG_FORMAT="json")
        emulated = run(folder, "emulator", "--port", port)
        shown = [run(folder, "demo", "--once", option, port) for option in ("--port", "--emulator-port")]
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
    assert servers_in(folder) == []


def test_up_runs_a_whole_installation_and_ends_it_in_order(folder):
    place = Installation(folder)
    with place.running("up") as supervisor:
        eventually(place.answers)
        web, worker = child(supervisor, "web"), child(supervisor, "worker")
        assert web is not None
        assert worker is not None
        # 246 MB before ads, people, notifications and ten more CMSes came; 267 MB with them.
        assert web.memory_info().rss + worker.memory_info().rss < 280_000_000
        assert supervisor.memory_info().rss < 30 * 1024 * 1024
        assert place.end(signal.SIGTERM) == 0
        assert not web.is_running()
        assert not worker.is_running()
    assert servers_in(folder) == []
    printed = (folder / "out.log").read_text()
    assert f"{place.url}/admin/" in printed
    assert "newsreel create-admin" in printed


def test_up_starts_again_what_dies(folder):
    place = Installation(folder)
    with place.running("up") as supervisor:
        eventually(place.answers)
        for name in ("worker", "web"):
            killed = child(supervisor, name)
            assert killed is not None
            killed.kill()
            eventually(partial(is_replaced, supervisor, name, killed))
            eventually(place.answers)
        (redis,) = servers_in(folder)
        redis.kill()
        eventually(lambda: [p.pid for p in servers_in(folder)] not in ([], [redis.pid]))
        assert [p.ppid() for p in servers_in(folder)] == [supervisor.pid]
        assert place.answers()
        assert place.end(signal.SIGINT) == 0
    assert servers_in(folder) == []


def test_nothing_is_left_when_up_itself_is_killed(folder):
    place = Installation(folder)
    with place.running("up") as supervisor:
        eventually(place.answers)
        children = supervisor.children()
        assert len(children) == 3
        supervisor.kill()
        _, alive = psutil.wait_procs(children, timeout=30)
        assert alive == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere web and worker stop the embedded Redis")
def test_redis_does_not_outlive_a_sudden_death_of_all_others(folder):
    place = Installation(folder)
    with place.running("up") as supervisor:
        eventually(place.answers)
        (redis,) = servers_in(folder)
        for process in (child(supervisor, "web"), child(supervisor, "worker"), supervisor):
            assert process is not None
            process.kill()
        eventually(lambda: not redis.is_running() or redis.status() == psutil.STATUS_ZOMBIE)
        assert servers_in(folder) == []


def has_grown(told: Counter[str], beyond: int) -> bool:
    return told["200"] > beyond


def test_no_caller_loses_anything_while_the_web_process_is_started_again(folder):
    place = Installation(folder)
    told: Counter[str] = Counter()
    is_over = threading.Event()

    def hammer() -> None:
        while not is_over.is_set():
            try:
                told[str(httpx.get(f"{place.url}/healthz", timeout=60, trust_env=False).status_code)] += 1
            except httpx.HTTPError as error:
                told[type(error).__name__] += 1

    with place.running("up", NEWSREEL_DRAIN_SECONDS="0") as supervisor:
        eventually(place.answers)
        threads = [threading.Thread(target=hammer) for _ in range(4)]
        for thread in threads:
            thread.start()
        for _ in range(2):
            before, ended = told["200"], child(supervisor, "web")
            assert ended is not None
            ended.terminate()
            eventually(partial(is_replaced, supervisor, "web", ended))
            eventually(partial(has_grown, told, before + 20))
        is_over.set()
        for thread in threads:
            thread.join()
        assert set(told) == {"200"}
        assert place.end(signal.SIGTERM) == 0


def test_web_and_worker_share_one_embedded_redis_whichever_comes_first(folder):
    run(folder, "migrate")
    first, second = Installation(folder), Installation(folder)
    with first.running("worker"), second.running("web"):
        eventually(second.answers)
        assert len(servers_in(folder)) == 1
        assert first.end(signal.SIGTERM) == 0
        assert len(servers_in(folder)) == 1
        assert second.end(signal.SIGTERM) == 0
    assert servers_in(folder) == []


def test_another_app_in_the_present_folder_is_not_taken_for_ours(folder):
    (folder / "app").mkdir()
    (folder / "app" / "__init__.py").write_text("raise RuntimeError('the wrong app')")
    place = Installation(folder)
    with place.running("up"):
        eventually(place.answers)
        assert place.end(signal.SIGTERM) == 0


def test_the_log_of_a_whole_life_is_json_and_holds_no_secret(folder):
    place = Installation(folder)
    secrets = {
        "NEWSREEL_SECRET_KEY": f"{CANARY}-key",
        "TIKTOK_CLIENT_SECRET": f"{CANARY}-client",
        "NEWSREEL_ADMIN_EMAIL": "editor@news.example",
        "NEWSREEL_ADMIN_PASSWORD": f"{CANARY}-password",
    }
    with place.running("up", **secrets, NEWSREEL_LOG_FORMAT="json"):
        eventually(place.answers)
        httpx.get(f"{place.url}/api/tiktok/callback?code={CANARY}&state={CANARY}", trust_env=False)
        httpx.get(
            f"{place.url}/nowhere/{CANARY}-client", headers={"Authorization": f"Bearer {CANARY}"}, trust_env=False
        )
        login = {"email": "editor@news.example", "password": f"{CANARY}-wrong"}
        httpx.post(f"{place.url}/api/auth/login", json=login, trust_env=False)
        assert place.end(signal.SIGTERM) == 0
    requests = [line for line in place.log() if line["event"] == "request"]
    assert [line["path"] for line in requests] == [
        "/api/tiktok/callback", "/nowhere/[hidden]", "/api/auth/login",
    ]  # fmt: skip
    assert CANARY not in place.errors() + (folder / "out.log").read_text()


def test_the_emulator_runs_alone(folder):
    port = free_port()
    place = Installation(folder)
    place.url = f"http://127.0.0.1:{port}"
    with place.running("emulator", "--port", str(port)):
        eventually(lambda: place.answers("/_emulator/health"))


def test_doctor_finds_a_missing_database_and_says_the_cure(folder):
    done = run(folder, "doctor")
    assert done.returncode == 1
    assert "newsreel migrate" in done.stdout


def test_the_installed_command_is_the_same(folder):
    installed = Path(sys.executable).with_name("newsreel")
    done = subprocess.run([installed, "--version"], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout == run(folder, "--version").stdout


# Ports, folders, and the emulator's set-up


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
    done = run(folder, "web", NEWSREEL_PORT="eighty")
    assert (done.returncode, "NEWSREEL_PORT" in done.stderr, "Traceback" in done.stderr) == (2, True, False)
    monkeypatch.chdir(folder)
    for port in ("0", "65536", "-1"):
        monkeypatch.setenv("NEWSREEL_PORT", port)
        with pytest.raises(ConfigurationError, match="NEWSREEL_PORT"):
            load_settings()


def test_two_installations_do_not_share_a_folder(folder):
    place = Installation(folder)
    with place.running("up"):
        eventually(place.answers)
        assert "listens on" in (folder / "out.log").read_text()
        second = run(folder, "up", NEWSREEL_PORT=str(free_port()))
        assert second.returncode == 2
        assert "runs on the data folder var already (process " in second.stderr
        assert place.url in second.stderr
        assert place.answers()
        assert place.end(signal.SIGTERM) == 0
    with place.running("up"):
        eventually(place.answers)
        assert place.end(signal.SIGTERM) == 0


@pytest.mark.parametrize("name", ["up", "web", "worker", "migrate", "backup", "demo"])
def test_a_data_folder_that_cannot_be_written_is_named_without_a_traceback(folder, name):
    # Whoever runs the tests may be root, whom no mode keeps out: a file cannot be a folder for anybody.
    (folder / "data").write_text("in the way")
    arguments = [str(folder / "b.tar.gz")] if name == "backup" else []
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
        started = run(folder, "up", NEWSREEL_PORT=str(free_port()), **settings)
        assert (started.returncode, "Traceback" in started.stderr) == (2, False)
        assert ("database" if key else "secret key cannot be kept") in started.stderr
        assert "disk" in started.stderr
        told = json.loads(run(folder, "doctor", "--json", **settings).stdout)
        broken = {finding["subject"] for finding in told["findings"] if finding["level"] == "broken"}
        assert broken >= ({"Data folder", "Database"} if key else {"Settings"})


def test_the_emulator_sets_up_a_newsreel_that_connects_in_three_steps(folder):
    place, port = Installation(folder), str(free_port())
    pages = place.settings["NEWSREEL_PORT"]
    (folder / ".env").write_text(f"# mine\nNEWSREEL_PORT={pages}\nTIKTOK_API_BASE_URL=http://old\n")
    with place.running("emulator", "--port", port, "--for", ".env"):
        eventually(lambda: "listens on" in (folder / "out.log").read_text())
        env = (folder / ".env").read_text()
        assert env.startswith(f"# mine\nNEWSREEL_PORT={pages}\n")
        assert "http://old" not in env
        assert (folder / ".env").stat().st_mode & 0o777 == 0o600
        told = (folder / "out.log").read_text()
        email, password = told.partition(" with ")[2].splitlines()[0].split(" / ")
        properties = httpx.get(f"http://127.0.0.1:{port}/_emulator/properties", trust_env=False).json()["items"]
        assert [(owned["value"], owned["verified"]) for owned in properties] == [(f"{place.url}/media/", True)]
        settings = httpx.get(f"http://127.0.0.1:{port}/_emulator/settings", trust_env=False).json()
        assert settings["webhook_url"] == f"{place.url}/api/tiktok/webhook"
        other = Installation(folder)
        other.settings = place.settings
        with other.running("up"):
            eventually(place.answers)
            connect_as_a_browser(place.url, email, password)
            file = httpx.get(f"{place.url}/media/{properties[0]['file_name']}", trust_env=False)
            assert file.text == properties[0]["file_content"]
            assert other.end(signal.SIGTERM) == 0


def connect_as_a_browser(url: str, email: str, password: str) -> None:
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as http:
        login = http.post("/api/auth/login", json={"email": email, "password": password}).json()
        http.headers["Authorization"] = f"Bearer {login['access_token']}"
        consent = http.get("/api/tiktok/auth").headers["Location"]
        back = httpx.post(consent, data={"decision": "allow"}, trust_env=False).headers["Location"]
        assert "tiktok_auth=success" in http.get(back).headers["Location"]
        assert [account["state"] for account in http.get("/api/accounts").json()["items"]] == ["connected"]


def test_the_emulator_leaves_the_settings_of_a_real_app_alone(folder):
    text = "TIKTOK_CLIENT_KEY=aw1234567890\nTIKTOK_CLIENT_SECRET=real\n"
    (folder / ".env").write_text(text)
    done = run(folder, "emulator", "--port", "0", "--for", ".env")
    assert (done.returncode, "another app" in done.stderr) == (2, True)
    assert (folder / ".env").read_text() == text
