"""Whose each route is: said at the route, and an admin's where nothing is said.

A handler or controller says `opt=EDITOR` or `opt=ADMIN`. A program's key opens the API by scope: reading by `read`,
changing by `write`, and what says `opt=... | scope(Scope.sources)` or `| NO_KEY` is another matter. Pages take no key.
"""

from collections.abc import Mapping
from typing import Any

from app.auth.models import Role, Scope

EDITOR: dict[str, Any] = {"role": Role.editor}
ADMIN: dict[str, Any] = {"role": Role.admin}
NO_KEY: dict[str, Any] = {"scope": None}

_READS = frozenset({"GET", "HEAD"})


def scope(of: Scope) -> dict[str, Any]:
    """Say that a key needs this scope, to read and to change."""
    return {"scope": of}


def allows_role(options: Mapping[str, Any], role: Role) -> bool:
    """Tell whether a person in this role may call a route with these options."""
    return role is Role.admin or options.get("role", Role.admin) is Role.editor


def scopes_for(options: Mapping[str, Any], method: str) -> frozenset[Scope]:
    """The scopes of which a key needs one; none where no key opens this."""
    if "scope" not in options:
        return frozenset({Scope.read if method in _READS else Scope.write})
    wanted: Scope | None = options["scope"]
    if wanted is None:
        return frozenset()
    also_read = wanted is Scope.sources and method in _READS
    return frozenset({wanted, Scope.read} if also_read else {wanted})
