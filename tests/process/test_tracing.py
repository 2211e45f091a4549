"""Traces: nothing at all where they are off, and the right parents where they are on."""

import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from app.config import ROOT
from app.kit import tracing
from app.kit.redact import redact
from app.kit.tracing import span, trace_id, traceparent

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GIVEN = f"00-{TRACE}-{PARENT}-01"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator["InMemorySpanExporter"]:
    """Traces are on, and what ends is kept in memory."""
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing.Tracing, "tracer", provider.get_tracer("test"))
    yield exporter
    provider.shutdown()


def test_where_traces_are_off_nothing_of_them_is_loaded():
    script = (
        "import sys\n"
        "from app.kit.tracing import span, trace_id, traceparent\n"
        "import app.worker, app.main\n"
        f"with span('post.publish', parent='{GIVEN}', is_first=True, post_id='p') as step:\n"
        "    step.set(code='ok'); step.fail('x')\n"
        "    assert (step.traceparent, traceparent(), trace_id()) == (None, None, None)\n"
        "assert not [name for name in sys.modules if name.startswith('opentelemetry')]\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, timeout=60)


def test_a_step_names_the_given_parent_and_the_steps_in_it_name_the_step(spans):
    with span("outer", parent=GIVEN) as outer, span("inner") as inner:
        assert outer.traceparent is not None
        assert traceparent() == inner.traceparent
        assert trace_id() == TRACE
    inside, around = spans.get_finished_spans()
    assert (inside.name, around.name) == ("inner", "outer")
    assert {f"{found.context.trace_id:032x}" for found in (inside, around)} == {TRACE}
    assert f"{around.parent.span_id:016x}" == PARENT
    assert inside.parent.span_id == around.context.span_id


def test_a_step_under_way_of_the_same_trace_is_the_nearer_parent(spans):
    with span("outer", parent=GIVEN), span("inner", parent=GIVEN):
        pass
    inside, around = spans.get_finished_spans()
    assert inside.parent.span_id == around.context.span_id


def test_a_row_of_another_trace_wins_over_the_step_under_way(spans):
    other = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    with span("outer", parent=GIVEN), span("inner", parent=other):
        pass
    inside, _ = spans.get_finished_spans()
    assert f"{inside.context.trace_id:032x}" == "a" * 32


@pytest.mark.parametrize("parent", [None, "", "nonsense", "00-" + "0" * 32 + "-" + "b" * 16 + "-01", GIVEN + "-x"])
def test_a_step_without_a_trace_is_kept_only_if_it_begins_one(spans, parent):
    with span("sweep", parent=parent) as step:
        assert step.traceparent is None
    with span("delivery", parent=parent, is_first=True):
        pass
    (only,) = spans.get_finished_spans()
    assert (only.name, only.parent) == ("delivery", None)


def test_a_caller_that_does_not_want_a_trace_gets_none(spans):
    with span("delivery", parent=f"00-{TRACE}-{PARENT}-00", is_first=True):
        pass
    assert spans.get_finished_spans() == ()


def test_an_error_is_told_by_its_class_alone(spans):
    def fail() -> None:
        with span("post.publish", parent=GIVEN):
            raise ValueError("access_token=act.canary0000000000000000")

    with pytest.raises(ValueError, match="access_token"):
        fail()
    (found,) = spans.get_finished_spans()
    assert found.status.description == "ValueError"
    assert found.events == ()
    assert "canary" not in found.to_json()


def test_attributes_are_short_and_without_secrets(spans):
    with span("tiktok.token", parent=GIVEN, note="Bearer canary-0123456789", long="x" * 1000, none=None) as step:
        step.set(later="client_secret=canary-0123456789")
    (found,) = spans.get_finished_spans()
    assert "canary" not in found.to_json()
    assert len(found.attributes["long"]) == 200
    assert "none" not in found.attributes


def test_the_collectors_headers_are_read_and_hidden():
    headers = tracing.read_headers("api-key=canary%2Dcollector%2Dkey, X-Scope=news ,nonsense")
    assert headers == {"api-key": "canary-collector-key", "x-scope": "news"}
    assert "canary" not in redact("sent canary-collector-key to the collector")
