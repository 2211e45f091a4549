"""Whatever is sent to a route that the OpenAPI document names, right or wrong, the answer is never our fault."""

import asyncio
import os
from typing import Any, cast

import httpx
import pytest
import uvicorn
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as limited
from hypothesis.errors import Unsatisfiable
from pydantic import SecretStr

from app.config import Settings
from app.main import create_app
from app.resources import open_resources
from tests.builders import make_post
from tests.support.openapi import read_document
from tests.support.threads import served
from tests.support.whole_app import EMAIL, PASSWORD

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "4"))
# What would end the login that the other calls need.
NOT_CALLED = {"/api/auth/logout"}
# A path of one piece that takes any text: nothing that can be sent breaks its description.
NEVER_WRONG = {("negative", "GET /api/approvals/{token}")}
NEARBY = {"tiktok_api_base_url": "http://127.0.0.1:1", "admin_email": EMAIL, "admin_password": SecretStr(PASSWORD)}


async def fill(there: Settings) -> dict[str, str]:
    """Put rows in, and give the ids under the names of the path parameters."""
    async with open_resources(there) as resources, resources.transaction() as session:
        post = await make_post(session)
        return {"post_id": post.id, "article_id": post.article_id}


def log_in(url: str) -> dict[str, str]:
    answer = httpx.post(f"{url}/api/auth/login", json={"email": EMAIL, "password": PASSWORD}, timeout=30)
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def call_all(url: str, mode: str, known: dict[str, str]) -> dict[str, int]:
    """Call every operation several times; count the answers by status."""
    import schemathesis  # takes as long to load as all the tests of many a room
    from schemathesis.generation import GenerationMode

    headers, seen = log_in(url), dict[str, int]()
    limits = limited(
        max_examples=EXAMPLES, deadline=None, derandomize="FUZZ_EXAMPLES" not in os.environ, database=None,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate],
    )  # fmt: skip
    for found in schemathesis.openapi.from_dict(read_document()).get_all_operations():
        operation = cast("Any", found).ok()
        if operation.path in NOT_CALLED:
            continue

        @limits
        @given(case=operation.as_strategy(generation_mode=GenerationMode(mode)))
        def check(case: Any) -> None:
            for name in case.path_parameters.keys() & known.keys() if len(seen) % 2 else ():
                case.path_parameters[name] = known[name]
            answer = case.call(base_url=url, headers=headers, timeout=20, allow_redirects=False)
            key = str(answer.status_code)
            seen[key] = seen.get(key, 0) + 1
            assert answer.status_code < 500 or is_unready(case.path, answer), f"{case.as_curl_command()}: {answer.text}"

        try:
            check()
        except Unsatisfiable:
            assert (mode, operation.label) in NEVER_WRONG
    return seen


def is_unready(path: str, answer: Any) -> bool:
    """No worker runs here, and readiness has to say so."""
    return path == "/readyz" and answer.status_code == 503


# What is right takes the same ways on either database; what is wrong may find another way to be wrong.
@pytest.mark.parametrize(
    ("database_url", "mode"),
    [("postgresql", "positive"), ("postgresql", "negative"), ("sqlite", "negative")],
    indirect=["database_url"],
)
def test_no_request_makes_the_app_fail(settings, mode):
    there = settings.model_copy(update=NEARBY)
    known = asyncio.run(fill(there))
    with served(uvicorn.Server(uvicorn.Config(create_app(there), port=0, log_config=None))) as port:
        url = f"http://127.0.0.1:{port}"
        seen = call_all(url, mode, known)
        assert httpx.get(f"{url}/healthz").status_code == 200
    assert seen.get("200", 0) > 10
    assert sum(seen.values()) > 40 * EXAMPLES // 2
