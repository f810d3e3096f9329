"""Model files of the hub: which revision is meant, where its client keeps it, how it is fetched."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

# Nothing that could run: no code, no pickles.
FETCHED = ("*.safetensors", "*.json", "*.txt", "*.jinja")
_NAME = r"[A-Za-z0-9][\w.-]*"
_PINNED = re.compile(rf"(?P<repo>{_NAME}/{_NAME})@(?P<commit>[0-9a-f]{{40}})")
_LOOKS_LIKE_ONE = re.compile(rf"(?P<repo>{_NAME}/{_NAME})(@.*)?")


@dataclass(frozen=True, slots=True)
class Revision:
    """One commit of a model's repository."""

    repo: str
    commit: str

    @property
    def folder(self) -> Path:
        """Where the hub's client keeps it once it was fetched."""
        return cache_folder() / f"models--{self.repo.replace('/', '--')}/snapshots/{self.commit}"


def pinned(text: str) -> Revision | None:
    """Read ``owner/name@commit``; None for anything else."""
    match = _PINNED.fullmatch(text)
    return Revision(match["repo"], match["commit"]) if match else None


def unpinned(text: str) -> str | None:
    """Return ``owner/name`` of what looks like a hub id without a commit."""
    match = None if _PINNED.fullmatch(text) else _LOOKS_LIKE_ONE.fullmatch(text)
    return match["repo"] if match else None


def cache_folder() -> Path:
    """The client's cache, found by its rules but without the client, which web processes lack."""
    home = os.environ.get("HF_HOME") or os.path.join(  # noqa: PTH118 - may hold `~` and `$NAME`
        os.environ.get("XDG_CACHE_HOME") or "~/.cache", "huggingface"
    )
    named = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    return Path(os.path.expandvars(named or f"{home}/hub")).expanduser()


def fetch(revision: Revision) -> Path:
    """Download the files of exactly this revision into the client's cache."""
    from huggingface_hub import snapshot_download

    folder = snapshot_download(
        revision.repo,
        revision=revision.commit,
        cache_dir=cache_folder(),
        allow_patterns=list(FETCHED),
    )
    return Path(folder)
