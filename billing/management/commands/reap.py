"""One pass of the reaper."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from billing.reaper import reap


class Command(BaseCommand):
    help = "End holds past their deadline, lapsed idempotency rows and expired grants, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        done = asdict(reap())
        if options["json"]:
            self.stdout.write(json.dumps(done))
            return
        for name, count in done.items():
            self.stdout.write(f"{name.replace('_', ' ')}: {count}")
