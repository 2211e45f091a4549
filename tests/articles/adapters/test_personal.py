"""The kept copy of a delivery names no people and no secrets, and says the same of its article."""

import json

import pytest

from app.articles.adapters import ADAPTERS
from app.articles.deliveries.personal import LEFT_OUT, without_personal
from tests.articles.adapters.test_contract import CASES, canonical


def kept(case):
    return without_personal(case.body, case.headers.get("content-type", "application/json"))


def test_every_payload_makes_the_same_article_without_them():
    for case in CASES:
        adapter = ADAPTERS[case.kind]
        options = adapter.OPTIONS()
        now, before = (adapter.parse(body, options, case.headers) for body in (kept(case), case.body))
        assert canonical(now) == canonical(before), case.path.name


def test_what_running_cmses_tell_of_people_is_gone():
    bodies = {case.path.name: (case.body, kept(case)) for case in CASES}
    ghost = next(both for name, both in bodies.items() if name.startswith("ghost_6.65.0__005"))
    author = json.loads(ghost[0])["post"]["current"]["authors"][0]
    assert author["email"].encode() in ghost[0]
    assert all(b"@" not in body for _, body in bodies.values() if b'"email"' in body)
    said = json.loads(ghost[1])["post"]["current"]["authors"][0]
    assert (said["name"], said["email"]) == (author["name"], LEFT_OUT)
    assert b"s3cret" not in without_personal(b'{"type":"api-update","secret":"s3cret"}', "application/json")


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (b"user_email=a%40b.c&post_title=T", "application/x-www-form-urlencoded", b"user_email=%E2%80%A6&post_title=T"),
        (b'{"email": "a@b.c"', "application/json", b'{"email": "a@b.c"'),
        (b'{"email":' + b"[" * 100_000, "application/json", b'{"email":' + b"[" * 100_000),
        (b'{"text": "Write to a@b.c", "n": 1.50}', "application/json", b'{"text": "Write to a@b.c", "n": 1.50}'),
        (b'\xef\xbb\xbf{"User-Email": "a", "half": "\\ud83d"}', "application/json",
         b'{"User-Email":"\\u2026","half":"\\ud83d"}'),
    ],
)  # fmt: skip
def test_what_cannot_be_read_and_what_names_nobody_stays_as_it_came(body, content_type, expected):
    assert without_personal(body, content_type) == expected
