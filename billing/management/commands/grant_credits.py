"""Give a team credit."""

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.access import team_by_ref
from accounts.actors import command_actor
from aurous.kernel.errors import AurousError
from aurous.kernel.ids import new_id
from aurous.kernel.money import credits_text, parse_credits
from billing.grants import PRIORITY_DEFAULT, PRIORITY_MAX
from billing.models import ScheduledGrant
from billing.teams import grant_credit


class Command(BaseCommand):
    help = "Give a team promotional credit."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("team", help="id or name")
        parser.add_argument("amount", help="decimal credits")
        parser.add_argument("--reason", required=True, help="stands on the team's statement")
        parser.add_argument("--expires", metavar="DATE", help="YYYY-MM-DD or RFC 3339")
        parser.add_argument("--effective", metavar="DATE", help="when it begins; default: now")
        parser.add_argument(
            "--priority",
            type=int,
            default=PRIORITY_DEFAULT,
            help=f"0 to {PRIORITY_MAX}; lower is spent first; default: {PRIORITY_DEFAULT}",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            team = team_by_ref(options["team"])
            amount = parse_credits(options["amount"])
            if amount <= 0:
                raise ValueError("the amount must be more than 0")
            if not options["reason"].strip():
                raise ValueError("--reason must say something")
            grant_id = grant_credit(
                team,
                amount,
                reason=options["reason"].strip(),
                reference=f"operator:{new_id('cmd')}",
                expires_at=_moment(options["expires"]),
                effective_at=_moment(options["effective"]),
                priority=options["priority"],
                actor=command_actor("grant_credits"),
            )
        except (ValueError, AurousError) as error:
            raise CommandError(str(error)) from error
        promised = ScheduledGrant.objects.filter(pk=grant_id).first()
        verb = (
            "received" if promised is None else f"receives on {promised.effective_at:%F %H:%M} UTC"
        )
        self.stdout.write(f"{team.name} {verb} {credits_text(amount)} credits as {grant_id}")


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
