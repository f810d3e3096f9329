"""The accounts app: who is calling."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Teams, the people in them, their API keys, and the record of who changed what."""

    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Register the system checks of this app, and listen to how people sign in."""
        from accounts import checks, first_factor, sign_in_events

        checks.register_all()
        sign_in_events.connect()
        first_factor.connect()
