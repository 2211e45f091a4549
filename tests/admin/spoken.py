"""Finds every English sentence that the program may store for an editor, or raise before one, outside `app.admin`."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice, product
from pathlib import Path

from app.config import ROOT

_WHERE = (
    "app/posts/**/*.py",
    "app/media/**/*.py",
    "app/accounts/**/*.py",
    "app/limits/*.py",
    "app/auth/*.py",
    "app/articles/sources.py",
    "app/tiktok/calls.py",
    "app/tiktok/oauth.py",
    "app/articles/adapters/pictures.py",
    "app/kit/http/fetch.py",
    "app/kit/http/addresses.py",
)
_SENTENCE = re.compile(r"[a-z]{2,}[,;:]? [a-z({]|[a-z]{2,} [A-Z0-9{]")
_FIELD = re.compile(r"\{\w+\}")
_VALUE = "7"
# For whoever writes or runs the program, not for an editor.
_NOT_FOR_EDITORS = frozenset({"ValueError", "TypeError", "RuntimeError", "AssertionError", "ConfigurationError"})
_MOST_WAYS = 16


@dataclass(frozen=True, slots=True, order=True)
class Spoken:
    """A sentence as it may come out, with 7 for what is filled in."""

    text: str
    place: str


def find_spoken() -> set[Spoken]:
    """Every string of these modules that reads like a sentence and is not a docstring, a log line or a programmer's."""
    return {spoken for pattern in _WHERE for path in sorted(ROOT.glob(pattern)) for spoken in _in_module(path)}


def _in_module(path: Path) -> Iterator[Spoken]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {id(part) for node in ast.walk(tree) if _is_skipped(node) for part in ast.walk(node)}
    of_module, of_scope = _assigned(tree.body), cache(lambda scope: _assigned(ast.walk(scope)))
    for scope, node in _texts(tree, tree):
        if id(node) in skipped:
            continue
        for text in _ways(node, of_module | of_scope(scope)):
            # What begins with a space is only ever put behind another sentence, and found with it.
            if _SENTENCE.search(text) and not text.startswith(" "):
                yield Spoken(text, f"{path.relative_to(ROOT)}:{node.lineno}")


def _texts(scope: ast.AST, node: ast.AST) -> Iterator[tuple[ast.AST, ast.Constant | ast.JoinedStr]]:
    """Every string below a node, whole, with the function that it stands in."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.Constant, ast.JoinedStr)):
            yield scope, child
        else:
            is_function = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef))
            yield from _texts(child if is_function else scope, child)


def _is_skipped(node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Call(func=ast.Attribute(value=ast.Name(id="log" | "re" | "sa"))):
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name in _NOT_FOR_EDITORS
        case _:
            return False


def _assigned(nodes: Iterable[ast.AST]) -> dict[str, list[ast.expr]]:
    """What variables are set to."""
    found: dict[str, list[ast.expr]] = {}
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found.setdefault(node.targets[0].id, []).append(node.value)
    return found


def _ways(node: ast.AST, known: dict[str, list[ast.expr]]) -> list[str]:
    """The texts that an expression may come to."""
    match node:
        case ast.Constant(value=str(text)):
            return [_FIELD.sub(_VALUE, text)]
        case ast.JoinedStr(values=parts):
            return ["".join(way) for way in islice(product(*(_ways(part, known) for part in parts)), _MOST_WAYS)]
        case ast.FormattedValue(value=ast.Name(id=name)) if name in known:
            rest = {other: values for other, values in known.items() if other != name}
            return [way for value in known[name] for way in _ways(value, rest)]
        case ast.IfExp(body=body, orelse=orelse):
            return _ways(body, known) + _ways(orelse, known)
        case _:
            return [_VALUE]
