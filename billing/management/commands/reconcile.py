"""Stripe's account of our money beside our own."""

import json
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from aurous.kernel.clock import database_now
from billing.gateway import is_configured
from billing.gateway.base import GatewayError
from billing.reconcile import Difference, reconcile


class Command(BaseCommand):
    help = (
        "Compare Stripe's balance transactions with the books, both ways; mends what a second look "
        "can mend, files the rest as exceptions; exit 1 on any difference."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=30, help="how far back (default 30)")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if not is_configured():
            raise CommandError("STRIPE_SECRET_KEY is not set.")
        since = database_now(connection) - timedelta(days=options["days"])
        try:
            found = reconcile(since)
        except GatewayError as error:
            raise CommandError(f"Stripe did not answer: {error}") from error
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(found)))
        else:
            for one in found:
                self.stdout.write(f"{one.kind:<16} {one.object_id:<32} {one.detail}")
        if found:
            raise CommandError(f"{len(found)} differences")
        if not options["json"]:
            self.stdout.write("Stripe and the books agree.")


def _as_json(found: list[Difference]) -> dict[str, Any]:
    return {
        "ok": not found,
        "differences": [
            {
                "kind": str(one.kind),
                "object_id": one.object_id,
                "detail": one.detail,
                "team_id": one.team_id,
            }
            for one in found
        ],
    }
