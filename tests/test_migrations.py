"""The migrations make the tables that the code expects, in both directions."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

APPS = ("studio", "generation", "billing")


@pytest.mark.django_db
def test_no_migration_is_missing():
    said = StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=said, stderr=said)
    except SystemExit:
        pytest.fail(f"Run `manage.py makemigrations`; it would say:\n{said.getvalue()}")


@pytest.mark.django_db
def test_each_app_has_one_line_of_migrations():
    assert MigrationLoader(connection).detect_conflicts() == {}


def test_migrations_follow_the_arrows_of_the_house():
    allowed = {
        "billing": {"auth", "contenttypes", "billing"},
        "generation": {"auth", "contenttypes", "billing", "generation"},
        # The secrets of second factors are sealed by us; the library that keeps them knows nothing of the house.
        "studio": {"auth", "contenttypes", "billing", "generation", "studio", "mfa"},
    }
    loader = MigrationLoader(None)
    for (app, name), migration in loader.disk_migrations.items():
        if app in APPS:
            needed = {"auth" if dep[0] == "__setting__" else dep[0] for dep in migration.dependencies}
            assert needed <= allowed[app], f"{app}.{name}"
