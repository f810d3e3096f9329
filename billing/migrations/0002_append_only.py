"""The database itself refuses to change or remove a transfer, and the system accounts exist.

On SQLite a later migration that rebuilds the table must make the triggers again: a rebuilt
table has none.
"""

from django.db import migrations

TABLE = "billing_transfer"
MESSAGE = "transfers are append-only"
SYSTEM = ("stripe_clearing", "revenue", "promotions", "breakage", "refunds", "adjustments")

POSTGRESQL = [
    f"""
    CREATE FUNCTION {TABLE}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    f"""
    CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE ON {TABLE}
    FOR EACH ROW EXECUTE FUNCTION {TABLE}_append_only()
    """,
    # Django makes a second index for LIKE on each unique text column. Nobody searches these so,
    # and each costs every insert.
    """
    DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()
            AND tablename IN ('billing_account', 'billing_transfer', 'billing_grant',
                'billing_idempotencyclaim') AND indexname LIKE '%\_like' LOOP
            EXECUTE format('DROP INDEX %I', name);
        END LOOP;
    END $$
    """,
    # Half-filled pages let updates of hot rows stay on their page, without touching an index.
    "ALTER TABLE billing_account SET (fillfactor = 50)",
    "ALTER TABLE billing_usagebucket SET (fillfactor = 70)",
    "ALTER TABLE billing_keyday SET (fillfactor = 70)",
    "ALTER TABLE billing_grant SET (fillfactor = 70)",
]
POSTGRESQL_BACK = [
    f"DROP TRIGGER {TABLE}_append_only ON {TABLE}",
    f"DROP FUNCTION {TABLE}_append_only()",
]
SQLITE = [
    f"""
    CREATE TRIGGER {TABLE}_no_{verb.lower()} BEFORE {verb} ON {TABLE}
    BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END
    """
    for verb in ("UPDATE", "DELETE")
] + [
    # INSERT OR REPLACE removes the row in its way without asking the trigger on DELETE.
    f"""
    CREATE TRIGGER {TABLE}_no_replace BEFORE INSERT ON {TABLE}
    WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE id = NEW.id OR reference = NEW.reference
    OR (account_id = NEW.account_id AND sequence = NEW.sequence))
    BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END
    """,
]
SQLITE_BACK = [f"DROP TRIGGER {TABLE}_no_{verb}" for verb in ("update", "delete", "replace")]


def forwards(apps, schema_editor):
    postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in POSTGRESQL if postgresql else SQLITE:
        schema_editor.execute(statement, params=None)
    account = apps.get_model("billing", "Account")
    account.objects.bulk_create([account(id=name) for name in SYSTEM])


def backwards(apps, schema_editor):
    postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in POSTGRESQL_BACK if postgresql else SQLITE_BACK:
        schema_editor.execute(statement, params=None)
    apps.get_model("billing", "Account").objects.filter(id__in=SYSTEM).delete()


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
