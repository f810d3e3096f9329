"""The database itself refuses to change what an operator asked for, and what was decided.

On SQLite a later migration that rebuilds the table must make the triggers again: a rebuilt
table has none.
"""

from django.db import migrations

TABLE = "billing_operatoract"
MESSAGE = "operator acts stand as they are"
FIXED = (
    "id",
    "kind",
    "team_id",
    "credits",
    "grant_kind",
    "priority",
    "effective_at",
    "expires_at",
    "topup_id",
    "cents",
    "reason",
    "token",
    "asked_by_id",
    "asked_at",
    "lapses_at",
)


def _changed(differs):
    return " OR ".join(["OLD.state <> 'pending'", *(f"NEW.{c} {differs} OLD.{c}" for c in FIXED)])


POSTGRESQL = [
    f"""
    CREATE FUNCTION {TABLE}_stands() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    f"""
    CREATE TRIGGER {TABLE}_no_change BEFORE UPDATE ON {TABLE} FOR EACH ROW
    WHEN ({_changed("IS DISTINCT FROM")}) EXECUTE FUNCTION {TABLE}_stands()
    """,
    f"""
    CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE} FOR EACH ROW
    EXECUTE FUNCTION {TABLE}_stands()
    """,
]
POSTGRESQL_BACK = [
    f"DROP TRIGGER {TABLE}_no_change ON {TABLE}",
    f"DROP TRIGGER {TABLE}_no_delete ON {TABLE}",
    f"DROP FUNCTION {TABLE}_stands()",
]
SQLITE = [
    f"""
    CREATE TRIGGER {TABLE}_no_change BEFORE UPDATE ON {TABLE} WHEN {_changed("IS NOT")}
    BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END
    """,
    f"""
    CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE}
    BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END
    """,
    # INSERT OR REPLACE removes the row in its way without asking the trigger on DELETE.
    f"""
    CREATE TRIGGER {TABLE}_no_replace BEFORE INSERT ON {TABLE}
    WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE id = NEW.id OR token = NEW.token)
    BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END
    """,
]
SQLITE_BACK = [f"DROP TRIGGER {TABLE}_no_{verb}" for verb in ("change", "delete", "replace")]


def forwards(apps, schema_editor):
    postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in POSTGRESQL if postgresql else SQLITE:
        schema_editor.execute(statement, params=None)


def backwards(apps, schema_editor):
    postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in POSTGRESQL_BACK if postgresql else SQLITE_BACK:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("billing", "0011_operator_money")]
    operations = [migrations.RunPython(forwards, backwards)]
