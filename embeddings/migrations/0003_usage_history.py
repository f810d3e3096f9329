"""Indexes of the list of requests; durations, hours and days of the usage that exists."""

from datetime import datetime

from django.db import migrations, models

# billing.latency and aurous.kernel.tally as of this migration; migrations import no app code.
PLACES = 12
LONGEST_MS = 600_000
EDGES_MS = [0]
while EDGES_MS[-1] < LONGEST_MS:
    EDGES_MS.append(min(LONGEST_MS, max(EDGES_MS[-1] + 1, EDGES_MS[-1] * 11 // 10)))

SUMS = ", ".join(
    f"SUM({name})"
    for name in (
        "requests",
        "tokens_text",
        "tokens_visual",
        "tokens_video",
        "charged_text",
        "charged_visual",
        "charged_video",
    )
)
BUCKET = ("team_id", "minute", "api_key_id", "model", "api_version", "status", '"user"')
MINUTE = {
    "postgresql": "date_trunc('minute', created_at, 'UTC')",
    "sqlite": "strftime('%Y-%m-%d %H:%M:00', created_at)",
}
HOUR = {
    "postgresql": "date_trunc('hour', minute, 'UTC')",
    "sqlite": "strftime('%Y-%m-%d %H:00:00', minute)",
}
DAY = {
    "postgresql": "date_trunc('day', minute, 'UTC')",
    "sqlite": "strftime('%Y-%m-%d 00:00:00', minute)",
}
TALLY = {
    "postgresql": (
        f"('1e' || {PLACES} * (width_bucket(LEAST(GREATEST(0, ROUND(EXTRACT(EPOCH FROM "
        f"ended_at - created_at) * 1000))::int, {LONGEST_MS}), "
        f"ARRAY[{', '.join(map(str, EDGES_MS))}]) - 1))::numeric"
    ),
    "sqlite": "past_tally(created_at, ended_at)",
}
TOTAL = {"postgresql": "SUM({})", "sqlite": "past_total({})"}
ALL = "team_id, api_key_id, model, api_version, status"
# Table, its own columns, and what they are made of.
WIDER = (
    ("billing_usagerollup", "width, start", "'hour', {hour}"),
    ("billing_usagerollup", "width, start", "'day', {day}"),
    ("billing_usageuserday", '"user", day', '"user", {day}'),
)


def past_tally(created_at, ended_at):
    took = datetime.fromisoformat(ended_at) - datetime.fromisoformat(created_at)
    micros = (took.days * 86_400 + took.seconds) * 1_000_000 + took.microseconds
    millis = max(0, (micros + 500) // 1_000)
    return str(10 ** (PLACES * max(n for n, edge in enumerate(EDGES_MS) if edge <= millis)))


class PastTotal:
    def __init__(self):
        self.total = 0

    def step(self, value):
        self.total += int(value)

    def finalize(self):
        return str(self.total)


def fill(apps, schema_editor):
    connection = schema_editor.connection
    vendor = connection.vendor
    if vendor == "sqlite":
        connection.ensure_connection()
        connection.connection.create_function("past_tally", 2, past_tally)
        connection.connection.create_aggregate("past_total", 1, PastTotal)
    names = ", ".join(name for name in BUCKET if name != "minute")
    same = " AND ".join(f"billing_usagebucket.{name} = x.{name}" for name in BUCKET)
    schema_editor.execute(
        f"UPDATE billing_usagebucket SET latency = x.latency FROM (SELECT {names}, "
        f"{MINUTE[vendor]} AS minute, {TOTAL[vendor].format(TALLY[vendor])} AS latency "
        "FROM embeddings_inference WHERE ended_at IS NOT NULL "
        f"GROUP BY {names}, {MINUTE[vendor]}) x WHERE {same}",
        params=None,
    )
    for table, columns, values in WIDER:
        chosen = values.format(hour=HOUR[vendor], day=DAY[vendor])
        schema_editor.execute(
            f"INSERT INTO {table} ({columns}, {ALL}, requests, tokens_text, tokens_visual, "
            "tokens_video, charged_text, charged_visual, charged_video, latency) "
            f"SELECT {chosen}, {ALL}, {SUMS}, {TOTAL[vendor].format('latency')} "
            "FROM billing_usagebucket GROUP BY 1, 2, 3, 4, 5, 6, 7",
            params=None,
        )


def patiently(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET LOCAL statement_timeout = 0", params=None)


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_audit_append_only'),
        ('billing', '0005_usage_rollups'),
        ('embeddings', '0002_catalog'),
    ]

    operations = [
        migrations.RunPython(patiently, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name='inference',
            index=models.Index(condition=models.Q(('user', ''), _negated=True), fields=['team', 'user', 'created_at'], name='inference_of_user'),
        ),
        migrations.AddIndex(
            model_name='inference',
            index=models.Index(condition=models.Q(('charged', 0), ('ended_at__isnull', False)), fields=['team', 'created_at', 'id'], name='inference_uncharged'),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
