"""Days of users, of everything else together; filled from the days of users by all else."""

import aurous.kernel.tally
import django.db.models.deletion
from django.db import migrations, models

SUMS = (
    "requests",
    "tokens_text",
    "tokens_visual",
    "tokens_video",
    "charged_text",
    "charged_visual",
    "charged_video",
)
TOTAL = {"postgresql": "SUM(latency)", "sqlite": "past_total(latency)"}


class PastTotal:
    def __init__(self):
        self.total = 0

    def step(self, value):
        digits, _, zeros = str(value).lower().partition("e")
        self.total += int(digits) * 10 ** int(zeros or 0)

    def finalize(self):
        return str(self.total)


def fill(apps, schema_editor):
    connection = schema_editor.connection
    vendor = connection.vendor
    if vendor == "sqlite":
        connection.ensure_connection()
        connection.connection.create_aggregate("past_total", 1, PastTotal)
    sums = ", ".join(f"SUM({name})" for name in SUMS)
    schema_editor.execute(
        f'INSERT INTO billing_usageusertotal (team_id, day, "user", {", ".join(SUMS)}, latency) '
        f'SELECT team_id, day, "user", {sums}, {TOTAL[vendor]} FROM billing_usageuserday '
        'GROUP BY team_id, day, "user" ORDER BY day, team_id',
        params=None,
    )


def patiently(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET LOCAL statement_timeout = 0", params=None)


def room_on_pages(apps, schema_editor):
    """As for the other sums: rows that are added to stay on their page."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "ALTER TABLE billing_usageusertotal SET (fillfactor = 70)", params=None
        )


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0006_usage_parts'),
    ]

    operations = [
        migrations.RunPython(patiently, migrations.RunPython.noop),
        migrations.CreateModel(
            name='UsageUserTotal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
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
                ('team', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.team')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('team', 'day', 'user'), name='usage_user_total')],
            },
        ),
        migrations.RunPython(room_on_pages, migrations.RunPython.noop),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
