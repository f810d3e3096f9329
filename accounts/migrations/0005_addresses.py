"""Give everybody who was made before addresses were verified the row that logging in asks for."""

from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import migrations


def keep_addresses(apps: Any, _schema_editor: Any) -> None:
    """Verified for who has a password: an operator gave it to them."""
    addresses = apps.get_model("account", "EmailAddress").objects
    for user in apps.get_model("accounts", "User").objects.iterator():
        verified = not user.password.startswith(UNUSABLE_PASSWORD_PREFIX)
        told = {"email": user.email, "primary": True, "verified": verified}
        addresses.get_or_create(user_id=user.pk, defaults=told)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_invitations"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]

    operations = [migrations.RunPython(keep_addresses, migrations.RunPython.noop)]
