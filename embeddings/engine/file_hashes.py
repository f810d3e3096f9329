"""SHA-256 of large files, remembered on disk: gigabytes are read once, not at each start."""

import hashlib
import json
import os
import re
import tempfile
from functools import lru_cache
from pathlib import Path

from django.conf import settings

# Below this a hash takes less than half a second and is not worth a line on disk.
REMEMBERED_BYTES_MIN = 256 * 2**20
REMEMBERED_FILES_MAX = 256
MEMORY_FILE = "file-hashes.json"
_SHA256 = re.compile(r"[0-9a-f]{64}")


def sha256(path: Path) -> str:
    """Hash a file, or return what is known of it in this state (its place, size and time).

    In the hub's cache large files are links to files named by their hash, which is believed: the
    hub's client has checked it. Raises OSError where the file cannot be read.
    """
    real = path.resolve(strict=True)
    if path.is_symlink() and real.parent.name == "blobs" and _SHA256.fullmatch(real.name):
        return real.name
    stat = real.stat()
    return _hashed(real, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=REMEMBERED_FILES_MAX)
def _hashed(path: Path, size_bytes: int, changed_ns: int) -> str:
    if size_bytes < REMEMBERED_BYTES_MIN:
        return _read(path)
    memory = settings.VAR_DIR / MEMORY_FILE
    state = f"{path}|{size_bytes}|{changed_ns}"
    known = _remembered(memory).get(state)
    if known is not None:
        return known
    digest = _read(path)
    _remember(memory, state, digest)
    return digest


def _read(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remembered(memory: Path) -> dict[str, str]:
    """What a damaged or absent memory does not know is read again, nothing worse."""
    try:
        found = json.loads(memory.read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {
        state: digest
        for state, digest in found.items()
        if isinstance(digest, str) and _SHA256.fullmatch(digest)
    }


def _remember(memory: Path, state: str, digest: str) -> None:
    """Write the memory anew and put it in place at once: other processes read it meanwhile."""
    known = [*_remembered(memory).items(), (state, digest)][-REMEMBERED_FILES_MAX:]
    try:
        memory.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=memory.parent, delete=False) as file:
            json.dump(dict(known), file)
        os.replace(file.name, memory)  # noqa: PTH105 - the name of a temporary file is text
    except OSError:
        return  # a folder that cannot be written: the next start reads the file again
