"""The WordPress plugin as a file to install, byte for byte the same wherever it is made: `make plugin` writes it.

Nothing is compressed, because no two versions of zlib need give the same bytes; times, modes and order are fixed.
"""

import struct
import sys
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "public" / "wordpress" / "newsreel"
FILE = ROOT / "public" / "newsreel-wordpress.zip"

_WHEN = (2026, 1, 1, 0, 0, 0)
_MODE = 0o100644 << 16
_MO_HEAD = 28


def build() -> bytes:
    """Give the bytes of the zip: the sources, and beside each catalogue what WordPress reads of it."""
    files = {path.relative_to(SOURCE.parent): path.read_bytes() for path in SOURCE.rglob("*") if path.is_file()}
    for path in [path for path in files if path.suffix == ".po"]:
        files[path.with_suffix(".mo")] = _compiled(files[path])
    made = BytesIO()
    with ZipFile(made, "w", ZIP_STORED) as archive:
        for path in sorted(files, key=Path.as_posix):
            entry = ZipInfo(path.as_posix(), _WHEN)
            entry.create_system, entry.external_attr = 3, _MODE
            archive.writestr(entry, files[path])
    return made.getvalue()


def _compiled(catalogue: bytes) -> bytes:
    """Give a catalogue as gettext's programs read it. Babel's own writer names its version and the time."""
    head = "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n"
    texts = {"": head} | {str(one.id): str(one.string) for one in read_po(BytesIO(catalogue)) if one.id and one.string}
    pairs = sorted((text.encode(), told.encode()) for text, told in texts.items())
    at = _MO_HEAD + 16 * len(pairs)
    tables: list[bytes] = []
    for words in zip(*pairs, strict=True):
        for word in words:
            tables.append(struct.pack("<II", len(word), at))
            at += len(word) + 1
    content = b"".join(word + b"\0" for words in zip(*pairs, strict=True) for word in words)
    # WordPress takes the place of the table of hashes, which is empty, for the end of the one before it.
    half = 8 * len(pairs)
    head_bytes = struct.pack("<7I", 0x950412DE, 0, len(pairs), _MO_HEAD, _MO_HEAD + half, 0, _MO_HEAD + 2 * half)
    return head_bytes + b"".join(tables) + content


if __name__ == "__main__":
    FILE.write_bytes(build())
    sys.stdout.write(f"{FILE.relative_to(ROOT)}: {FILE.stat().st_size} bytes\n")
