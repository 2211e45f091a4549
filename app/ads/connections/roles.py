"""The three roles at an ad account, and what each may do."""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """As people know it: Admin does all, Operator all but money in and out, Analyst reads."""

    admin = "Admin"
    operator = "Operator"
    analyst = "Analyst"


class Need(StrEnum):
    """What somebody is about to do. `money` is what moves in and out of an ad account; a campaign's budget is not."""

    read = "read"
    write = "write"
    money = "money"


_WORDS: Mapping[str, Role] = {role.name.upper(): role for role in Role}
# A role that TikTok did not tell may write, and TikTok decides: it goes before one that surely may not.
_STRENGTH: Mapping[str | None, int] = {Role.admin: 3, Role.operator: 2, None: 1, Role.analyst: 0}
_FORBIDDEN: Mapping[Need, frozenset[Role]] = {
    Need.read: frozenset(),
    Need.write: frozenset({Role.analyst}),
    Need.money: frozenset({Role.analyst, Role.operator}),
}


def read_role(*texts: str) -> Role | None:
    """Read a role from what TikTok calls it, the first text that is one: ADMIN, ROLE_ADMIN, ADVERTISER_ROLE_ADMIN."""
    for text in texts:
        word = text.strip().upper().rpartition("ROLE_")[2]
        if word in _WORDS:
            return _WORDS[word]
    return None


def strength(role: str | None) -> int:
    """Tell how much a role may: more is stronger."""
    return _STRENGTH.get(role, _STRENGTH[None])


def forbids(role: str | None, need: Need) -> bool:
    """Tell whether this role surely may not do it."""
    return role in _FORBIDDEN[need]
