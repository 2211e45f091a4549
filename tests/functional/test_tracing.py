"""One trace from the CMS's request to TikTok's verdict, through real processes to a real collector."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.functional.stack import Stack, free_port, until
from tests.support.command import MakeDatabase

KEY = "canary-collector-key-0001"


@pytest.fixture
def collector() -> Iterator[str]:
    """A collector in a process of its own; gives its address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen([sys.executable, "-m", "tests.support.collector", str(port)]) as process:
        until(lambda: _answers(url), what="the collector")
        yield url
        process.terminate()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/spans", trust_env=False).is_success
    except httpx.HTTPError:
        return False


@pytest.fixture
def traced(
    collector: str, tmp_path_factory: pytest.TempPathFactory, migrated_database: MakeDatabase
) -> Iterator[Stack]:
    """An installation that sends its traces there, and to which the emulator sends its events."""
    folder = tmp_path_factory.mktemp("traced")
    extra = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector, "OTEL_EXPORTER_OTLP_HEADERS": f"api-key={KEY}"}
    stack = Stack(folder, migrated_database("sqlite", folder), extra=extra)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


def spans_of(collector: str, trace_id: str) -> list[dict[str, Any]]:
    seen = httpx.get(f"{collector}/spans", trust_env=False).json()["spans"]
    return [span for span in seen if span["trace_id"] == trace_id]


def test_one_trace_leads_from_the_cms_to_the_verdict(traced, collector):
    trace_id, cms_span = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    traced.http.headers["traceparent"] = f"00-{trace_id}-{cms_span}-01"
    traced.emulator("POST", "settings", json={"webhook_url": f"{traced.url}/api/tiktok/webhook"})
    account = traced.connect("traced", privacy_level="SELF_ONLY")
    (post_id,) = traced.deliver("traced").json()["post_ids"]
    traced.wait_for(post_id, "published")
    wanted = {"cms.delivery", "post.publish", "media.photo", "tiktok.creator_info", "tiktok.photo_init",
              "post.publishing", "post.published", "tiktok.event"}  # fmt: skip
    spans = until(
        lambda: (found := spans_of(collector, trace_id)) and wanted <= {span["name"] for span in found} and found,
        what="all spans",
    )
    by_id = {span["span_id"]: span for span in spans}
    first = {span["name"]: span for span in reversed(spans)}
    assert first["cms.delivery"]["parent_id"] == cms_span

    def parent(name: str) -> str:
        return str(by_id[first[name]["parent_id"]]["name"])

    assert parent("post.publish") == "cms.delivery"
    assert {parent(name) for name in ("media.photo", "tiktok.photo_init", "post.publishing")} == {"post.publish"}
    # Poll and event race for the verdict; whichever comes second says nothing new.
    assert parent("tiktok.event") == "cms.delivery"
    assert parent("post.published") in {"post.poll", "cms.delivery"}
    assert {span["service"] for span in spans} == {"newsreel-web", "newsreel-worker"}
    assert first["tiktok.photo_init"]["attributes"]["code"] == "ok"
    assert first["post.published"]["attributes"]["post_id"] == post_id
    told = httpx.get(f"{collector}/spans", trust_env=False)
    assert told.json()["keys"] == [KEY]
    for secret in ("Жаңалық", account["open_id"], account["display_name"], traced.source["secret"], "Bearer", KEY):
        assert secret not in str(told.json()["spans"])
    assert KEY not in traced.logs()
    assert f'"trace_id": "{trace_id}"' in traced.logs()
    assert urlsplit(collector).netloc not in str(told.json()["spans"])
