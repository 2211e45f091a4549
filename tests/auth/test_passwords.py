"""Which passwords are good enough, and how they are kept."""

import pytest
from argon2 import PasswordHasher, extract_parameters

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


async def test_verifies_only_the_right_password(real_argon2):
    hashed = await hash_password("a quiet harbour at dawn")
    assert hashed.startswith("$argon2id$")
    assert await verify_password(hashed, "a quiet harbour at dawn")
    assert not await verify_password(hashed, "a quiet harbour at dusk")
    assert not await verify_password("no hash at all", "a quiet harbour at dawn")


async def test_runs_the_very_same_argon2_when_there_is_nobody_to_compare_with(real_argon2, monkeypatch):
    hashed = await hash_password("a quiet harbour at dawn")
    costs = []

    def verify(_hasher: PasswordHasher, against: str, password: str) -> bool:
        parameters = extract_parameters(against)
        costs.append((parameters.time_cost, parameters.memory_cost, parameters.parallelism, parameters.hash_len))
        return real_verify(_hasher, against, password)

    real_verify = PasswordHasher.verify
    monkeypatch.setattr(PasswordHasher, "verify", verify)
    for known in (hashed, None):
        assert not await verify_password(known, "a wrong guess here")
    assert costs[0] == costs[1]


async def test_notices_a_hash_of_weaker_parameters(real_argon2):
    assert needs_rehash(PasswordHasher(time_cost=1, memory_cost=8 * 1024).hash("a quiet harbour at dawn"))
    assert not needs_rehash(await hash_password("a quiet harbour at dawn"))
