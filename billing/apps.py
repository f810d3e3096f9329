"""The billing app."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class BillingConfig(AppConfig):
    """What it costs and where the money is."""

    name = "billing"

    def ready(self) -> None:
        """Give every SQLite connection the functions that our statements use."""
        from aurous.kernel.rowset import register_sqlite_functions

        connection_created.connect(
            lambda connection, **_: register_sqlite_functions(connection), weak=False
        )
