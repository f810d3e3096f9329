"""The billing app."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class BillingConfig(AppConfig):
    """What it costs and where the money is."""

    name = "billing"

    def ready(self) -> None:
        """Give every SQLite connection the functions that our statements use."""
        from aurous.kernel import rowset, tally
        from billing import latency

        for module in (rowset, tally, latency):
            register = module.register_sqlite_functions
            connection_created.connect(
                lambda connection, register=register, **_: register(connection), weak=False
            )
