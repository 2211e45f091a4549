"""The manual's table of settings, as the Settings class has it: `python -m tests.support.settings_table` prints it."""

import sys
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from app.config import Settings


def settings_table() -> str:
    """Write one line per setting: name, default, meaning."""
    lines = ["| name | default | meaning |", "|---|---|---|"]
    for field in Settings.model_fields.values():
        lines.append(f"| `{field.validation_alias}` | {_written(field.default)} | {field.description} |")
    return "\n".join(lines)


def secret_names() -> list[str]:
    """List the settings that NAME_FILE can give."""
    return [str(field.validation_alias) for field in Settings.model_fields.values() if field.annotation is SecretStr]


def _written(value: Any) -> str:
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, tuple):
        value = ",".join(value)
    if isinstance(value, bool):
        value = str(value).lower()
    if isinstance(value, float):
        value = f"{value:g}"
    return f"`{value.as_posix() if isinstance(value, Path) else value}`" if str(value) else "empty"


if __name__ == "__main__":
    sys.stdout.write(settings_table() + "\n")
