"""Webhook endpoints with their secrets, events and deliveries; what an account was told."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_audit_append_only'),
        ('billing', '0003_claims_move_to_accounts'),
    ]

    operations = [
        migrations.AddField(
            model_name='account',
            name='exhausted_told',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='account',
            name='low_balance',
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='account',
            name='low_told',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.CreateModel(
            name='WebhookEndpoint',
            fields=[
                ('id', models.CharField(max_length=29, primary_key=True, serialize=False)),
                ('url', models.CharField(max_length=2048)),
                ('events', models.JSONField()),
                ('description', models.CharField(default='', max_length=256)),
                ('status', models.CharField(choices=[('enabled', 'Enabled'), ('disabled', 'Disabled')], default='enabled', max_length=8)),
                ('disabled_reason', models.CharField(choices=[('requested', 'Requested'), ('failures', 'Failures'), ('gone', 'Gone')], default='', max_length=10)),
                ('disabled_at', models.DateTimeField(null=True)),
                ('failures', models.PositiveIntegerField(default=0)),
                ('created_at', models.DateTimeField()),
                ('team', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.team')),
            ],
        ),
        migrations.CreateModel(
            name='WebhookEvent',
            fields=[
                ('id', models.CharField(max_length=30, primary_key=True, serialize=False)),
                ('type', models.CharField(max_length=40)),
                ('data', models.TextField()),
                ('mark', models.CharField(max_length=120, null=True, unique=True)),
                ('created_at', models.DateTimeField()),
                ('api_version', models.CharField(default='', max_length=10)),
                ('dispatched_at', models.DateTimeField(null=True)),
                ('team', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.team')),
            ],
        ),
        migrations.CreateModel(
            name='WebhookDelivery',
            fields=[
                ('id', models.CharField(max_length=30, primary_key=True, serialize=False)),
                ('cause', models.CharField(choices=[('event', 'Event'), ('test', 'Test'), ('resend', 'Resend')], default='event', max_length=6)),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('succeeded', 'Succeeded'), ('failed', 'Failed')], default='pending', max_length=9)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('due_at', models.DateTimeField(null=True)),
                ('leased_until', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField()),
                ('completed_at', models.DateTimeField(null=True)),
                ('attempted_at', models.DateTimeField(null=True)),
                ('duration_ms', models.PositiveIntegerField(null=True)),
                ('response_status', models.PositiveSmallIntegerField(null=True)),
                ('response_body', models.CharField(default='', max_length=1024)),
                ('error', models.CharField(default='', max_length=200)),
                ('team', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.team')),
                ('endpoint', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='billing.webhookendpoint')),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='billing.webhookevent')),
            ],
            options={
                'verbose_name_plural': 'webhook deliveries',
            },
        ),
        migrations.CreateModel(
            name='WebhookSecret',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('salt', models.CharField(max_length=32)),
                ('pepper_version', models.PositiveSmallIntegerField()),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(null=True)),
                ('endpoint', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='secrets', to='billing.webhookendpoint')),
            ],
        ),
        migrations.AddIndex(
            model_name='webhookendpoint',
            index=models.Index(fields=['team', '-created_at', '-id'], name='webhook_endpoint_list'),
        ),
        migrations.AddConstraint(
            model_name='webhookendpoint',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('disabled_at__isnull', True), ('disabled_reason', ''), ('status', 'enabled')), models.Q(('disabled_at__isnull', False), ('status', 'disabled'), models.Q(('disabled_reason', ''), _negated=True)), _connector='OR'), name='webhook_endpoint_disabled_why'),
        ),
        migrations.AddIndex(
            model_name='webhookevent',
            index=models.Index(condition=models.Q(('dispatched_at__isnull', True)), fields=['id'], name='webhook_event_waiting'),
        ),
        migrations.AddIndex(
            model_name='webhookevent',
            index=models.Index(fields=['created_at'], name='webhook_event_age'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(fields=['endpoint', '-created_at', '-id'], name='webhook_delivery_list'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='webhook_delivery_due'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(condition=models.Q(('leased_until__isnull', False)), fields=['team'], name='webhook_delivery_in_flight'),
        ),
        migrations.AddConstraint(
            model_name='webhookdelivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('completed_at__isnull', True), ('due_at__isnull', False), ('status', 'pending')), models.Q(('completed_at__isnull', False), ('due_at__isnull', True), ('leased_until__isnull', True), models.Q(('status', 'pending'), _negated=True)), _connector='OR'), name='webhook_delivery_ends_once'),
        ),
        migrations.AddConstraint(
            model_name='webhooksecret',
            constraint=models.UniqueConstraint(condition=models.Q(('expires_at__isnull', True)), fields=('endpoint',), name='webhook_secret_one_current'),
        ),
    ]
