"""What we touch of uvicorn beyond what it promises: a version that has moved a name fails here, not in a newsroom."""

import ast
import inspect
from pathlib import Path
from types import ModuleType

import uvicorn
from uvicorn.protocols.http import httptools_impl
from uvicorn.server import ServerState

from app.process import connection, server


def class_of(module: ModuleType, name: str) -> ast.ClassDef:
    body = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8")).body
    return next(node for node in body if isinstance(node, ast.ClassDef) and node.name == name)


CONNECTION, SERVER = class_of(connection, "Connection"), class_of(server, "DeskServer")
OURS = {node.name for node in CONNECTION.body if isinstance(node, ast.FunctionDef)}


def names_of(tree: ast.AST, owner: str) -> dict[str, bool]:
    """The attributes that a class touches of `owner`, and whether it sets them."""
    found: dict[str, bool] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == owner:
            found[node.attr] = found.get(node.attr, False) or isinstance(node.ctx, ast.Store)
    return found


def names_in(uvicorns: type) -> set[str]:
    """The attributes and methods that a class of uvicorn's has."""
    tree = ast.parse(inspect.getsource(uvicorns))
    declared = [node.target for node in ast.walk(tree) if isinstance(node, ast.AnnAssign)]
    fields = {target.id for target in declared if isinstance(target, ast.Name)}
    return fields | {name for name, is_set in names_of(tree, "self").items() if is_set} | set(dir(uvicorns))


def test_all_that_a_connection_takes_of_uvicorns_own_is_there():
    taken = {name for name, is_set in names_of(CONNECTION, "self").items() if not is_set} - OURS
    assert {"cycle", "pipeline", "parser", "_unset_keepalive_if_required"} <= taken
    assert taken <= names_in(httptools_impl.HttpToolsProtocol)
    assert names_of(CONNECTION, "self.cycle").keys() <= names_in(httptools_impl.RequestResponseCycle)
    assert names_of(CONNECTION, "self.server_state").keys() <= names_in(ServerState)


def test_all_that_a_connection_answers_is_still_asked_by_uvicorn():
    answered = {name for name in OURS if hasattr(httptools_impl.HttpToolsProtocol, name)}
    assert {"data_received", "on_header", "on_headers_complete", "on_response_complete", "shutdown"} <= answered
    assert {name for name in OURS if name.startswith(("on_", "connection_", "data_", "resume_"))} <= answered


def test_all_that_the_servers_end_takes_of_uvicorns_own_is_there():
    assert names_of(SERVER, "self.config").keys() <= names_in(uvicorn.Config)
    assert {"connections", "default_headers"} <= names_of(SERVER, "self.server_state").keys() <= names_in(ServerState)
    for method in ("startup", "shutdown", "handle_exit"):
        parameters = inspect.signature(getattr(uvicorn.Server, method)).parameters
        assert inspect.signature(getattr(server.DeskServer, method)).parameters.keys() == parameters.keys(), method


def test_uvicorn_still_has_no_limit_of_a_header_of_its_own():
    """Once it has one for httptools, of bytes and of seconds, `connection.py` should look whether it can go."""
    options = inspect.signature(uvicorn.Config.__init__).parameters
    told = ("header", "incomplete", "timeout")
    assert {name for name in options if any(word in name for word in told) and not name.startswith("ws_")} == {
        "proxy_headers", "server_header", "date_header", "headers", "h11_max_incomplete_event_size",
        "timeout_keep_alive", "timeout_notify", "timeout_graceful_shutdown", "timeout_worker_healthcheck",
    }  # fmt: skip
