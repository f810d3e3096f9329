"""Take back credit that was promised and has not begun."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actors import command_actor
from aurous.kernel.errors import AurousError
from billing.cancelling import cancel


class Command(BaseCommand):
    help = "Cancel a scheduled grant before it begins."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("grant", help="sgr_…, as grant_credits --effective printed it")
        parser.add_argument("--reason", required=True, help="the audit log keeps it")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = cancel(
                options["grant"],
                actor=command_actor("cancel_grant"),
                reason=options["reason"].strip(),
            )
        except (ValueError, AurousError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{options['grant']} {'is cancelled' if done else 'had been cancelled before'}"
        )
