"""Whatever happens to a newsroom, in whatever order: one post per article and account, and none that is lost (T12)."""

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.torture.machine import CAP, NewsroomMachine
from tests.torture.stage import Stage

_LONG = 100
"""So many examples are asked for by whoever has hours."""


@pytest.mark.timeout(0)
def test_no_order_of_events_loses_or_doubles_a_post(sqlite_template: bytes):
    examples = int(os.environ.get("TORTURE_EXAMPLES", "10"))
    steps = 50 if examples >= _LONG else 25
    with Stage(sqlite_template, daily_cap=CAP) as stage:
        NewsroomMachine.stage = stage
        run_state_machine_as_test(
            NewsroomMachine,
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                print_blob=True,
            ),
        )
