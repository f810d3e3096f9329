"""``manage.py set_team``: version, suspension and billing mode of a team."""

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandError, CommandParser

from accounts import access, teams
from accounts.management.operator import Answer, OperatorCommand
from accounts.models import BillingMode
from accounts.teams import TeamChanges
from aurous.http.versions import registry


class Command(OperatorCommand):
    help = "Change a team. Give at least one option; all are done, or none."

    def add_options(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("team", metavar="TEAM", help="id or name of the team")
        versions = ", ".join(registry.versions())
        add("--version", metavar="V", default=None, help=f"pin the team to one of {versions}")
        add("--suspend", action="store_true", help="refuse its requests within 5 seconds")
        add("--resume", action="store_true", help="end a suspension")
        modes = " or ".join(BillingMode.values)
        add("--billing-mode", metavar="MODE", help=f"{modes}; exempt is charged 0")

    def perform(self, options: Mapping[str, Any]) -> Answer:
        changes = _changes(options)
        found = access.team_by_ref(options["team"])
        team = teams.change(found.id, actor=self.actor(), **changes)
        data = {
            "team_id": team.id,
            "name": team.name,
            "default_api_version": team.default_api_version,
            "billing_mode": team.billing_mode,
            "suspended": team.is_suspended,
        }
        state = "suspended" if team.is_suspended else "active"
        line = (
            f"{team.name} ({team.id}): {state}, version {team.default_api_version}, "
            f"billing {team.billing_mode}."
        )
        return Answer(data, [line])


def _changes(options: Mapping[str, Any]) -> TeamChanges:
    if options["suspend"] and options["resume"]:
        raise CommandError("Give --suspend or --resume, not both.")
    changes: TeamChanges = {}
    if options["version"] is not None:
        changes["default_api_version"] = options["version"]
    if options["billing_mode"] is not None:
        changes["billing_mode"] = options["billing_mode"]
    if options["suspend"] or options["resume"]:
        changes["suspended"] = options["suspend"]
    if not changes:
        raise CommandError("Give at least one of --version, --suspend, --resume, --billing-mode.")
    return changes
