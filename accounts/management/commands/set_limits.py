"""``manage.py set_limits``: how much a team may ask for at a time."""

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts import access, teams
from accounts.management.operator import Answer, OperatorCommand, read, whole_number
from accounts.teams import Limits


class Command(OperatorCommand):
    help = "Set limits of a team. 0 is no limit; 'default' goes back to the installation's limit."

    def add_options(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("team", metavar="TEAM", help="id or name of the team")
        add("--rpm", metavar="N", help="requests a minute, of each route class of the team")
        add("--tpm", metavar="N", help="tokens a minute")
        add("--concurrency", metavar="N", help="requests at the same time")

    def perform(self, options: Mapping[str, Any]) -> Answer:
        limits = _limits(options)
        found = access.team_by_ref(options["team"])
        team = teams.set_limits(found.id, actor=self.actor(), **limits)
        data = {"rpm": team.rpm_limit, "tpm": team.tpm_limit, "concurrency": team.concurrency_limit}
        told = ", ".join(f"{name} {_told(value)}" for name, value in data.items())
        return Answer({"team_id": team.id, **data}, [f"{team.name} ({team.id}): {told}."])


def _limits(options: Mapping[str, Any]) -> Limits:
    limits: Limits = {}
    if options["rpm"] is not None:
        limits["rpm"] = read(options, "rpm", _limit)
    if options["tpm"] is not None:
        limits["tpm"] = read(options, "tpm", _limit)
    if options["concurrency"] is not None:
        limits["concurrency"] = read(options, "concurrency", _limit)
    if not limits:
        raise CommandError("Give at least one of --rpm, --tpm, --concurrency.")
    return limits


def _limit(text: str) -> int | None:
    return None if text == "default" else whole_number(text)


def _told(value: int | None) -> str:
    if value is None:
        return "default"
    return str(value) if value else "no limit"
