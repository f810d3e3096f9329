"""Which processes make up an installation, and when they would serve a request."""

import os
import socket
import sys
import urllib.error
import urllib.request
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError

from aurous.supervisor import Child

READY_REQUEST_SECONDS = 10.0
# Threads for probes and pages while every other one waits for a model.
SPARE_THREADS = 16
# Each thread would get an arena of its own, and keep in it what a large file once took.
_FEW_ARENAS = {"MALLOC_ARENA_MAX": "2"}


def web(*, workers: int, env: dict[str, str] | None = None) -> Child:
    """Granian with blocking WSGI threads: as many as requests may wait."""
    _check_port()
    threads = settings.WEB_THREADS
    argv = [
        sys.executable,
        "-m",
        "granian",
        "--interface=wsgi",
        f"--host={settings.AUROUS_BIND}",
        f"--port={settings.AUROUS_PORT}",
        "--http=1",
        "--no-ws",
        f"--workers={workers}",
        f"--blocking-threads={threads + SPARE_THREADS}",
        f"--backpressure={threads + SPARE_THREADS}",
        "--backlog=2048",
        "--respawn-failed-workers",
        f"--workers-kill-timeout={settings.LONGEST_DEADLINE_SECONDS + 10}",
        "--log-level=error",
        "--no-access-log",
        "aurous.wsgi:application",
    ]
    return Child("web", argv, {**_FEW_ARENAS, **(env or {})})


def _check_port() -> None:
    """Granian shares its port with whoever else has it: requests would go now here, now there."""
    host, port = settings.AUROUS_BIND, settings.AUROUS_PORT
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Cannot serve at {host}:{port}: {error.strerror}. Set AUROUS_PORT to another port."
            ) from error


def model_worker(model: str) -> Child:
    """The Celery worker of one model."""
    return Child(f"worker-{model}", [*_manage(), "worker", model], _FEW_ARENAS)


def ops_worker() -> Child:
    """The Celery worker of periodic work."""
    argv = [
        *_celery(),
        "worker",
        "--pool=threads",
        "--concurrency=2",
        "--queues=ops",
        f"--hostname=ops-{os.getpid()}@%h",
        "--without-gossip",
        "--without-mingle",
        "--loglevel=WARNING",
    ]
    return Child("ops", argv)


def beat(folder: Path) -> Child:
    """Celery's clock; its file of last runs lives in a folder of this run."""
    argv = [
        *_celery(),
        "beat",
        f"--schedule={folder / 'beat'}",
        "--pidfile=",
        "--loglevel=WARNING",
    ]
    return Child("beat", argv)


def _manage() -> list[str]:
    return [sys.executable, str(settings.BASE_DIR / "manage.py")]


def _celery() -> list[str]:
    return [sys.executable, "-m", "celery", "-A", "aurous.celery", "--quiet"]


def local_url() -> str:
    """Where this machine reaches the web process."""
    return f"http://127.0.0.1:{settings.AUROUS_PORT}"


def is_ready() -> bool:
    """Whether a request would succeed now."""
    try:
        url = f"{local_url()}/health/ready"
        with urllib.request.urlopen(url, timeout=READY_REQUEST_SECONDS) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
