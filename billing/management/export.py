"""What the commands that export share: their options, and bytes to standard output or a file."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.access import team_by_ref
from accounts.management.operator import moment, read
from accounts.models import Team
from aurous.kernel.errors import AurousError
from aurous.kernel.records import FORMATS, Record, encoded


class ExportCommand(BaseCommand):
    """A command that writes records. Subclasses say which columns, and make the chunks."""

    columns: Sequence[str] = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """The options."""
        parser.add_argument("team", help="id or name")
        parser.add_argument("--format", choices=FORMATS, default="csv")
        parser.add_argument("--from", dest="since", metavar="DATE", help="YYYY-MM-DD or RFC 3339")
        parser.add_argument("--to", dest="before", metavar="DATE", help="the end, not included")
        parser.add_argument("--output", metavar="FILE", help="default: standard output")

    def chunks(self, team: Team, options: Mapping[str, Any]) -> Iterable[list[Record]]:
        """The records, some thousand at a time."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        """Write them. A file that could not be finished has no record ``end``."""
        for name in ("since", "before"):
            options[name] = read(options, name, moment)
        try:
            team = team_by_ref(options["team"])
        except AurousError as error:
            raise CommandError(error.message) from error
        pages = encoded(options["format"], self.columns, self.chunks(team, options))
        if options["output"]:
            with Path(options["output"]).open("wb") as file:
                file.writelines(pages)
            return
        out = getattr(sys.stdout, "buffer", None)
        for page in pages:
            if out is None:
                sys.stdout.write(page.decode())
            else:
                out.write(page)
                out.flush()
