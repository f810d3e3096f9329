"""Indexes for what operators look for: the last characters of a key, the beginning of a name.

A team's name is looked for in any case, which each database has its own kind of index for.
"""

from typing import Any

from django.db import migrations, models

_FORWARDS = {
    "postgresql": "CREATE INDEX team_name_begins ON accounts_team "
    "(UPPER(name::text) text_pattern_ops)",
    "sqlite": "CREATE INDEX team_name_begins ON accounts_team (name COLLATE NOCASE)",
}


def forwards(_apps: Any, schema_editor: Any) -> None:
    schema_editor.execute(_FORWARDS[schema_editor.connection.vendor])


def backwards(_apps: Any, schema_editor: Any) -> None:
    schema_editor.execute("DROP INDEX team_name_begins")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_visits_and_notes")]

    operations = [
        migrations.AddIndex(
            model_name="apikeysecret",
            index=models.Index(fields=["tail", "head"], name="api_key_secret_hint"),
        ),
        migrations.RunPython(forwards, backwards),
    ]
