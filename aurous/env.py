"""Reading the environment: one reader a kind, and clear words when something is missing."""

import json
import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def env_text(name: str, default: str = "") -> str:
    """A text; ``NAME_FILE`` may point at a file that holds it (container secrets)."""
    path = os.environ.get(f"{name}_FILE")
    if path:
        return Path(path).read_text().strip()
    return os.environ.get(name, default).strip()


def env_int(name: str, default: int) -> int:
    """A whole number."""
    text = env_text(name, str(default))
    try:
        return int(text)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {text!r}") from error


def env_bool(name: str, *, default: bool = False) -> bool:
    """True for 1, true, yes, on."""
    text = env_text(name).lower()
    return text in {"1", "true", "yes", "on"} if text else default


def env_list(name: str) -> list[str]:
    """Comma-separated words, blanks dropped."""
    return [word.strip() for word in env_text(name).split(",") if word.strip()]


def env_secret(name: str, *, production: bool, dev_file: Path) -> str:
    """A secret. Production refuses to start without it.

    Development makes one up and keeps it beside the database, so that keys and sessions
    survive a restart and no two machines share one.
    """
    value = env_text(name)
    if value:
        return value
    if production:
        raise ImproperlyConfigured(f"{name} is not set. AUROUS_ENV=production needs it.")
    return _dev_secret(name, dev_file)


def _dev_secret(name: str, dev_file: Path) -> str:
    kept = _read_secrets(dev_file)
    if name not in kept:
        dev_file.parent.mkdir(parents=True, exist_ok=True)
        kept[name] = secrets.token_hex(32)
        _replace_file(dev_file, json.dumps(kept))
        kept = _read_secrets(dev_file)  # two first starts at once: the last writer's stands
    return kept[name]


def _read_secrets(dev_file: Path) -> dict[str, str]:
    if not dev_file.exists():
        return {}
    kept: dict[str, str] = json.loads(dev_file.read_text())
    return kept


def _replace_file(path: Path, text: str) -> None:
    """Write whole or not at all, readable by the owner alone."""
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.touch(mode=0o600)
    beside.write_text(text)
    beside.replace(path)
