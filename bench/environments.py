"""Virtual environments of the peers, made on demand under var/bench, away from ours."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.launch import LOGS, VAR, LaunchError


def environment(name: str, packages: Sequence[str]) -> Path:
    """The folder of programs of an environment that has `packages`; LaunchError when it cannot be.

    A file with the exact list marks one that is complete, so that a broken try is tried again.
    """
    folder = VAR / name
    marker = folder / "installed.txt"
    wanted = "\n".join(packages) + "\n"
    if not marker.exists() or marker.read_text() != wanted:
        print(f"installing {name} into {folder.relative_to(VAR.parent.parent)} …", file=sys.stderr)
        _run(name, [sys.executable, "-m", "venv", "--clear", str(folder)])
        _run(name, [str(folder / "bin" / "pip"), "install", *packages])
        marker.write_text(wanted)
    return folder / "bin"


def _run(name: str, command: list[str]) -> None:
    """Run a step of the installation; all it says goes to a file."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"install-{name}.log"
    with log.open("ab") as output:
        done = subprocess.run(command, stdout=output, stderr=output, check=False, env=os.environ)
    if done.returncode:
        raise LaunchError(f"{name} cannot be installed here: see {log}")
