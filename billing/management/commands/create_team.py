"""Make a team with a first key."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actors import command_actor
from aurous.kernel.errors import AurousError
from aurous.kernel.money import parse_credits
from billing.teams import open_team


class Command(BaseCommand):
    help = "Make a team with a key of scope full; prints the key, this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what the team is called")
        parser.add_argument("--owner", metavar="EMAIL", help="the person who owns it")
        parser.add_argument(
            "--credits", default="0", metavar="N", help="decimal credits, booked as a grant"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            nano = parse_credits(options["credits"])
            if nano < 0:
                raise ValueError("--credits must not be negative")
            team, key = open_team(
                options["name"],
                owner_email=options["owner"],
                credits_nano=nano,
                actor=command_actor("create_team"),
            )
        except (ValueError, AurousError) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps({"team_id": team.id, "api_key": key.text}))
            return
        self.stdout.write(f"Team {team.name} is {team.id}")
        self.stdout.write(f"Its key, shown only now: {key.text}")
