from django.db import migrations

from studio.people.seals import bare, sealed_anew


def _rewrite(apps, change):
    rows = apps.get_model("mfa", "Authenticator").objects.all()
    for row in rows.only("pk", "data").iterator():
        row.data = change(row.data)
        row.save(update_fields=["data"])


def seal(apps, schema_editor):
    _rewrite(apps, sealed_anew)


def unseal(apps, schema_editor):
    _rewrite(apps, bare)


class Migration(migrations.Migration):
    dependencies = [
        ("studio", "0020_claims_of_marked_files"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [migrations.RunPython(seal, unseal)]
