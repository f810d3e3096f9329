"""The weights of the vision model, from the hub."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from embeddings.engine import hub, vision_weights


class Command(BaseCommand):
    help = (
        "Download the model that AUROUS_VISION_WEIGHTS names as owner/name@commit: exactly this "
        "revision, weights and tokenizer only, never code. Where the hub's client keeps its files "
        "(HF_HOME, HF_HUB_CACHE) is where servers and workers look for them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        setting = settings.AUROUS_VISION_WEIGHTS.strip()
        revision = hub.pinned(setting)
        if revision is None:
            reason = vision_weights.unavailable_because()
            raise CommandError(reason or f"{vision_weights.SETTING} is a folder: nothing to fetch.")
        try:
            folder = hub.fetch(revision)
        except Exception as error:  # of the client, of its HTTP library, of the disk: many kinds
            raise CommandError(f"{setting} was not fetched: {error}") from error
        if reason := vision_weights.unavailable_because():
            raise CommandError(reason)
        if options["json"]:
            told = {"folder": str(folder), "repo": revision.repo, "commit": revision.commit}
            self.stdout.write(json.dumps(told))
            return
        self.stdout.write(f"Fetched {revision.repo} at {revision.commit} into {folder}.")
