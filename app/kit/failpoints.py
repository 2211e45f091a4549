"""Named places at which a test has the process die or stand still, to show that nothing is lost there.

Only an environment variable that names a folder brings them to life, and only a file in it sets one off, once: a
process that is started again after its death goes on living.
"""

import os
import signal
from pathlib import Path

ENVIRONMENT = "NEWSREEL_FAILPOINTS"
"""Names the folder. Each file in it arms the fail point of its name; `stop` in it asks for SIGSTOP, not SIGKILL."""

_folder = Path(os.environ[ENVIRONMENT]) if os.environ.get(ENVIRONMENT) else None


def reach(name: str) -> None:
    """Mark the fail point `name`: whoever comes here first after it was armed gets the signal. Costs nothing else."""
    if _folder is not None:
        _take(_folder, name)


def _take(folder: Path, name: str) -> None:
    armed = folder / name
    try:
        what = armed.read_text()
        # Renaming tells processes that come here at once which of them was first, and the test who it was.
        armed.rename(folder / f"{name}.{os.getpid()}")
    except OSError:
        return
    os.kill(os.getpid(), signal.SIGSTOP if what == "stop" else signal.SIGKILL)
