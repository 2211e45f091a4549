"""The manual's examples, run as they stand there."""

import asyncio
import json
import os
import re
import shutil
import sys
from asyncio.subprocess import PIPE
from typing import Any

import httpx
import pytest

from app.posts.models import PostState
from tests.admin.support import make_newsroom
from tests.support.manual import MANUAL, section, snippets
from tests.support.whole_app import EMAIL, PASSWORD, log_in_program, make_admin, serve

NEEDED = ("sh", "curl", "openssl", "od", "tr", "date")


@pytest.mark.skipif(not all(map(shutil.which, NEEDED)), reason=f"needs {', '.join(NEEDED)}")
async def test_the_examples_for_any_cms_deliver_articles(sqlite_resources):
    """Run the manual's own words, with nothing set but the two variables that it names."""
    (shell,) = snippets("sh", section(MANUAL["cms-generic"], "Send one from a shell"))
    (python,) = snippets("python", MANUAL["cms-generic"])
    await make_admin(sqlite_resources)
    async with serve(sqlite_resources) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        await log_in_program(http, sqlite_resources)
        source = (await http.post("/api/sources", json={"name": "Newsroom", "kind": "generic"})).json()
        url = source["webhook_url"].replace(sqlite_resources.settings.public_url, f"http://127.0.0.1:{port}")
        sent = await run("sh", "-euc", shell, URL=url, SECRET=source["secret"])
        refused = await run("sh", "-euc", shell, URL=url, SECRET="whsec_" + "A" * 44)
        also_sent = await run(sys.executable, "-c", python, URL=url, SECRET=source["secret"])
        second, first = (await http.get("/api/articles")).json()["items"]
    assert (sent["duplicate"], sent["article_id"]) == (False, first["id"])
    assert (first["external_id"], first["title"]) == ("1042", "Жаңа мектеп ашылды")
    assert refused["code"] == "signature_refused"
    assert (also_sent["article_id"], second["external_id"], second["language"]) == (second["id"], "1043", "ru")


@pytest.mark.skipif(not all(map(shutil.which, NEEDED)), reason=f"needs {', '.join(NEEDED)}")
async def test_the_examples_for_the_api_are_taken(sqlite_resources):
    """Run every call of the API as it stands in the manual, on this machine's address and with a login of ours."""
    await make_admin(sqlite_resources)
    posts = await make_newsroom(sqlite_resources)
    calls = [
        call
        for page in ("api", "cms", "captions", "decisions")
        for snippet in snippets("sh", MANUAL[page])
        for call in re.split(r"^(?=curl )", snippet, flags=re.MULTILINE)
        if call
    ]
    assert len(calls) > 5
    async with serve(sqlite_resources) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
        await log_in_program(http, sqlite_resources)
        token = http.headers["authorization"].partition(" ")[2]
        for call in calls:
            here = call.replace("https://YOUR-HOST", f"http://127.0.0.1:{port}")
            here = here.replace("you@example.org", EMAIL).replace("…", PASSWORD)
            post_id = posts[PostState.unconfirmed if "/resolve" in here else PostState.failed]
            answer = await run("sh", "-euc", here, TOKEN=token, POST_ID=post_id)
            assert "status" not in answer, (call, answer)


async def run(*command: str, **environment: str) -> dict[str, Any]:
    """Run an example, and read the JSON that it prints last."""
    process = await asyncio.create_subprocess_exec(
        *command, env={"PATH": os.environ["PATH"], **environment}, stdout=PIPE, stderr=PIPE
    )
    out, errors = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, errors.decode()
    answer: dict[str, Any] = json.loads(out[out.index(b"{") :])
    return answer
