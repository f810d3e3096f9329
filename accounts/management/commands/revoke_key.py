"""``manage.py revoke_key``: end an API key for good."""

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from accounts import access, api_keys
from accounts.management.operator import Answer, OperatorCommand


class Command(OperatorCommand):
    help = "Revoke an API key, with all its secrets. Every process refuses it within 5 seconds."

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("key_id", metavar="KEY_ID", help="id of the key (key_…), not its text")

    def perform(self, options: Mapping[str, Any]) -> Answer:
        found = access.any_api_key(options["key_id"])
        key = api_keys.revoke(found.team_id, found.id, actor=self.actor())
        return Answer(
            {"key_id": key.id, "team_id": key.team_id, "revoked_at": key.revoked_at},
            [f"Key {key.id} of {found.team.name} ({key.team_id}) is revoked."],
        )
