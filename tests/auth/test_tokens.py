"""Login tokens: only ours, only in time, whichever key of the ring signed them."""

from datetime import timedelta

import jwt
import pytest

from app.auth.tokens import Claims, is_csrf_token, issue_token, make_csrf_token, read_token
from app.kit.clock import utcnow

NEW, OLD = "new-" + "n" * 40, "old-" + "o" * 40


def issue(*keys: str, life: float = 60.0) -> str:
    now = utcnow()
    return issue_token(keys, admin_id="admin", jti="jti", now=now, expires_at=now + timedelta(seconds=life))


def test_reads_what_any_key_of_the_ring_signed():
    assert read_token((NEW, OLD), issue(OLD)) == Claims("admin", "jti")
    assert read_token((NEW, OLD), issue(NEW)) == Claims("admin", "jti")


def test_refuses_a_token_of_a_dropped_key():
    assert read_token((NEW,), issue(OLD)) is None


def test_refuses_a_token_that_is_over():
    assert read_token((NEW,), issue(NEW, life=-1)) is None


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "Bearer x", "é", "x" * 5000, "..", "\x00", "\ud800"])
def test_refuses_what_is_no_token(token):
    assert read_token((NEW,), token) is None


def test_refuses_an_unsigned_token_and_one_without_a_jti():
    claims = {"sub": "admin", "jti": "jti", "iat": utcnow(), "exp": utcnow() + timedelta(hours=1)}
    assert read_token((NEW,), jwt.encode(claims, "", algorithm="none")) is None
    assert read_token((NEW,), jwt.encode(claims, NEW, algorithm="HS256")) is None
    parts = issue(NEW).split(".")
    assert read_token((NEW,), f"{parts[0]}.{parts[1]}.") is None


def test_csrf_token_belongs_to_one_login():
    token = make_csrf_token((OLD,), "jti")
    assert is_csrf_token((NEW, OLD), "jti", token)
    assert not is_csrf_token((NEW, OLD), "another", token)
    assert not is_csrf_token((NEW,), "jti", token)
    assert not is_csrf_token((NEW,), "jti", "")
    assert not is_csrf_token((NEW,), "jti", "\ud800é")
