"""By turns each test runs once, half of them on either database, and some on both always."""

import pytest

from tests.support.databases import split_by_turns

pytest_plugins = ["pytester"]

ROOM = """
import pytest

@pytest.fixture(params=["sqlite", "postgresql"])
def database(request):
    return request.param

@pytest.mark.parametrize("number", range(4))
def test_often(database, number): ...

def test_first(database): ...

def test_second(database): ...

@pytest.mark.both_databases
def test_race(database): ...

@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.skip)], indirect=True)
@pytest.mark.parametrize("other", ["sqlite", "postgresql"])
def test_from_one_to_the_other(database, other): ...

def test_without(): ...
"""


SETTINGS = """
[pytest]
asyncio_default_fixture_loop_scope = function
markers = both_databases
"""


def split(pytester: pytest.Pytester) -> tuple[list[str], list[str]]:
    pytester.makeini(SETTINGS)
    items, _ = pytester.inline_genitems(pytester.makepyfile(test_room=ROOM))
    runs, left_out = split_by_turns(items)
    assert sorted([*runs, *left_out], key=items.index) == items
    return [item.name for item in runs], [item.name for item in left_out]


def test_each_runs_once_and_the_next_on_the_other_database(pytester):
    runs, left_out = split(pytester)
    for name in ("test_often[{}-0]", "test_often[{}-1]", "test_often[{}-2]", "test_first[{}]", "test_second[{}]"):
        pair = {name.format("sqlite"), name.format("postgresql")}
        assert len(pair & {*runs}) == len(pair & {*left_out}) == 1
    often = dict(name.strip("]").partition("[")[2].split("-")[::-1] for name in runs if name.startswith("test_often"))
    assert often["0"] == often["2"] != often["1"] == often["3"]


def test_races_and_what_is_about_both_run_on_both(pytester):
    runs, left_out = split(pytester)
    always = [name for name in runs if name.startswith(("test_race", "test_from", "test_without"))]
    assert len(always) == 2 + 4 + 1
    assert not [name for name in left_out if name.startswith(("test_race", "test_from", "test_without"))]
