"""Who may import whom, and what no module may do: read from the source, so that a slip fails before it runs."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path

from app.config import ROOT

APP = ROOT / "app"

GROUND = {
    "config", "config_emulated", "config_faults", "config_keys", "config_service", "config_sources",
    "errors", "kit", "messages", "meters",
}  # fmt: skip
CLIENTS = {"tiktok", "tiktok_business"}
SPINE = {"audit", "db", "jobs", "models", "process", "queue", "resources", "web"}
LAYERS = (
    GROUND,
    CLIENTS | SPINE,
    {"auth", "captions", "limits", "media", "outbox"},
    {"accounts", "articles", "notifications", "webhooks"},
    {"posts", "ads"},
    # Comments stand under ads: their inbox knows ad accounts, their roles and how a write there is made.
    {"comments"},
    {"admin"},
    {"ops"},
)
COMPOSITION = {
    "__init__", "__main__", "cli", "cli_ads", "cli_backups", "cli_comments", "emulated", "main", "worker",
}  # fmt: skip
# A demo and a rehearsal are nothing without a TikTok to play against.
REHEARSALS = {"app/cli.py", "app/emulated.py", "app/ops/demo/stage.py", "app/ops/demo/rehearsal.py"}
FACES_OF_A_SLICE = ("controllers", "guards", "middleware", "cookies")

# Within a row nobody imports a neighbour, but for the order in which the ground and the spine are built.
IN_ORDER = {
    # A setting that names a time zone is checked as one.
    ("config", "kit"),
    ("errors", "messages"), ("kit", "messages"),
    ("config", "errors"), ("config", "config_sources"), ("config", "config_emulated"), ("config", "config_service"),
    ("config", "config_keys"), ("config_keys", "errors"), ("config_sources", "errors"), ("config_service", "kit"),
    ("config", "config_faults"), ("config_faults", "kit"),
    ("meters", "kit"), ("jobs", "db"), ("resources", "db"), ("resources", "queue"),
    ("models", "jobs"), ("web", "db"), ("resources", "web"),
    ("process", "web"), ("process", "jobs"), ("process", "queue"), ("process", "resources"), ("process", "db"),
}  # fmt: skip
# A table may speak of another slice's: a post keeps its account's mode.
TABLES_IN_ORDER = {("posts", "accounts")}


class Module:
    """One source file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.relative_to(ROOT).as_posix()
        parts = path.relative_to(APP).with_suffix("").parts
        self.member, self.stem = parts[0], parts[-1]
        # A slice's tables belong to the spine: every table is one part of one database.
        is_tables = len(parts) > 1 and parts[1].startswith("models")
        self.is_tables = is_tables and self.member not in CLIENTS | {"emulator"}
        self.tree = ast.parse(path.read_text(encoding="utf-8"))

    @property
    def layer(self) -> int:
        if self.is_tables:
            return 1
        if self.member in COMPOSITION:
            return len(LAYERS)
        return next(number for number, members in enumerate(LAYERS) if self.member in members)

    @property
    def is_face(self) -> bool:
        return self.stem.startswith(FACES_OF_A_SLICE) or self.stem.endswith("_routes")

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All of its syntax, once for all that look at it."""
        return tuple(ast.walk(self.tree))

    @cached_property
    def imports(self) -> tuple[str, ...]:
        """Dotted names of all that is imported at run time; `from a import b` gives `a.b`."""
        return tuple(self._imports())

    def _imports(self) -> Iterator[str]:
        for node in _walk_without_typing(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.name} has a relative import"
                yield from (f"{node.module}.{alias.name}" for alias in node.names)

    def imported_members(self) -> Iterator[tuple[str, bool]]:
        """Members of the app that are imported, and whether only their tables are."""
        for name in self.imports:
            parts = name.split(".")
            if parts[0] == "app" and len(parts) > 1 and parts[1] != "__version__":
                yield parts[1], len(parts) > 2 and parts[2].startswith("models") and parts[1] not in CLIENTS


def _walk_without_typing(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        yield from _walk_without_typing(node)


@cache
def all_modules() -> tuple[Module, ...]:
    return tuple(Module(path) for path in sorted(APP.rglob("*.py")))


def ours() -> list[Module]:
    return [module for module in all_modules() if module.member != "emulator"]


def slices() -> list[Module]:
    return [module for module in ours() if 2 <= module.layer < len(LAYERS)]


def offences(modules: list[Module], *forbidden: str) -> list[str]:
    return [
        f"{module.name} imports {name}"
        for module in modules
        for name in module.imports
        if any(name == word or name.startswith(f"{word}.") for word in forbidden)
    ]


def test_every_module_has_a_layer():
    known = set().union(*LAYERS) | COMPOSITION | {"emulator"}
    assert {module.name for module in all_modules() if module.member not in known} == set()


def test_the_manual_draws_the_rows_that_are_held_here():
    text = (ROOT / "templates" / "help" / "developing.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| [a-z][a-z ]+ \| (`.+`) \|$", text.partition("## Layers")[2], re.MULTILINE)
    drawn = [set(re.findall(r"`(\w+)`", row)) for row in reversed(rows)]
    whole = {name for name in GROUND | COMPOSITION if "_" not in name}
    assert drawn == [whole & GROUND, CLIENTS, SPINE, *LAYERS[2:], whole & COMPOSITION - {"emulated"}]
    named = set(re.findall(r"^app/(\w+)/", text, re.MULTILINE))
    assert named == {path.parent.name for path in APP.glob("*/__init__.py")}


def test_imports_only_go_down_and_never_to_a_neighbour():
    wrong = []
    for module in ours():
        if module.layer == len(LAYERS):
            continue
        for member, is_tables in module.imported_members():
            layer = 1 if is_tables else next((n for n, members in enumerate(LAYERS) if member in members), len(LAYERS))
            is_inside = member == module.member
            is_lower = layer < module.layer
            is_in_order = (module.member, member) in IN_ORDER
            is_for_tables = module.is_tables and member == "db"
            is_all_tables = module.name == "app/models.py" and is_tables
            is_all_tables |= module.is_tables and is_tables and (module.member, member) in TABLES_IN_ORDER
            is_rehearsal = module.name in REHEARSALS and member == "emulator"
            if not (is_inside or is_lower or is_in_order or is_for_tables or is_all_tables or is_rehearsal):
                wrong.append(f"{module.name} imports app.{member}")
    assert wrong == []


def test_clients_know_neither_settings_nor_database_nor_tables():
    clients = [module for module in ours() if module.member in CLIENTS]
    assert clients
    assert offences(clients, "app.config", "app.db", "app.models", "sqlalchemy", "sqlmodel", "pydantic_settings") == []


def test_kit_knows_nothing_of_news_or_tiktok():
    kit = [module for module in ours() if module.member == "kit"]
    assert offences(kit, "app.config", "app.errors", "litestar") == []


def test_only_the_faces_of_a_slice_know_the_web_framework():
    inner = [module for module in slices() if module.member != "admin" and not module.is_face]
    assert offences(inner, "litestar", "uvicorn", "starlette") == []


def test_controllers_neither_query_nor_call_anyone():
    controllers = [m for m in slices() if m.stem.startswith("controllers") or m.stem.endswith("_routes")]
    assert controllers
    queries = ("select", "col", "func", "update", "delete", "insert", "or_", "and_", "text")
    forbidden = [f"sqlmodel.{name}" for name in queries] + [f"sqlalchemy.{name}" for name in queries]
    found = offences(controllers, *forbidden, "httpx", "aiohttp", "app.tiktok", "app.kit.http.client")
    found += [f"{m.name} imports {name}" for m in controllers for name in m.imports if name == "sqlalchemy"]
    assert found == []


def test_the_emulator_imports_nothing_of_ours_and_only_the_command_line_imports_it():
    emulator = [module for module in all_modules() if module.member == "emulator"]
    assert emulator
    foreign = [
        f"{m.name}: app.{member}" for m in emulator for member, _ in m.imported_members() if member != "emulator"
    ]
    assert foreign == []
    assert offences([m for m in ours() if m.name not in REHEARSALS], "app.emulator") == []


def test_only_the_queue_and_the_workers_import_arq():
    queue = {"app/queue.py", "app/process/job_loop.py", "app/kit/arq_inside.py"}
    assert offences([m for m in ours() if m.name not in queue], "arq") == []


def test_one_file_touches_what_arq_does_not_promise():
    inside = ("arq.constants", "arq.jobs", "arq.utils")
    others = [module for module in ours() if module.name != "app/kit/arq_inside.py"]
    private = {"in_progress_timeout_s", "allow_pick_jobs", "next_run", "cron_jobs"}
    touched = [
        f"{module.name} line {node.lineno}"
        for module in others
        for node in module.nodes
        if isinstance(node, ast.Attribute) and node.attr in private
    ]
    assert [offence for name in inside for offence in offences(others, name)] + touched == []


def test_only_kit_builds_http_clients_for_what_runs_in_production():
    allowed = {"app/kit/http/client.py", "app/kit/http/fetch.py", "app/kit/http/inside.py"}
    allowed |= {f"app/ops/demo/{name}.py" for name in ("run", "processes", "calls", "life")}
    building = [
        f"{module.name} line {node.lineno}"
        for module in ours()
        if module.name not in allowed
        for node in module.nodes
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"httpx.AsyncClient", "httpx.Client", "AsyncClient"}
    ]
    assert building == []


def test_only_db_commits():
    committing = [
        f"{module.name} line {node.lineno}"
        for module in ours()
        if module.name != "app/db.py"
        for node in module.nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]
    assert committing == []


def test_only_transitions_assigns_the_state_of_a_post():
    found = [
        f"{module.name} line {line}"
        for module in ours()
        if module.name != "app/posts/transitions.py"
        for line in _assignments_of_a_posts_state(module)
    ]
    assert found == []


def _assignments_of_a_posts_state(module: Module) -> Iterator[int]:
    for node in module.nodes:
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                is_state = isinstance(target, ast.Attribute) and target.attr == "state"
                if is_state and (module.member == "posts" or "post" in ast.unparse(target).lower()):
                    yield node.lineno
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "values":
            names = {keyword.arg for keyword in node.keywords}
            if "state" in names and "update(Post)" in ast.unparse(node.func):
                yield node.lineno
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "setattr" and "'state'" in ast.unparse(node):
            yield node.lineno


def test_only_the_vaults_module_knows_the_table_of_tokens():
    # Where the table is defined and listed; and the command that says what helps where no key opens a row of it.
    allowed = {"app/accounts/models.py", "app/models.py", "app/ops/commands.py"}
    others = [m for m in ours() if m.name not in allowed and not m.name.startswith("app/accounts/tokens/")]
    assert [f"{m.name} line {line}" for m in others for line in _mentions(m, "AccountTokens", "account_tokens")] == []


def _mentions(module: Module, name: str, table: str) -> Iterator[int]:
    for node in module.nodes:
        is_named = (
            (isinstance(node, ast.ImportFrom) and name in {alias.name for alias in node.names})
            or (isinstance(node, ast.Attribute) and node.attr == name)
            or (isinstance(node, ast.Name) and node.id == name)
            or (isinstance(node, ast.Constant) and isinstance(node.value, str) and table in node.value)
        )
        if is_named:
            yield getattr(node, "lineno", 0)


def test_no_module_with_handlers_postpones_its_annotations():
    litestar = [module for module in ours() if any(name.startswith("litestar") for name in module.imports)]
    assert litestar
    assert offences(litestar, "__future__.annotations") == []


def test_files_and_functions_stay_within_the_hard_stop():
    too_long = []
    for module in all_modules():
        lines = module.path.read_text(encoding="utf-8").count("\n")
        too_long += [module.name] if lines > 400 else []
        for node in module.nodes:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                length = (node.end_lineno or 0) - node.lineno
                too_long += [f"{module.name}: {node.name}"] if length > 60 else []
    assert too_long == []


def test_every_module_says_what_lives_in_it():
    silent = [
        module.name for module in all_modules() if not ast.get_docstring(module.tree) and module.stem != "__init__"
    ]
    assert silent == []


def test_outsiders_use_of_a_slice_only_what_its_init_names():
    """`__all__` in a slice's `__init__` names the modules that others may import; none is named in vain.

    They are names alone: a slice that imported its modules there would bring all of them into every process.
    """
    modules = {_dotted(module): module for module in all_modules()}
    members = {module.member for module in slices() if module.layer < len(LAYERS) - 2}
    used: dict[str, set[str]] = {member: set() for member in members}
    wrong = []
    for module in ours():
        for name in module.imports:
            found = modules.get(name) or modules.get(name.rpartition(".")[0])
            if found is None or found.member not in members - {module.member}:
                continue
            inner = _dotted(found).removeprefix(f"app.{found.member}").removeprefix(".")
            used[found.member].add(inner)
            wrong += [] if inner in _named(modules[f"app.{found.member}"]) else [f"{module.name} imports {name}"]
    assert wrong == []
    assert {member: _named(modules[f"app.{member}"]) - names for member, names in used.items()} == {
        member: set() for member in members
    }


def _named(slice_: Module) -> set[str]:
    for node in slice_.tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return set(ast.literal_eval(node.value))
    return set()


def test_folders_make_no_circle():
    """A folder of a slice, and each file beside it, is one room: nobody needs a room that needs theirs."""
    rooms: dict[str, set[str]] = {}
    known = {_dotted(module) for module in all_modules()}
    for module in all_modules():
        room = _room(_dotted(module))
        found = {name if name in known else name.rpartition(".")[0] for name in module.imports}
        rooms.setdefault(room, set()).update(_room(name) for name in found & known)
    circles = [circle for circle in _circles(rooms) if len(circle) > 1]
    assert circles == []


def _dotted(module: Module) -> str:
    return module.name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _room(name: str) -> str:
    parts = name.split(".")
    is_folder = (ROOT / Path(*parts)).is_dir()
    folder = parts if is_folder else parts[:-1]
    return ".".join(folder) if len(folder) >= 3 else name


def _circles(rooms: dict[str, set[str]]) -> list[set[str]]:
    """Give the sets of rooms of which each can be reached from each."""
    reached = {room: _reach(room, rooms) for room in rooms}
    circles = []
    for room, others in reached.items():
        circle = {room} | {other for other in others if room in reached.get(other, set())}
        if circle not in circles:
            circles.append(circle)
    return circles


def _reach(room: str, rooms: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    todo = [room]
    while todo:
        for other in rooms.get(todo.pop(), set()) - seen - {room}:
            seen.add(other)
            todo.append(other)
    return seen


def test_a_worker_carries_no_web_framework_and_no_client_that_it_may_never_need():
    """Each is megabytes, in every worker of every installation."""
    heavy = {"litestar", "app.emulator", "app.tiktok_business.client"}
    look = f"import sys, app.worker; app.worker.load_jobs(); print(*{heavy} & {{*sys.modules}})"
    found = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.split() == []
