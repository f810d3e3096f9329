"""The accounts app: who is calling."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Teams, the people in them, their API keys, and the record of who changed what."""

    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Register the system checks of this app."""
        from accounts import checks

        checks.register_all()
