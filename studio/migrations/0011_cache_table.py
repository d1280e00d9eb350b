from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import migrations


def make(apps: Any, schema_editor: Any) -> None:
    """Failed sign-ins are counted in it, over all processes."""
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


def drop(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute(f"DROP TABLE {schema_editor.quote_name(settings.CACHES['default']['LOCATION'])}")


class Migration(migrations.Migration):
    dependencies = [("studio", "0010_account_mail")]

    operations = [migrations.RunPython(make, drop)]
