"""Passwords: which are good enough, and their Argon2id hashes."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.errors import Invalid
from app.messages import access

SHORTEST = 12
LONGEST = 256

# argon2-cffi's defaults (RFC 9106: t=3, m=64 MiB, p=4), 90 ms. Four threads: a flood of logins takes 256 MiB, no more.
HASHER = PasswordHasher()
_THREADS = ThreadPoolExecutor(max_workers=4, thread_name_prefix="argon2")
# Compared with where there is no such admin, so that the time of the answer tells nothing. No password has this hash.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$bm9ib2R5LWhhcy10aGlz$" + "A" * 43

_MIN_DIFFERENT_CHARACTERS = 5
_WORD_LIST = (
    "abc admin administrator baseball changeme default dragon football guest iloveyou letmein login master monkey "
    "p@ssw0rd pass passw0rd password qwerty qwertyuiop qwertz root secret shadow starwars sunshine superman test "
    "trustno welcome пароль админ йцукен қазақстан"
)
_LIST = (
    "1q2w3e4r5t6y 1q2w3e4r5t6y7u 1qaz2wsx3edc 1qaz2wsx3edc4rfv zaq12wsxcde3 qazwsxedcrfv qwertyasdfgh qwertyuiopasdf "
    "qwertyuiop[] asdfghjkl123 zxcvbnm12345 q1w2e3r4t5y6 a1b2c3d4e5f6 aa123456789 abcd12345678 iloveyou1234 "
    "changemeplease letmeinplease thisismypassword mypassword1234 opensesame123 йцукенгшщзхъ"
)
_COMMON_WORDS = frozenset(_WORD_LIST.split())
_COMMON = frozenset(_LIST.split())
_SEQUENCES = (
    "01234567890123456789",
    "98765432109876543210",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
)
_DECORATION = re.compile(r"^[\W\d_]+|[\W\d_]+$")


def check_password(password: str, *, email: str) -> None:
    """Raise Invalid where a password is too short or among those that guessers try first. No rules of composition."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid(access.password_length(shortest=SHORTEST, longest=LONGEST))
    if _is_common(password.casefold()) or password.casefold() == email.casefold():
        raise Invalid(access.GUESSED_FIRST)


def _is_common(password: str) -> bool:
    word = _DECORATION.sub("", password)
    half = password[: len(password) // 2]
    return (
        len(set(password)) < _MIN_DIFFERENT_CHARACTERS
        or password in _COMMON
        or word in _COMMON_WORDS
        or (half * 2 == password and half in _COMMON_WORDS)
        or any(password in sequence for sequence in _SEQUENCES)
    )


async def hash_password(password: str) -> str:
    """Hash a password in a thread."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, HASHER.hash, password)


async def verify_password(password_hash: str | None, password: str) -> bool:
    """Compare in a thread; without a hash it takes the same time and is false."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _verify, password_hash or _NOBODY, password)


def needs_rehash(password_hash: str) -> bool:
    """Tell whether a hash was made with weaker parameters than today's."""
    return HASHER.check_needs_rehash(password_hash)


def _verify(password_hash: str, password: str) -> bool:
    try:
        return HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
