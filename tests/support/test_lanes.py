"""What shares a set-up runs in one process, and is not run twice."""

import pytest

from tests.support.lanes import unit_of


@pytest.mark.parametrize(
    ("test", "unit"),
    [
        ("tests/posts/send/test_publish.py::test_one[postgresql]", "tests/posts/send/test_publish.py"),
        ("tests/posts/send/test_publish.py::test_two", "tests/posts/send/test_publish.py"),
        ("tests/torture/test_faults.py::test_one[sqlite]", "tests/torture/test_faults.py sqlite"),
        ("tests/torture/test_faults.py::test_one[sqlite-1]", "tests/torture/test_faults.py sqlite"),
        ("tests/torture/test_upgrade.py::test_one[postgresql]", "tests/torture/test_upgrade.py postgresql"),
        ("tests/torture/test_state_machine.py::test_one[1]", "tests/torture/test_state_machine.py::test_one[1]"),
        ("tests/functional/test_demo.py::test_one", "tests/functional/test_demo.py"),
        ("tests/functional/shared/test_path.py::test_one[sqlite]", "tests/functional/shared/ sqlite"),
        ("tests/functional/shared/test_video.py::test_one[sqlite-mp4]", "tests/functional/shared/ sqlite"),
    ],
)
def test_tests_that_share_a_set_up_run_in_one_process(test: str, unit: str):
    assert unit_of(test) == unit
