"""The groups of operators."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from aurous.operators.roles import make_groups


class Command(BaseCommand):
    help = "Make the groups Support, Finance and Operations, or give them what they lack."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--exactly", action="store_true", help="take away what was added by hand, too"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            given = make_groups(exactly=options["exactly"])
        except LookupError as error:
            raise CommandError(str(error)) from error
        for name, count in given.items():
            self.stdout.write(f"{name}: {count} permissions added")
