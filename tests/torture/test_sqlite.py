"""SQLite under eight processes and random deaths: nobody sees a lock, and what was acknowledged is there."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

_WRITER = """
import asyncio, json, sys
import sqlalchemy as sa
from app.db import Database

async def main(url, name):
    db = Database(url)
    number = 0
    while True:
        number += 1
        async with db.transaction() as session:
            count = (await session.exec(sa.text("SELECT count(*) FROM notes"))).scalar_one()
            await session.exec(sa.text("INSERT INTO notes VALUES (:writer, :number, :seen)").bindparams(
                writer=name, number=number, seen=count))
        # Only what is on disk is told.
        print(json.dumps([name, number]), flush=True)

asyncio.run(main(*sys.argv[1:]))
"""
WRITERS = 8


def start_writer(url: str, name: str, folder: Path) -> subprocess.Popen[bytes]:
    with (folder / f"{name}.out").open("wb") as out, (folder / f"{name}.err").open("wb") as err:
        return subprocess.Popen([sys.executable, "-c", _WRITER, url, name], stdout=out, stderr=err)


def acknowledged(folder: Path) -> set[tuple[str, int]]:
    lines = [line for path in folder.glob("*.out") for line in path.read_text().splitlines(keepends=True)]
    # A line without its end was cut off by the death of its writer.
    return {(name, number) for name, number in (json.loads(line) for line in lines if line.endswith("\n"))}


def wait_until_it_writes(folder: Path, name: str, process: subprocess.Popen[bytes]) -> None:
    """On a busy machine a writer takes long to begin; one that was killed before would prove nothing."""
    while process.poll() is None and not (folder / f"{name}.out").stat().st_size:
        time.sleep(0.02)


@pytest.mark.timeout(600)
def test_nothing_acknowledged_is_lost_and_nobody_finds_the_database_locked(tmp_path: Path, runs: int):
    file = tmp_path / "torture.db"
    url = f"sqlite+aiosqlite:///{file}"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(
            "CREATE TABLE notes (writer TEXT, number INTEGER, seen INTEGER, PRIMARY KEY (writer, number))"
        )
        connection.commit()
    kills = min(100, 5 * runs)
    writers = {f"w{number}": start_writer(url, f"w{number}", tmp_path) for number in range(WRITERS)}
    killed = []
    try:
        for number in range(WRITERS, WRITERS + kills):
            time.sleep(random.uniform(0.1, 0.6))
            victim = random.choice(sorted(writers))
            wait_until_it_writes(tmp_path, victim, writers[victim])
            process = writers.pop(victim)
            assert process.poll() is None, (tmp_path / f"{victim}.err").read_text()
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            killed.append(victim)
            writers[f"w{number}"] = start_writer(url, f"w{number}", tmp_path)
        for name, process in writers.items():
            wait_until_it_writes(tmp_path, name, process)
    finally:
        for process in writers.values():
            process.kill()
            process.wait()

    with closing(sqlite3.connect(file)) as connection:
        stored = set(connection.execute("SELECT writer, number FROM notes").fetchall())
        (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
    assert verdict == "ok"
    assert len(killed) == kills
    assert {name for name, _ in acknowledged(tmp_path)} == {*killed, *writers}
    assert acknowledged(tmp_path) <= stored
    assert "".join(path.read_text() for path in tmp_path.glob("*.err")) == ""
