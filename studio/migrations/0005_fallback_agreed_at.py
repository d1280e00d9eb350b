import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("studio", "0004_retention")]

    operations = [
        migrations.AddField(
            model_name="fallback",
            name="agreed_at",
            field=models.DateTimeField(
                default=django.utils.timezone.now,
                editable=False,
                help_text="Since when it stands: what failed before is not replaced.",
            ),
        ),
    ]
