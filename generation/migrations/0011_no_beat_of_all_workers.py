"""The beat of all workers as one, from before each queue had its own: nobody writes it any more, so it would only age."""

from django.db import migrations


def forget(apps, schema_editor):
    apps.get_model("generation", "Heartbeat").objects.using(schema_editor.connection.alias).filter(name="worker").delete()


class Migration(migrations.Migration):

    dependencies = [
        ('generation', '0010_what_figures_look_for'),
    ]

    operations = [
        migrations.RunPython(forget, migrations.RunPython.noop),
    ]
