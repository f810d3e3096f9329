from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('embeddings', '0005_failures'),
    ]

    operations = [
        migrations.AddField(
            model_name='catalogmodel',
            name='notice',
            field=models.CharField(default='', editable=False, max_length=200),
        ),
        migrations.AddField(
            model_name='catalogmodel',
            name='retry_after_s',
            field=models.PositiveIntegerField(default=30, editable=False),
        ),
        migrations.AddField(
            model_name='catalogmodel',
            name='state_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name='catalogmodel',
            name='state',
            field=models.CharField(choices=[('active', 'Active'), ('draining', 'Draining'), ('paused', 'Paused')], default='active', max_length=8),
        ),
    ]
