"""Which bytes answer which request."""

import pytest

from app.media.serving import plan_answer

ETAG = '"abc"'


def plan(method="GET", size=1000, **headers):
    return plan_answer(method, {name.replace("_", "-"): value for name, value in headers.items()}, size=size, etag=ETAG)


def test_a_plain_request_gets_the_whole_file():
    answer = plan()
    assert (answer.status, answer.start, answer.length) == (200, 0, 1000)
    assert answer.headers == {"etag": ETAG, "accept-ranges": "bytes", "content-length": "1000"}


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-499", 0, 499),
        ("bytes=500-", 500, 999),
        ("bytes=0-", 0, 999),
        ("bytes=-1", 999, 999),
        ("bytes=-500", 500, 999),
        ("bytes=-5000", 0, 999),
        ("bytes=999-999", 999, 999),
        ("bytes=990-5000", 990, 999),
        (" bytes=1-2 ", 1, 2),
    ],
)
def test_a_range_gets_its_part(wanted, first, last):
    answer = plan(range=wanted)
    assert (answer.status, answer.start, answer.length) == (206, first, last - first + 1)
    assert answer.headers["content-range"] == f"bytes {first}-{last}/1000"
    assert answer.headers["content-length"] == str(last - first + 1)


@pytest.mark.parametrize("wanted", ["bytes=1000-", "bytes=1000-1001", "bytes=-0", "bytes=999999999999999999-"])
def test_a_range_beyond_the_end_is_416(wanted):
    answer = plan(range=wanted)
    assert (answer.status, answer.length) == (416, 0)
    assert answer.headers["content-range"] == "bytes */1000"


@pytest.mark.parametrize(
    "wanted",
    [
        "bytes=0-1,5-6",
        "bytes=5-2",
        "bytes=-",
        "bytes=a-b",
        "items=0-5",
        "bytes 0-5",
        "",
        "bytes=--5",
        "bytes=" + "9" * 99,
    ],
)
def test_several_or_senseless_ranges_get_the_whole_file(wanted):
    answer = plan(range=wanted)
    assert (answer.status, answer.length) == (200, 1000)


def test_a_head_request_ignores_ranges():
    assert plan("HEAD", range="bytes=0-5").status == 200


@pytest.mark.parametrize("tags", ['"abc"', 'W/"abc"', '"x", "abc"', "*"])
def test_an_unchanged_file_is_304(tags):
    answer = plan(if_none_match=tags, range="bytes=0-5")
    assert (answer.status, answer.length) == (304, 0)
    assert answer.headers["etag"] == ETAG


def test_another_tag_gets_the_file():
    assert plan(if_none_match='"x"').status == 200


def test_a_range_of_another_version_gets_the_whole_file():
    assert plan(range="bytes=0-5", if_range='"x"').status == 200
    assert plan(range="bytes=0-5", if_range=ETAG).status == 206
