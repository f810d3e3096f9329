"""``manage.py roll_key``: a second secret for an API key, beside the one of before for a while."""

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from accounts import access, api_keys
from accounts.management.operator import Answer, OperatorCommand, read, whole_number


class Command(OperatorCommand):
    help = "Give an API key a new secret. It is printed once and stored nowhere."

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("key_id", metavar="KEY_ID", help="id of the key (key_…), not its text")
        hours = ", ".join(str(hours) for hours in api_keys.ROLL_OVERLAP_HOURS)
        parser.add_argument(
            "--overlap-hours",
            metavar="N",
            help=f"how long the old secret stays good: {hours} ({api_keys.ROLL_HOURS_DEFAULT} "
            "unless told)",
        )

    def perform(self, options: Mapping[str, Any]) -> Answer:
        found = access.any_api_key(options["key_id"])
        hours = read(options, "overlap_hours", whole_number)
        hours = api_keys.ROLL_HOURS_DEFAULT if hours is None else hours
        made = api_keys.roll(found.team_id, found.id, actor=self.actor(), overlap_hours=hours)
        return Answer(
            {"key_id": found.id, "api_key": made.text},
            [
                f"Key {found.id} of {found.team.name} ({found.team_id}) has a new secret. "
                f"The old one ends in {hours} hours.",
                f"{made.text}",
                "This is the only time that the key is shown.",
            ],
        )
