"""The requests of a team."""

from collections.abc import Iterable, Mapping
from typing import Any

from accounts.models import Team
from aurous.kernel.records import Record
from billing.management.export import ExportCommand
from embeddings.usage_export import COLUMNS, usage_chunks


class Command(ExportCommand):
    help = "Write a team's requests, oldest first, with what each was charged."
    columns = COLUMNS

    def chunks(self, team: Team, options: Mapping[str, Any]) -> Iterable[list[Record]]:
        return usage_chunks(team.id, {}, options["since"], options["before"])
