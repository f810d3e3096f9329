"""The web processes alone, for systemd or containers."""

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from aurous import processes


class Command(BaseCommand):
    help = "Serve HTTP with granian (WEB_CONCURRENCY processes); becomes granian."

    def handle(self, *args: Any, **options: Any) -> None:
        child = processes.web(workers=settings.WEB_CONCURRENCY)
        argv = list(child.argv)
        os.execve(argv[0], argv, {**os.environ, **child.env})  # noqa: S606 - all of it is ours
