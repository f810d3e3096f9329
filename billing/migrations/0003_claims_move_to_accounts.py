"""Idempotency claims are a table of accounts now (accounts 0003 took the rows over)."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0002_append_only"),
        ("accounts", "0003_idempotency"),
    ]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.DeleteModel(name="IdempotencyClaim")]
        ),
    ]
