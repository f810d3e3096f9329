"""Operators' looks at dashboards and their notes on teams; why a team is suspended.

The database itself refuses to change or remove a note, as with the audit log.
"""

import aurous.kernel.ids
import django.db.models.deletion
import functools
from django.conf import settings
from django.db import migrations, models


TABLE = "accounts_teamnote"
MESSAGE = "notes are append-only"

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
]
SQLITE_BACK = [f"DROP TRIGGER {TABLE}_no_{verb}" for verb in ("update", "delete")]


def forwards(apps, schema_editor):
    postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in POSTGRESQL if postgresql else SQLITE:
        schema_editor.execute(statement)


def backwards(apps, schema_editor):
    postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in POSTGRESQL_BACK if postgresql else SQLITE_BACK:
        schema_editor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_addresses'),
    ]

    operations = [
        migrations.AddField(
            model_name='team',
            name='suspended_reason',
            field=models.CharField(blank=True, db_default='', default='', max_length=300),
        ),
        migrations.AlterModelOptions(
            name='user',
            options={'permissions': [('reset_second_factor', "Can reset a person's lost second factor")]},
        ),
        migrations.CreateModel(
            name='TeamNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('author_id', models.CharField(max_length=64)),
                ('author_label', models.CharField(max_length=254)),
                ('text', models.TextField()),
                ('created_at', models.DateTimeField()),
                ('team', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.team')),
            ],
            options={
                'indexes': [models.Index(fields=['team', '-id'], name='team_note_list')],
                'constraints': [models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='team_note_not_empty')],
            },
        ),
        migrations.CreateModel(
            name='Visit',
            fields=[
                ('id', models.CharField(default=functools.partial(aurous.kernel.ids.new_id, *('visit',), **{}), editable=False, max_length=32, primary_key=True, serialize=False)),
                ('reason', models.CharField(max_length=300)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('asked_at', models.DateTimeField()),
                ('link_ends_at', models.DateTimeField()),
                ('began_at', models.DateTimeField(null=True)),
                ('ends_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('end', models.CharField(choices=[('asked', 'Asked'), ('logged_out', 'Logged Out'), ('time', 'Time'), ('rights', 'Rights'), ('replaced', 'Replaced'), ('unused', 'Unused')], default='', max_length=10)),
                ('operator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.team')),
            ],
            options={
                'permissions': [('open_dashboard', "Can look at a team's dashboard, read only")],
                'indexes': [models.Index(condition=models.Q(('ended_at__isnull', True)), fields=['operator'], name='visit_open')],
                'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='visit_has_a_reason'), models.CheckConstraint(condition=models.Q(models.Q(('began_at__isnull', True), ('ends_at__isnull', True)), models.Q(('began_at__isnull', False), ('ends_at__isnull', False)), _connector='OR'), name='visit_has_an_end'), models.CheckConstraint(condition=models.Q(models.Q(('end', ''), ('ended_at__isnull', True)), models.Q(('ended_at__isnull', False), models.Q(('end', ''), _negated=True)), _connector='OR'), name='visit_ended_why')],
            },
        ),
        migrations.RunPython(forwards, backwards),
    ]
