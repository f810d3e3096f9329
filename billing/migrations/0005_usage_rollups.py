"""Durations in the minutes of usage, hours and days beside them, and indexes of the statement.

``embeddings.0003`` fills both from the requests that exist, which billing does not know.
"""

import aurous.kernel.tally
import django.db.models.deletion
from django.db import migrations, models


def patiently(apps, schema_editor):
    """An index over millions of rows takes longer than a request's statement may."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET LOCAL statement_timeout = 0", params=None)


# SQLite keeps it: to drop it there would mean to make the table, with its triggers, anew.
DROP_REDUNDANT_FOREIGN_KEY = """
    DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT conname FROM pg_constraint WHERE contype = 'f'
            AND conrelid = 'billing_transfer'::regclass
            AND conname LIKE 'billing\\_transfer\\_account\\_id\\_%' LOOP
            EXECUTE format('ALTER TABLE billing_transfer DROP CONSTRAINT %I', name);
        END LOOP;
    END $$
"""


def drop_redundant_foreign_key(apps, schema_editor):
    """A transfer's account is, by a CHECK, its debit or its credit, which have foreign keys."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(DROP_REDUNDANT_FOREIGN_KEY, params=None)


def room_on_pages(apps, schema_editor):
    """Rows that are added to stay on their page, without touching an index. Nobody looks for the
    start of a name among them, which is what Django's second index on a text would be for.
    """
    if schema_editor.connection.vendor == "postgresql":
        for table in ("billing_usagerollup", "billing_usageuserday"):
            schema_editor.execute(f"ALTER TABLE {table} SET (fillfactor = 70)", params=None)


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_audit_append_only'),
        ('billing', '0004_webhooks'),
    ]

    operations = [
        migrations.RunPython(patiently, migrations.RunPython.noop),
        migrations.CreateModel(
            name='UsageRollup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('api_key_id', models.CharField(max_length=30)),
                ('model', models.CharField(max_length=128)),
                ('api_version', models.CharField(max_length=10)),
                ('status', models.CharField(max_length=8)),
                ('requests', models.BigIntegerField(default=0)),
                ('tokens_text', models.BigIntegerField(default=0)),
                ('tokens_visual', models.BigIntegerField(default=0)),
                ('tokens_video', models.BigIntegerField(default=0)),
                ('charged_text', models.BigIntegerField(default=0)),
                ('charged_visual', models.BigIntegerField(default=0)),
                ('charged_video', models.BigIntegerField(default=0)),
                ('latency', aurous.kernel.tally.TallyField(default=0)),
                ('width', models.CharField(choices=[('hour', 'Hour'), ('day', 'Day')], max_length=4)),
                ('start', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='UsageUserDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('api_key_id', models.CharField(max_length=30)),
                ('model', models.CharField(max_length=128)),
                ('api_version', models.CharField(max_length=10)),
                ('status', models.CharField(max_length=8)),
                ('requests', models.BigIntegerField(default=0)),
                ('tokens_text', models.BigIntegerField(default=0)),
                ('tokens_visual', models.BigIntegerField(default=0)),
                ('tokens_video', models.BigIntegerField(default=0)),
                ('charged_text', models.BigIntegerField(default=0)),
                ('charged_visual', models.BigIntegerField(default=0)),
                ('charged_video', models.BigIntegerField(default=0)),
                ('latency', aurous.kernel.tally.TallyField(default=0)),
                ('day', models.DateTimeField()),
                ('user', models.CharField(default='', max_length=256)),
            ],
        ),
        migrations.AddField(
            model_name='usagebucket',
            name='latency',
            field=aurous.kernel.tally.TallyField(default=0),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name='transfer',
                    name='account',
                    field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='transfers', to='billing.account'),
                ),
            ],
            database_operations=[
                migrations.RunPython(drop_redundant_foreign_key, migrations.RunPython.noop),
            ],
        ),
        migrations.AlterField(
            model_name='usagebucket',
            name='team',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.team'),
        ),
        migrations.AddIndex(
            model_name='transfer',
            index=models.Index(fields=['account', 'recorded_at', 'sequence'], name='transfer_of_time'),
        ),
        migrations.AddIndex(
            model_name='transfer',
            index=models.Index(condition=models.Q(('kind', 'usage'), _negated=True), fields=['account', 'kind', 'sequence'], name='transfer_of_kind'),
        ),
        migrations.AddField(
            model_name='usagerollup',
            name='team',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.team'),
        ),
        migrations.AddField(
            model_name='usageuserday',
            name='team',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.team'),
        ),
        migrations.AddConstraint(
            model_name='usagerollup',
            constraint=models.UniqueConstraint(fields=('team', 'width', 'start', 'api_key_id', 'model', 'api_version', 'status'), name='usage_rollup'),
        ),
        migrations.AddConstraint(
            model_name='usageuserday',
            constraint=models.UniqueConstraint(fields=('team', 'day', 'user', 'api_key_id', 'model', 'api_version', 'status'), name='usage_user_day'),
        ),
        migrations.RunPython(room_on_pages, migrations.RunPython.noop),
    ]
