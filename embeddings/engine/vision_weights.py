"""The vision model's files: where AUROUS_VISION_WEIGHTS says they are, what they are. No torch."""

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from embeddings.engine import file_hashes, hub
from embeddings.engine.qwen3_vl_tokenizer import TOKENIZER_FILE

SETTING = "AUROUS_VISION_WEIGHTS"
CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"
SHARDS_FILE = "model.safetensors.index.json"
RANDOM_MARKER = "RANDOM_WEIGHTS.json"
RANDOM_OWNER = "aurous (random weights, not a trained model)"
ARCHITECTURE = "qwen3_vl"
# The longest vector that the catalog offers is cut out of the model's.
HIDDEN_MIN = 2_048
_BUILD = "`manage.py build_tiny_vision FOLDER` makes a random model for development."


def folder() -> Path | None:
    """Return the folder that the setting means, whether it exists or not; None without one."""
    setting = settings.AUROUS_VISION_WEIGHTS.strip()
    if not setting:
        return None
    revision = hub.pinned(setting)
    return revision.folder if revision else Path(setting).expanduser()


def unavailable_because() -> str | None:
    """Say what keeps the model from loading, in words for operators; None when nothing does."""
    place = folder()
    if place is None:
        return f"{SETTING} is not set: a folder or a hub id, owner/name@commit. {_BUILD}"
    if not place.is_dir():
        return _absent(place)
    try:
        return next(_complaints(place), None)
    except (OSError, ValueError, TypeError, LookupError, AttributeError) as error:
        return f"{SETTING}: the files in {place} cannot be read ({type(error).__name__})."


def required_folder() -> Path:
    """Return the folder, its files looked at. Raises FileNotFoundError with why it cannot be."""
    reason = unavailable_because()
    place = folder()
    if reason or place is None:
        raise FileNotFoundError(reason)
    return place


def tokenizer_file() -> Path:
    """The tokenizer's file, not looked at: this is asked for each text that is counted."""
    place = folder()
    if place is None:
        raise FileNotFoundError(unavailable_because())
    return place / TOKENIZER_FILE


def is_random(place: Path) -> bool:
    """Whether the weights are random numbers that `build_tiny_vision` made."""
    return (place / RANDOM_MARKER).is_file()


def facts(place: Path) -> dict[str, str]:
    """Hashes of all that decides a vector, by what it is. Raises OSError where a file is gone."""
    shards = {file.name: file_hashes.sha256(file) for file in _weights(place)}
    return {
        "weights": json.dumps(shards, sort_keys=True),
        "tokenizer": file_hashes.sha256(place / TOKENIZER_FILE),
        "config": file_hashes.sha256(place / CONFIG_FILE),
    }


def _absent(place: Path) -> str:
    setting = settings.AUROUS_VISION_WEIGHTS.strip()
    if hub.pinned(setting):
        return (
            f"{SETTING}: {setting} has not been downloaded into {hub.cache_folder()}. "
            "`manage.py fetch_vision_weights` does it."
        )
    repo = hub.unpinned(setting)
    if repo:
        return (
            f"{SETTING}={setting} is no folder, and as a hub id it does not say which revision: "
            f"write {repo}@ and the 40 hex digits of a commit, so that vectors stay comparable."
        )
    return f"{SETTING}: there is no folder {place}. {_BUILD}"


def _complaints(place: Path) -> Iterator[str]:
    for name in (CONFIG_FILE, TOKENIZER_FILE):
        if not (place / name).is_file():
            yield f"{SETTING}: {name} is missing in {place}."
    config = _json(place / CONFIG_FILE)
    if config.get("model_type") != ARCHITECTURE:
        yield (
            f"{SETTING}: the model in {place} is {config.get('model_type')!r}; this engine runs "
            f"{ARCHITECTURE!r}."
        )
    hidden = config.get("text_config", {}).get("hidden_size", 0)
    if hidden < HIDDEN_MIN:
        yield (
            f"{SETTING}: the model in {place} makes vectors of {hidden} numbers; at least "
            f"{HIDDEN_MIN} are needed."
        )
    for file in _weights(place):
        if not file.is_file():
            yield f"{SETTING}: {file.name} is missing in {place}."


def _weights(place: Path) -> list[Path]:
    """The files with the weights: one, or the shards that an index lists."""
    if (place / WEIGHTS_FILE).is_file() or not (place / SHARDS_FILE).is_file():
        return [place / WEIGHTS_FILE]
    shards = set(_json(place / SHARDS_FILE)["weight_map"].values())
    # Only the last part of the name: an index may not point out of its folder.
    return [place / Path(name).name for name in sorted(shards)]


def _json(path: Path) -> dict[str, Any]:
    stat = path.stat()
    return _parsed(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=8)
def _parsed(path: Path, size_bytes: int, changed_ns: int) -> dict[str, Any]:
    found = json.loads(path.read_bytes())
    if not isinstance(found, dict):
        raise ValueError(f"{path.name} holds no JSON object")
    return found
