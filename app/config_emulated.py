"""The emulator in TikTok's place, where an admin chose to try this installation with it: a file in the data folder.

Every process reads it when it starts, and `newsreel up` watches it: it runs the emulator while the file is there, and
starts its other processes anew when the file comes or goes. The standard library only, as the supervisor is.
"""

import json
import os
from pathlib import Path
from typing import NamedTuple

_FILE = "emulated-tiktok.json"


class EmulatedTikTok(NamedTuple):
    """Where the emulator listens on this machine, and its app. The pair opens nothing but this emulator."""

    port: int
    client_key: str
    client_secret: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def choice_path(data_dir: Path) -> Path:
    """Name the file."""
    return data_dir / _FILE


def read_choice(data_dir: Path) -> EmulatedTikTok | None:
    """Give what was chosen; None where TikTok itself is meant, and for a file that says nothing."""
    try:
        told = json.loads(choice_path(data_dir).read_text(encoding="utf-8"))
        return EmulatedTikTok(int(told["port"]), str(told["client_key"]), str(told["client_secret"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def choose_emulator(data_dir: Path, port: int) -> None:
    """Write it down, whole or not at all: the supervisor may read it at any moment."""
    # Here, because the supervisor reads this module, and stays small for as long as it watches.
    import secrets
    from tempfile import NamedTemporaryFile

    chosen = EmulatedTikTok(port, f"emulated-{secrets.token_hex(4)}", secrets.token_urlsafe(24))
    with NamedTemporaryFile("w", dir=data_dir, prefix=".emulated-", delete=False, encoding="utf-8") as file:
        json.dump(chosen._asdict(), file)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(choice_path(data_dir))


def choose_tiktok(data_dir: Path) -> None:
    """Take the choice back."""
    choice_path(data_dir).unlink(missing_ok=True)
