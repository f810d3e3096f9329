"""The billing app."""

from django.apps import AppConfig
from django.core.checks import register
from django.db.backends.signals import connection_created


class BillingConfig(AppConfig):
    """What it costs and where the money is."""

    name = "billing"

    def ready(self) -> None:
        """Give every SQLite connection the functions that our statements use; check settings."""
        from aurous.kernel import bits, rowset, tally
        from billing import checks, latency

        register(checks.check_low_balance)
        register(checks.check_egress_proxy)
        register(checks.check_stripe_secret)
        register(checks.check_topup_amounts)

        for module in (bits, rowset, tally, latency):
            install = module.register_sqlite_functions
            connection_created.connect(
                lambda connection, install=install, **_: install(connection), weak=False
            )
