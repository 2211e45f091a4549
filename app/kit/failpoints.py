"""Named places at which a test has the process die or stand still, to show that nothing is lost there.

Only an environment variable that names a file brings them to life, and only that file's content sets one off: a process
that is started again after its death goes on living.
"""

import os
import signal
from pathlib import Path

ENVIRONMENT = "NEWSREEL_FAILPOINT_FILE"
"""Names the file. It holds a fail point's name and, after a space, `stop` where SIGSTOP shall take SIGKILL's place."""

_file = Path(os.environ[ENVIRONMENT]) if os.environ.get(ENVIRONMENT) else None


def reach(name: str) -> None:
    """Mark the fail point `name`: whoever comes here first after it was armed gets the signal. Costs nothing else."""
    if _file is not None:
        _take(_file, name)


def _take(file: Path, name: str) -> None:
    try:
        armed, _, what = file.read_text().strip().partition(" ")
        if armed != name:
            return
        # Renaming tells processes that come here at once which of them was first.
        file.rename(file.with_name(f"{file.name}.{os.getpid()}"))
    except OSError:
        return
    os.kill(os.getpid(), signal.SIGSTOP if what == "stop" else signal.SIGKILL)
