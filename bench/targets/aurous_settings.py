"""The environment of an Aurous that is measured, and its commands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from bench.launch import ROOT, VAR, LaunchError

DATABASE_SERVER = os.environ.get("BENCH_DATABASE_SERVER", "postgres://postgres@127.0.0.1:5432")
REDIS_URL = os.environ.get("BENCH_REDIS_URL", "redis://127.0.0.1:6379/9")
DATABASE = f"aurous_bench_{os.getpid()}"
TEAM = "bench"


def settings(port: int, web_processes: int = 1) -> dict[str, str]:
    """The production shape in development mode, because only that has the stub model."""
    return {
        "AUROUS_ENV": "dev",
        "AUROUS_VAR_DIR": str(VAR / "aurous"),
        "AUROUS_PORT": str(port),
        "AUROUS_STUB_MODEL": "1",
        "AUROUS_DTYPE": "float32",
        "AUROUS_LOG_LEVEL": os.environ.get("AUROUS_LOG_LEVEL", "WARNING"),
        "DATABASE_URL": f"{DATABASE_SERVER}/{DATABASE}",
        "REDIS_URL": REDIS_URL,
        "WEB_CONCURRENCY": str(web_processes),
    }


def manage(env: dict[str, str], *arguments: str) -> str:
    """Run one command to its end; what it printed. LaunchError with its last words if it fails."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()[-3:]
        raise LaunchError(
            f"manage.py {' '.join(arguments)}: {done.returncode}: {' | '.join(words)}"
        )
    return done.stdout


def make_team(env: dict[str, str]) -> str:
    """A team with credit and without limits; its API key."""
    team = ("create_team", TEAM, "--credits", "1000000", "--json")
    made: dict[str, Any] = json.loads(manage(env, *team))
    limits = ("--rpm", "0", "--tpm", "0", "--concurrency", "0")
    manage(env, "set_limits", str(made["team_id"]), *limits)
    return str(made["api_key"])
