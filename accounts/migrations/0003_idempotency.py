"""The idempotency claims come from billing to accounts: every route that changes something has them.

The rows stay; the table gets the name of its new app. A request without a hold has no hold id.
"""

import django.db.models.deletion
from django.db import migrations, models

OLD, NEW = "billing_idempotencyclaim", "accounts_idempotencyclaim"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_audit_append_only"),
        ("billing", "0002_append_only"),
    ]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f"ALTER TABLE {OLD} RENAME TO {NEW}", f"ALTER TABLE {NEW} RENAME TO {OLD}"
                ),
            ],
            state_operations=[
                migrations.CreateModel(
                    name="IdempotencyClaim",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("key", models.CharField(max_length=255)),
                        ("fingerprint", models.CharField(max_length=64)),
                        ("method", models.CharField(max_length=8)),
                        ("path", models.CharField(max_length=200)),
                        ("version", models.CharField(max_length=10)),
                        ("hold_id", models.CharField(max_length=30, unique=True)),
                        ("created_at", models.DateTimeField()),
                        ("completed_at", models.DateTimeField(null=True)),
                        ("reply", models.BinaryField(null=True)),
                        (
                            "team",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                to="accounts.team",
                            ),
                        ),
                    ],
                ),
                migrations.AddIndex(
                    model_name="idempotencyclaim",
                    index=models.Index(fields=["completed_at"], name="idempotency_completed"),
                ),
                migrations.AddConstraint(
                    model_name="idempotencyclaim",
                    constraint=models.UniqueConstraint(
                        fields=("team", "key"), name="idempotency_key_of_team"
                    ),
                ),
            ],
        ),
        migrations.AlterField(
            model_name="idempotencyclaim",
            name="hold_id",
            field=models.CharField(max_length=30, null=True, unique=True),
        ),
        # Going back: the table of before has no place for claims without a hold.
        migrations.RunSQL(migrations.RunSQL.noop, f"DELETE FROM {NEW} WHERE hold_id IS NULL"),
    ]
