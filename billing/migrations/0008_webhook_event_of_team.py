"""An index for a team's history of alerts. Events are few and are forgotten after a month."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0007_usage_user_totals")]
    operations = [
        migrations.AddIndex(
            model_name="webhookevent",
            index=models.Index(
                fields=["team", "-created_at", "-id"], name="webhook_event_of_team"
            ),
        )
    ]
