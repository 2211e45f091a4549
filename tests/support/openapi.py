"""The app's OpenAPI document. `python -m tests.support.openapi > tests/openapi.json` renews the snapshot."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from litestar.serialization import decode_json, encode_json
from pydantic import SecretStr

from app.main import create_app
from tests.conftest import make_settings


def read_document() -> dict[str, Any]:
    """Build the document; nothing is opened for it."""
    with tempfile.TemporaryDirectory() as folder:
        settings = make_settings(Path(folder), "sqlite+aiosqlite:///:memory:", "", secret_key=SecretStr("k" * 40))
        document: dict[str, Any] = decode_json(encode_json(create_app(settings).openapi_schema.to_schema()))
    return document


def as_text(document: dict[str, Any]) -> str:
    """Write a document so that a change shows in review, whatever the order of its parts."""
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(as_text(read_document()))
