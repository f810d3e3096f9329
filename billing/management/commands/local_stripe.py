"""A Stripe of our own in which no money moves."""

import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from billing.gateway.local.server import serve
from billing.gateway.local.service import LocalStripe


class Command(BaseCommand):
    help = "Serve a Stripe of our own, with play money, for development. Ends on SIGINT or SIGTERM."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=settings.LOCAL_STRIPE_PORT)
        parser.add_argument(
            "--webhook-url",
            default="",
            help="who is told of events, signed with STRIPE_WEBHOOK_SECRET",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("Play money is not for production.")
        stripe = LocalStripe(path=settings.VAR_DIR / "local-stripe.json")
        if options["webhook_url"]:
            secret = (settings.STRIPE_WEBHOOK_SECRETS or [""])[0]
            stripe.store.data["webhook"] = {"url": options["webhook_url"], "secret": secret}
        server = serve(stripe, "127.0.0.1", options["port"])
        self.stdout.write(f"Play money at {server.url}")
        self.stdout.flush()
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            server.wait()
        except KeyboardInterrupt:
            server.stop()
