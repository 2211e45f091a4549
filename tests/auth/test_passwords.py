"""Which passwords are good enough, and how they are kept."""

import time

import pytest
from argon2 import PasswordHasher

from app.auth.passwords import check_password, hash_password, needs_rehash, verify_password
from app.errors import Invalid


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "eleven-char",
        "x" * 257,
        "aaaaaaaaaaaa",
        "121212121212",
        "Password123456!",
        "passwordpassword",
        "ADMIN-2026-2026",
        "1qaz2wsx3edc",
        "123456789012",
        "qwertyuiopas",
        "йцукен123456789",
        "editor@example.org",
    ],
)
def test_refuses_a_password_that_is_short_or_among_the_first_guesses(password):
    with pytest.raises(Invalid):
        check_password(password, email="editor@example.org")


@pytest.mark.parametrize(
    "password",
    ["a quiet harbour", "passwordless future", "correct-horse-battery", "жылы лебіз есті", "x7" + "🦊🌲🌊🔥🎈" * 2],
)
def test_takes_any_other_password_without_rules_of_composition(password):
    check_password(password, email="editor@example.org")


async def test_verifies_only_the_right_password():
    hashed = await hash_password("a quiet harbour at dawn")
    assert hashed.startswith("$argon2id$")
    assert await verify_password(hashed, "a quiet harbour at dawn")
    assert not await verify_password(hashed, "a quiet harbour at dusk")
    assert not await verify_password("no hash at all", "a quiet harbour at dawn")


async def test_takes_the_same_time_when_there_is_nobody_to_compare_with():
    hashed = await hash_password("a quiet harbour at dawn")
    times: dict[str | None, list[float]] = {hashed: [], None: []}
    for _ in range(9):
        for known, taken in times.items():
            start = time.perf_counter()
            assert not await verify_password(known, "a wrong guess here")
            taken.append(time.perf_counter() - start)
    known_time, unknown_time = (min(taken) for taken in times.values())
    # Both run the very same Argon2: the tolerance is for a machine that does other things beside.
    assert unknown_time == pytest.approx(known_time, rel=0.25)


async def test_notices_a_hash_of_weaker_parameters():
    assert needs_rehash(PasswordHasher(time_cost=1, memory_cost=8 * 1024).hash("a quiet harbour at dawn"))
    assert not needs_rehash(await hash_password("a quiet harbour at dawn"))
