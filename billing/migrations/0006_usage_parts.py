"""Which minutes of an hour, and hours of a day, have requests; filled from the minutes."""

from django.db import migrations, models

DIMENSIONS = ("team_id", "api_key_id", "model", "api_version", "status")
HOUR = {
    "postgresql": "date_trunc('hour', minute, 'UTC')",
    "sqlite": "strftime('%Y-%m-%d %H:00:00', minute)",
}
DAY = {
    "postgresql": "date_trunc('day', minute, 'UTC')",
    "sqlite": "strftime('%Y-%m-%d 00:00:00', minute)",
}
MINUTE_OF_HOUR = {
    "postgresql": "EXTRACT(minute FROM minute AT TIME ZONE 'UTC')::int",
    "sqlite": "CAST(strftime('%M', minute) AS integer)",
}
HOUR_OF_DAY = {
    "postgresql": "EXTRACT(hour FROM minute AT TIME ZONE 'UTC')::int",
    "sqlite": "CAST(strftime('%H', minute) AS integer)",
}
ONE = {"postgresql": "1::bigint", "sqlite": "1"}
# Table, which of its rows, its time, what one of its periods and one of its parts is made of.
WIDER = (
    ("billing_usagerollup", "width = 'hour' AND ", "start", HOUR, MINUTE_OF_HOUR, ()),
    ("billing_usagerollup", "width = 'day' AND ", "start", DAY, HOUR_OF_DAY, ()),
    ("billing_usageuserday", "", "day", DAY, HOUR_OF_DAY, ('"user"',)),
)


class PastOr:
    def __init__(self):
        self.bits = 0

    def step(self, value):
        self.bits |= value

    def finalize(self):
        return self.bits


def fill(apps, schema_editor):
    connection = schema_editor.connection
    vendor = connection.vendor
    union = "BIT_OR"
    if vendor == "sqlite":
        union = "past_or"
        connection.ensure_connection()
        connection.connection.create_aggregate(union, 1, PastOr)
    for table, which, time, period, part, more in WIDER:
        names = [*DIMENSIONS, *more]
        same = " AND ".join(f"{table}.{name} = x.{name}" for name in names)
        schema_editor.execute(
            f"UPDATE {table} SET parts = x.parts FROM (SELECT {', '.join(names)}, "
            f"{period[vendor]} AS period, {union}({ONE[vendor]} << {part[vendor]}) AS parts "
            f"FROM billing_usagebucket GROUP BY {', '.join(names)}, {period[vendor]}) x "
            f"WHERE {which}{table}.{time} = x.period AND {same}",
            params=None,
        )


def patiently(apps, schema_editor):
    """To add up the minutes of years takes longer than a request's statement may."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET LOCAL statement_timeout = 0", params=None)


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0005_usage_rollups'),
        # It fills the minutes' sums first.
        ('embeddings', '0003_usage_history'),
    ]

    operations = [
        migrations.RunPython(patiently, migrations.RunPython.noop),
        migrations.AddField(
            model_name='usagerollup',
            name='parts',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='usageuserday',
            name='parts',
            field=models.BigIntegerField(default=0),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
