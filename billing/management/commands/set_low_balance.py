"""``manage.py set_low_balance``: when a team is told that its balance is low."""

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from accounts import access
from accounts.management.operator import Answer, OperatorCommand, credits_nano, read
from aurous.kernel.money import credits_text
from billing.low_balance import set_low_balance


class Command(OperatorCommand):
    help = (
        "Set under how many credits a team's balance is low, which its webhooks are told of once. "
        "0 is never; 'default' goes back to AUROUS_LOW_BALANCE_CREDITS."
    )

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("team", metavar="TEAM", help="id or name of the team")
        parser.add_argument("credits", metavar="CREDITS", help="a decimal, or 'default'")

    def perform(self, options: Mapping[str, Any]) -> Answer:
        threshold = read(options, "credits", _threshold)
        team = access.team_by_ref(options["team"])
        set_low_balance(team, threshold, actor=self.actor())
        shown = None if threshold is None else credits_text(threshold)
        return Answer(
            {"team_id": team.id, "low_balance_credits": shown},
            [f"{team.name} ({team.id}): low under {shown or 'the default'} credits."],
        )


def _threshold(text: str) -> int | None:
    return None if text == "default" else credits_nano(text)
