"""Which tests run beside each other: what shares a set-up stays together, and few long waits go on at a time."""

import re

from xdist.scheduler.loadscope import LoadScopeScheduling
from xdist.workermanage import WorkerController

_LONG_WAITS = re.compile(
    r"^tests/(functional|torture)/"
    r"|/(ops/test_(backup|migrations|rotate|upgrades)|process/test_(edge|installation|server|worker)|security/test_fuzz)\.py"
    r"|/test_(clock|browser\w*)\.py"
)
# What takes minutes, the longest first: begun last, they would keep one process at work when all others have ended.
_LONGEST = tuple(
    re.compile(pattern)
    for pattern in (
        r"/test_(browser_axe|crash_matrix|state_machine|upgrade)\.py",
        r"^tests/(functional|torture)/",
        r"/test_(backup|browser_inbox|browser_looks|fuzz|installation|migrations|rotate)\.py",
    )
)
_ON_ONE_INSTALLATION = re.compile(r"^tests/functional/shared/")
# Its parts share nothing, and take hours in `make torture`.
_EACH_ALONE = re.compile(r"/test_state_machine\.py")
_DATABASE = re.compile(r"\[(?:.*-)?(sqlite|postgresql)\b")


def unit_of(test: str) -> str:
    """Name the tests that one process runs one after the other: a file; of a long one, what is on the same database."""
    file = test.partition("::")[0]
    if _EACH_ALONE.search(file):
        return test
    if not is_long(file):
        return file
    database = _DATABASE.search(test)
    place = "tests/functional/shared/" if _ON_ONE_INSTALLATION.match(file) else file
    return f"{place} {database[1]}" if database else place


def is_long(unit: str) -> bool:
    """Tell whether a unit mostly waits for processes, leases and clocks."""
    return _LONG_WAITS.search(unit) is not None


def _rank(unit: str) -> int:
    return next((rank for rank, pattern in enumerate(_LONGEST) if pattern.search(unit)), len(_LONGEST))


class Lanes(LoadScopeScheduling):  # type: ignore[misc]  # it has no types
    """Half of the processes run the long waits, one file each, and the others fill their pauses with the short tests.

    pytest-xdist's own ways start every module's set-up in each process, or run the long waits all at once.
    """

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        wants_long = self.nodes.index(node) < max(1, len(self.nodes) // 2)
        fitting = [unit for unit in self.workqueue if is_long(unit) is wants_long]
        if fitting:
            self.workqueue.move_to_end(min(fitting, key=_rank), last=False)
        super()._assign_work_unit(node)
