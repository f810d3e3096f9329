"""A worker process for one model."""

import os
from typing import Any

from celery.signals import worker_init, worker_ready, worker_shutdown
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from aurous.kernel.errors import AurousError
from embeddings import worker_process
from embeddings.catalog import loadable_entry
from embeddings.parting import Parting
from embeddings.transport.celery import queue_name


class Command(BaseCommand):
    help = "Serve one model: a Celery worker for its queue, with the engine in this process."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("model", help="slug, e.g. aurous-embed-text")

    def handle(self, *args: Any, **options: Any) -> None:
        model = options["model"]
        if not settings.REDIS_URL:
            raise CommandError("A worker needs REDIS_URL.")
        try:
            loadable_entry(model)
        except AurousError as error:
            raise CommandError(error.message) from error
        from celery import current_app

        worker_init.connect(lambda **_: worker_process.begin(model), weak=False)
        worker_ready.connect(lambda **_: Parting(worker_process.leave), weak=False)
        worker_shutdown.connect(lambda **_: worker_process.end(), weak=False)
        current_app.worker_main(
            [
                "--quiet",
                "worker",
                "--pool=threads",
                f"--concurrency={settings.WORKER_GROUPS_MAX}",
                f"--queues={queue_name(model)}",
                f"--hostname={model}-{os.getpid()}@%h",
                "--without-gossip",
                "--without-mingle",
                "--loglevel=WARNING",
            ]
        )
