"""``manage.py issue_key``: a new API key for a team."""

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from accounts import access, api_keys
from accounts.management.operator import (
    Answer,
    OperatorCommand,
    credits_nano,
    moment,
    read,
    whole_number,
    words,
)
from accounts.models import Scope


class Command(OperatorCommand):
    help = "Make an API key for a team. The key is printed once and stored nowhere."

    def add_options(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("team", metavar="TEAM", help="id or name of the team")
        add("--name", default="issued by command", help="what lists call the key")
        add(
            "--scope",
            default=Scope.WRITE.value,
            help="read: every GET except keys; write (the default): also POST; full: also keys",
        )
        add("--expires", metavar="DATE", help="2027-01-31 (00:00 UTC) or 2027-01-31T12:00:00Z")
        add("--models", metavar="A,B", help="only these models")
        add("--cidrs", metavar="C,D", help="only from these networks, such as 203.0.113.0/24")
        add("--limit-day", metavar="N", help="credits that it may spend in a UTC day")
        add("--limit-month", metavar="N", help="credits that it may spend in a UTC month")
        add("--limit-total", metavar="N", help="credits that it may spend in all")
        add("--rpm", metavar="N", help="requests a minute of this key alone")

    def perform(self, options: Mapping[str, Any]) -> Answer:
        team = access.team_by_ref(options["team"])
        made = api_keys.create(
            team.id,
            name=options["name"],
            scope=options["scope"],
            actor=self.actor(),
            expires_at=read(options, "expires", moment),
            models=read(options, "models", words),
            cidrs=read(options, "cidrs", words),
            limit_day_nano=read(options, "limit_day", credits_nano),
            limit_month_nano=read(options, "limit_month", credits_nano),
            limit_total_nano=read(options, "limit_total", credits_nano),
            rpm=read(options, "rpm", whole_number),
        )
        key = made.api_key
        ends = f" Ends {key.expires_at.isoformat()}." if key.expires_at else ""
        return Answer(
            {"key_id": key.id, "api_key": made.text},
            [
                f"Key {key.id} of {team.name} ({team.id}), scope {key.scope}.{ends}",
                f"{made.text}",
                "This is the only time that the key is shown.",
            ],
        )
