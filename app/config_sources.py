"""Where settings come from beside the environment: files that hold one secret each, and `.env`."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import DotEnvSettingsSource, PydanticBaseSettingsSource

from app.errors import ConfigurationError


class SecretFiles(PydanticBaseSettingsSource):
    """Read `NAME_FILE` for every setting whose value is secret, as container platforms mount them."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        name = str(field.validation_alias or field_name)
        if field.annotation not in {SecretStr, SecretStr | None} or not (path := _in_environment(f"{name}_FILE")):
            return None, field_name, False
        try:
            return Path(path).read_text(encoding="utf-8").strip(), name, False
        except OSError as error:
            raise ConfigurationError(f"{name}_FILE names {path}, which cannot be read: {error.strerror}.") from error

    def __call__(self) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for field_name, field in self.settings_cls.model_fields.items():
            value, key, _ = self.get_field_value(field, field_name)
            if value is not None:
                values[key] = value
        return values


class DotEnv(DotEnvSettingsSource):
    """Read `.env`, in which a name of .NET's kind may stand with a colon: `TikTok:AppId` for `TikTok__AppId`."""

    def _read_env_files(self) -> Mapping[str, str | None]:
        return {name.replace(":", "__"): value for name, value in super()._read_env_files().items()}


def _in_environment(name: str) -> str | None:
    """Read a variable without regard to case, as the settings themselves are read; the name as it is goes first."""
    if name in os.environ:
        return os.environ[name]
    return next((value for key, value in os.environ.items() if key.lower() == name.lower()), None)
