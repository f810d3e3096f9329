"""An index for the failures of all teams in the last hours."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('embeddings', '0004_requests_by_error_code'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='inference',
            index=models.Index(condition=models.Q(('error_code', ''), _negated=True), fields=['created_at', 'error_code'], name='inference_failures'),
        ),
    ]
