"""Whatever happens to a newsroom, in whatever order: one post per article and account, and none that is lost (T12)."""

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.torture.machine import CAP, NewsroomMachine
from tests.torture.stage import Stage

EXAMPLES = int(os.environ.get("TORTURE_EXAMPLES", "6"))
_LONG = 100
"""So many examples are asked for by whoever has hours."""
PARTS = 4 if EXAMPLES >= _LONG else 1
"""Pieces that run beside each other, where there are processors for them."""


@pytest.mark.timeout(0)
@pytest.mark.parametrize("part", range(PARTS))
def test_no_order_of_events_loses_or_doubles_a_post(sqlite_template: bytes, part: int):
    with Stage(sqlite_template, daily_cap=CAP) as stage:
        NewsroomMachine.stage = stage
        run_state_machine_as_test(
            NewsroomMachine,
            settings=settings(
                max_examples=EXAMPLES // PARTS,
                stateful_step_count=50 if EXAMPLES >= _LONG else 25,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                print_blob=True,
            ),
        )
