"""A whole installation as an operator runs it: processes that start, die, are started again, and end."""

import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.support.command import migrated, run_here
from tests.support.installation import Installation, child, free_port, servers_in
from tests.support.waiting import until

EMAIL = "editor@news.example"
PASSWORD = "correct-horse-battery-staple-7"
CANARY = "canary-secret-" + "c" * 40


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "deployment"
    path.mkdir()
    return path


@dataclass(frozen=True)
class Life:
    """What was seen of `newsreel up` from its first start in an empty folder to its end."""

    place: Installation
    memory: dict[str, int]
    exit_code: int
    left: list[psutil.Process]

    @property
    def printed(self) -> str:
        return (self.place.folder / "out.log").read_text()


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Life:
    """One life, with a few requests in it, and another `app` in the present folder."""
    folder = tmp_path_factory.mktemp("life")
    (folder / "app").mkdir()
    (folder / "app" / "__init__.py").write_text("raise RuntimeError('the wrong app')")
    place = Installation(folder)
    secrets = {
        "NEWSREEL_SECRET_KEY": f"{CANARY}-key",
        "TIKTOK_CLIENT_SECRET": f"{CANARY}-client",
        "NEWSREEL_ADMIN_EMAIL": EMAIL,
        "NEWSREEL_ADMIN_PASSWORD": f"{CANARY}-password",
    }
    with place.running("up", **secrets, NEWSREEL_LOG_FORMAT="json") as supervisor:
        until(place.answers)
        web, worker = child(supervisor, "web"), child(supervisor, "worker")
        assert web is not None
        assert worker is not None
        processes = {"supervisor": supervisor, "web": web, "worker": worker}
        memory = {name: process.memory_info().rss for name, process in processes.items()}
        place.ask("GET", f"/api/tiktok/callback?code={CANARY}&state={CANARY}")
        place.ask("GET", f"/nowhere/{CANARY}-client", headers={"Authorization": f"Bearer {CANARY}"})
        place.ask("POST", "/api/auth/login", json={"email": EMAIL, "password": f"{CANARY}-wrong"})
        exit_code = place.end(signal.SIGTERM)
        left = [process for process in (web, worker) if process.is_running()] + servers_in(folder)
    return Life(place, memory, exit_code, left)


def test_up_runs_a_whole_installation_and_ends_it_in_order(life):
    assert (life.exit_code, life.left) == (0, [])
    assert f"{life.place.url}/admin/" in life.printed


def test_up_takes_little_memory(life):
    # 246 MB before ads, people, notifications and ten more CMSes came; 280 to 306 MB with all rooms, by how much of
    # the libraries' files the machine has in its memory anyway.
    assert life.memory["web"] + life.memory["worker"] < 320_000_000
    assert life.memory["supervisor"] < 30 * 1024 * 1024


def test_the_log_of_a_whole_life_is_json_and_holds_no_secret(life):
    requests = [line for line in life.place.log() if line["event"] == "request"]
    assert [line["path"] for line in requests] == ["/api/tiktok/callback", "/nowhere/[hidden]", "/api/auth/login"]
    assert CANARY not in life.place.errors() + life.printed


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, sqlite_template: bytes) -> Iterator[Installation]:
    """`newsreel up` for the tests that leave it running; nobody is an admin of it yet."""
    folder = tmp_path_factory.mktemp("running")
    migrated(folder, sqlite_template)
    place = Installation(folder)
    with place.running("up", NEWSREEL_DRAIN_SECONDS="0"):
        until(place.answers)
        yield place
        assert place.end(signal.SIGINT) == 0
    assert servers_in(folder) == []


def test_where_nobody_is_an_admin_the_way_to_make_one_is_told(running):
    assert "newsreel create-admin" in (running.folder / "out.log").read_text()


def test_a_new_password_replaces_the_old_one_and_ends_every_login(running: Installation):
    folder, new = running.folder, "another quiet harbour"
    made = run_here(folder, "create-admin", EMAIL, "--password-stdin", given=PASSWORD + "\n", **running.settings)
    assert made.returncode == 0, made.stderr

    def log_in(password: str) -> httpx.Response:
        return running.ask("POST", "/api/auth/login", json={"email": EMAIL, "password": password})

    bearer = {"Authorization": f"Bearer {log_in(PASSWORD).json()['access_token']}"}

    def knows_the_login() -> bool:
        return running.ask("GET", "/api/posts", headers=bearer).status_code == 200

    def set_password(email: str, password: str) -> Any:
        return run_here(folder, "set-password", email, "--password-stdin", given=password + "\n", **running.settings)

    assert knows_the_login()
    weak = set_password(EMAIL, "short")
    nobody = set_password("nobody@news.example", new)
    assert (weak.returncode, nobody.returncode) == (1, 1)
    assert "There is no admin nobody@news.example" in nobody.stderr
    assert knows_the_login()
    done = set_password(" Editor@News.example ", new)
    assert done.returncode == 0, done.stderr
    assert not knows_the_login()
    assert log_in(PASSWORD).status_code == 401
    assert log_in(new).is_success
    assert new not in done.stdout + done.stderr + running.errors()


def test_a_second_installation_in_the_folder_is_refused(running):
    assert "listens on" in (running.folder / "out.log").read_text()
    second = run_here(running.folder, "up", NEWSREEL_PORT=str(free_port()))
    assert second.returncode == 2
    assert "runs on the data folder var already (process " in second.stderr
    assert running.url in second.stderr
    assert running.answers()


def is_replaced(supervisor: psutil.Process, name: str, killed: psutil.Process) -> bool:
    return child(supervisor, name) not in {None, killed}


def has_grown(told: Counter[str], beyond: int) -> bool:
    return told["200"] > beyond


def test_no_caller_loses_anything_while_the_web_process_is_started_again(running):
    told: Counter[str] = Counter()
    is_over = threading.Event()

    def hammer() -> None:
        while not is_over.is_set():
            try:
                told[str(running.ask("GET", "/healthz", timeout=60).status_code)] += 1
            except httpx.HTTPError as error:
                told[type(error).__name__] += 1

    threads = [threading.Thread(target=hammer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(2):
        before, ended = told["200"], child(running.supervisor, "web")
        assert ended is not None
        ended.terminate()
        until(partial(is_replaced, running.supervisor, "web", ended))
        until(partial(has_grown, told, before + 20))
    is_over.set()
    for thread in threads:
        thread.join()
    assert set(told) == {"200"}


def test_up_starts_again_what_dies(running):
    for name in ("worker", "web"):
        killed = child(running.supervisor, name)
        assert killed is not None
        killed.kill()
        until(partial(is_replaced, running.supervisor, name, killed))
        until(running.answers)
    (redis,) = servers_in(running.folder)
    redis.kill()
    until(lambda: [p.pid for p in servers_in(running.folder)] not in ([], [redis.pid]))
    assert [p.ppid() for p in servers_in(running.folder)] == [running.supervisor.pid]
    assert running.answers()


def test_nothing_is_left_when_up_itself_is_killed(life):
    # In a folder that another installation has left in order.
    with life.place.running("up") as supervisor:
        until(life.place.answers)
        children = supervisor.children()
        assert len(children) == 3
        supervisor.kill()
        _, alive = psutil.wait_procs(children, timeout=30)
        assert alive == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere web and worker stop the embedded Redis")
def test_redis_does_not_outlive_a_sudden_death_of_all_others(life):
    # In a folder that may have seen a sudden death already: nothing of it stands in the way.
    folder = life.place.folder
    with life.place.running("up") as supervisor:
        until(life.place.answers)
        (redis,) = servers_in(folder)
        for process in (child(supervisor, "web"), child(supervisor, "worker"), supervisor):
            assert process is not None
            process.kill()
        until(lambda: not redis.is_running() or redis.status() == psutil.STATUS_ZOMBIE)
        assert servers_in(folder) == []


def test_web_and_worker_share_one_embedded_redis_whichever_comes_first(folder, sqlite_template):
    migrated(folder, sqlite_template)
    first, second = Installation(folder), Installation(folder)
    with first.running("worker"), second.running("web"):
        until(second.answers)
        assert len(servers_in(folder)) == 1
        assert first.end(signal.SIGTERM) == 0
        assert len(servers_in(folder)) == 1
        assert second.end(signal.SIGTERM) == 0
    assert servers_in(folder) == []


def test_the_emulator_runs_alone(folder):
    port = free_port()
    place = Installation(folder)
    place.url = f"http://127.0.0.1:{port}"
    with place.running("emulator", "--port", str(port)):
        until(lambda: place.answers("/_emulator/health"))


def test_the_emulator_sets_up_a_newsreel_that_connects_in_three_steps(folder, sqlite_template):
    migrated(folder, sqlite_template)
    place, port = Installation(folder), str(free_port())
    emulator = Installation(folder)
    emulator.url = f"http://127.0.0.1:{port}"
    pages = place.settings["NEWSREEL_PORT"]
    (folder / ".env").write_text(f"# mine\nNEWSREEL_PORT={pages}\nTIKTOK_API_BASE_URL=http://old\n")
    with place.running("emulator", "--port", port, "--for", ".env"):
        until(lambda: "listens on" in (folder / "out.log").read_text())
        env = (folder / ".env").read_text()
        assert env.startswith(f"# mine\nNEWSREEL_PORT={pages}\n")
        assert "http://old" not in env
        assert (folder / ".env").stat().st_mode & 0o777 == 0o600
        told = (folder / "out.log").read_text()
        email, password = told.partition(" with ")[2].splitlines()[0].split(" / ")
        properties = emulator.ask("GET", "/_emulator/properties").json()["items"]
        assert [(owned["value"], owned["verified"]) for owned in properties] == [(f"{place.url}/media/", True)]
        settings = emulator.ask("GET", "/_emulator/settings").json()
        assert settings["webhook_url"] == f"{place.url}/api/tiktok/webhook"
        other = Installation(folder)
        other.settings = place.settings
        with other.running("up"):
            until(place.answers)
            connect_as_a_browser(place.url, email, password)
            file = place.ask("GET", f"/media/{properties[0]['file_name']}")
            assert file.text == properties[0]["file_content"]
            assert other.end(signal.SIGTERM) == 0


def connect_as_a_browser(url: str, email: str, password: str) -> None:
    with httpx.Client(base_url=url, trust_env=False, timeout=30, verify=False) as http:
        login = http.post("/api/auth/login", json={"email": email, "password": password}).json()
        http.headers["Authorization"] = f"Bearer {login['access_token']}"
        consent = http.get("/api/tiktok/auth").headers["Location"]
        back = httpx.post(consent, data={"decision": "allow"}, trust_env=False).headers["Location"]
        assert "tiktok_auth=success" in http.get(back).headers["Location"]
        assert [account["state"] for account in http.get("/api/accounts").json()["items"]] == ["connected"]
