"""When the invariants were checked; what operators read of all teams together."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0009_stripe'),
    ]

    operations = [
        migrations.CreateModel(
            name='Proof',
            fields=[
                ('id', models.CharField(max_length=30, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('holds', 'Holds'), ('differs', 'Differs'), ('broken', 'Broken')], default='waiting', max_length=7)),
                ('unfinished', models.BooleanField(default=True, editable=False, null=True, unique=True)),
                ('asked_by', models.CharField(max_length=254)),
                ('asked_at', models.DateTimeField()),
                ('started_at', models.DateTimeField(null=True)),
                ('beat_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('differences', models.PositiveIntegerField(default=0)),
                ('findings', models.JSONField(default=list)),
                ('error', models.CharField(default='', max_length=300)),
            ],
            options={
                'permissions': [('run_proof', 'Can have the invariants checked')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('state__in', ['waiting', 'running']), ('unfinished', True), ('unfinished__isnull', False)), models.Q(('ended_at__isnull', False), ('state__in', ['holds', 'differs', 'broken']), ('unfinished__isnull', True)), _connector='OR'), name='proof_ends_once')],
            },
        ),
        migrations.AddIndex(
            model_name='topup',
            index=models.Index(condition=models.Q(('charge_id__isnull', False)), fields=['charge_id'], name='topup_of_charge'),
        ),
        migrations.AddIndex(
            model_name='usagerollup',
            index=models.Index(fields=['width', 'start'], name='usage_rollup_of_all'),
        ),
        migrations.AddIndex(
            model_name='webhookendpoint',
            index=models.Index(condition=models.Q(('status', 'disabled')), fields=['disabled_reason'], name='webhook_endpoint_off'),
        ),
    ]
