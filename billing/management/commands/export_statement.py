"""The statement of a team with its hash chain."""

from collections.abc import Iterable, Mapping
from typing import Any

from accounts.models import Team
from aurous.kernel.records import Record
from billing.management.export import ExportCommand
from billing.statement.export import COLUMNS, statement_chunks


class Command(ExportCommand):
    help = "Write a team's statement with its hash chain; docs/verify_statement.py checks it."
    columns = COLUMNS

    def chunks(self, team: Team, options: Mapping[str, Any]) -> Iterable[list[Record]]:
        return statement_chunks(team.id, options["since"], options["before"])
