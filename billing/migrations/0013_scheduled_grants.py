"""Credit that begins later. The database refuses to change what was promised, to remove it, and to
change how it ended.

On SQLite a later migration that rebuilds the table must make the triggers again: a rebuilt
table has none.
"""

import django.db.models.deletion
from django.db import migrations, models


TABLE = "billing_scheduledgrant"
MESSAGE = "what was promised is never changed"
# All but the two columns that say how it ended.
PROMISED = (
    "id",
    "account_id",
    "amount",
    "kind",
    "transfer_kind",
    "other",
    "reference",
    "note",
    "priority",
    "effective_at",
    "expires_at",
    "made_by",
    "created_at",
)


def _changes(differs):
    ended = "OLD.grant_id IS NOT NULL OR OLD.cancelled_at IS NOT NULL"
    return " OR ".join([ended, *(f"NEW.{name} {differs} OLD.{name}" for name in PROMISED)])


POSTGRESQL = [
    f"""
    CREATE FUNCTION {TABLE}_promised() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    f"""
    CREATE TRIGGER {TABLE}_kept BEFORE UPDATE ON {TABLE}
    FOR EACH ROW WHEN ({_changes("IS DISTINCT FROM")}) EXECUTE FUNCTION {TABLE}_promised()
    """,
    f"""
    CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE}
    FOR EACH ROW EXECUTE FUNCTION {TABLE}_promised()
    """,
]
POSTGRESQL_BACK = [
    f"DROP TRIGGER {TABLE}_kept ON {TABLE}",
    f"DROP TRIGGER {TABLE}_no_delete ON {TABLE}",
    f"DROP FUNCTION {TABLE}_promised()",
]
SQLITE = [
    f"""
    CREATE TRIGGER {TABLE}_kept BEFORE UPDATE ON {TABLE} WHEN {_changes("IS NOT")}
    BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END
    """,
    f"""
    CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE}
    BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END
    """,
    # INSERT OR REPLACE removes the row in its way without asking the trigger on DELETE.
    f"""
    CREATE TRIGGER {TABLE}_no_replace BEFORE INSERT ON {TABLE}
    WHEN EXISTS (SELECT 1 FROM {TABLE} WHERE id = NEW.id OR reference = NEW.reference)
    BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END
    """,
]
SQLITE_BACK = [f"DROP TRIGGER {TABLE}_{name}" for name in ("kept", "no_delete", "no_replace")]


def forwards(apps, schema_editor):
    postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in POSTGRESQL if postgresql else SQLITE:
        schema_editor.execute(statement, params=None)


def backwards(apps, schema_editor):
    postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in POSTGRESQL_BACK if postgresql else SQLITE_BACK:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0012_operator_acts_stand'),
    ]

    operations = [
        migrations.AddField(
            model_name='account',
            name='next_grant_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name='ScheduledGrant',
            fields=[
                ('id', models.CharField(max_length=30, primary_key=True, serialize=False)),
                ('amount', models.BigIntegerField()),
                ('kind', models.CharField(choices=[('purchased', 'Purchased'), ('promotional', 'Promotional'), ('adjustment', 'Adjustment')], max_length=12)),
                ('transfer_kind', models.CharField(choices=[('top_up', 'Top Up'), ('grant', 'Grant'), ('usage', 'Usage'), ('refund', 'Refund'), ('dispute', 'Dispute'), ('expiry', 'Expiry'), ('adjustment', 'Adjustment')], max_length=12)),
                ('other', models.CharField(choices=[('stripe_clearing', 'Stripe Clearing'), ('revenue', 'Revenue'), ('promotions', 'Promotions'), ('breakage', 'Breakage'), ('refunds', 'Refunds'), ('adjustments', 'Adjustments')], max_length=40)),
                ('reference', models.CharField(max_length=120, unique=True)),
                ('note', models.CharField(default='', max_length=300)),
                ('priority', models.SmallIntegerField(default=100)),
                ('effective_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(null=True)),
                ('made_by', models.CharField(max_length=254)),
                ('created_at', models.DateTimeField()),
                ('cancelled_at', models.DateTimeField(null=True)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='scheduled_grants', to='billing.account')),
                ('grant', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='scheduled', to='billing.grant')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('cancelled_at', None), ('grant', None)), fields=['account', 'effective_at'], name='scheduled_waiting')],
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='scheduled_positive'), models.CheckConstraint(condition=models.Q(('effective_at__gt', models.F('created_at'))), name='scheduled_begins_later'), models.CheckConstraint(condition=models.Q(('expires_at', None), ('expires_at__gt', models.F('effective_at')), _connector='OR'), name='scheduled_ends_after_it_begins'), models.CheckConstraint(condition=models.Q(('grant', None), ('cancelled_at', None), _connector='OR'), name='scheduled_one_end')],
            },
        ),
        migrations.RunPython(forwards, backwards),
    ]
