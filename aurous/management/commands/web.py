"""The web processes alone, for systemd or containers."""

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from aurous import processes


class Command(BaseCommand):
    help = "Serve HTTP with granian (WEB_CONCURRENCY processes); becomes granian."

    def handle(self, *args: Any, **options: Any) -> None:
        argv = list(processes.web(workers=settings.WEB_CONCURRENCY).argv)
        os.execv(argv[0], argv)  # noqa: S606 - the arguments are ours
