"""The production shape on one machine."""

import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from aurous import processes
from aurous.supervisor import Supervisor
from embeddings.catalog import served


class Command(BaseCommand):
    help = (
        "Run web, a worker for each model, periodic work and its clock against DATABASE_URL and "
        "REDIS_URL; prints READY <url>. SIGINT or SIGTERM finishes what runs, then ends."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DATABASE_URL or not settings.REDIS_URL:
            raise CommandError("make stack needs DATABASE_URL and REDIS_URL.")
        call_command("check")
        call_command("migrate", verbosity=0)
        with tempfile.TemporaryDirectory(prefix="aurous-stack-") as folder:
            self._run(Path(folder))

    def _run(self, folder: Path) -> None:
        metrics = folder / "metrics"
        metrics.mkdir()
        children = [
            processes.web(workers=settings.WEB_CONCURRENCY),
            *[processes.model_worker(entry.slug) for entry in served()],
            processes.ops_worker(),
            processes.beat(folder),
        ]
        for child in children:
            child.env = {**child.env, "PROMETHEUS_MULTIPROC_DIR": str(metrics)}
        supervisor = Supervisor(children)
        supervisor.start()
        try:
            if supervisor.watch(until=processes.is_ready):
                self.stdout.write(f"READY {settings.AUROUS_PUBLIC_URL}")
                self.stdout.flush()
                supervisor.watch()
        finally:
            supervisor.stop()
