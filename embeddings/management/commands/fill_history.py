"""Past requests for demonstrations and measurements."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.access import team_by_ref
from accounts.actors import command_actor
from aurous.kernel.errors import AurousError
from embeddings.history import fill

REPORT_EVERY_ROWS = 50_000


class Command(BaseCommand):
    help = "Not in production: book N past requests over the last 90 days; prove stays clean."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("team", help="id or name")
        parser.add_argument("--rows", type=int, required=True, metavar="N")
        parser.add_argument("--seed", type=int, default=1, help="the same seed, the same history")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("fill_history is not for production.")
        if options["rows"] < 1:
            raise CommandError("--rows must be at least 1.")
        try:
            team = team_by_ref(options["team"])
        except AurousError as error:
            raise CommandError(error.message) from error
        fill(
            team,
            options["rows"],
            seed=options["seed"],
            actor=command_actor("fill_history"),
            report=self._report,
        )
        self.stdout.write(f"Booked {options['rows']:,} requests for {team.name}.")

    def _report(self, done: int) -> None:
        if done % REPORT_EVERY_ROWS == 0:
            self.stderr.write(f"{done:,} rows")
