"""Databases with all tables and no rows, made once for all runs and for the processes that tests start.

Making the tables takes twenty seconds of processor time, more than most of what such a test is about.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import django
import psycopg
import pytest
from django.apps import apps
from django.db import connection
from hypothesis import settings

from tests.services import need_postgres

ROOT = Path(__file__).resolve().parent.parent
# What `make chaos` asks of the state machines of money and of a generation's life: four times as much as `make test`.
settings.register_profile("long", max_examples=400)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What starts the product, one after the other in one process, goes first: at the end the other one would rest."""
    items.sort(
        key=lambda item: ("processes",) not in [mark.args for mark in item.iter_markers("xdist_group")]
    )


def _kept_tables() -> Path:
    """Where a SQLite file with the tables of exactly these migrations is kept between runs."""
    digest = hashlib.sha256(django.__version__.encode())
    for app in apps.get_app_configs():
        for migration in sorted(Path(app.path, "migrations").glob("*.py")):
            digest.update(migration.name.encode() + migration.read_bytes())
    return Path(tempfile.gettempdir(), f"rushes-tables-{digest.hexdigest()[:16]}.sqlite3")


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb: bool, django_db_modify_db_settings: None) -> bool:
    """As ever; but of a SQLite file whose tables are kept, the test database is a copy and needs no migration."""
    kept = _kept_tables()
    if connection.vendor != "sqlite" or not kept.exists():
        return django_db_keepdb
    test = connection.settings_dict["TEST"]
    shutil.copy(kept, test["NAME"])
    test["MIGRATE"] = False
    return True


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Path | None:
    """As ever; and the file of tables is kept, from before any test has written. Only of a file."""
    if connection.vendor != "sqlite":
        return None
    kept = _kept_tables()
    if not kept.exists():
        copy = tmp_path_factory.mktemp("tables") / "rushes.sqlite3"
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(copy)])
        shutil.move(copy, arriving := kept.with_suffix(f".{os.getpid()}"))
        arriving.replace(kept)
    return kept


@pytest.fixture(scope="session")
def tables(django_db_setup: Path | None) -> Path:
    """A SQLite file with all tables, to be copied."""
    assert django_db_setup is not None, "Processes on SQLite are tested where the tests are on SQLite."
    return django_db_setup


@pytest.fixture
def folder_with_tables(tables: Path, tmp_path: Path) -> Path:
    """A `VAR_DIR` whose database has its tables."""
    shutil.copy(tables, tmp_path / "rushes.sqlite3")
    return tmp_path


@pytest.fixture(scope="session")
def tables_on_postgres() -> Iterator[str]:
    """The name of a PostgreSQL database with all tables, to be a TEMPLATE."""
    server, name = need_postgres(), f"rushes_tables_{uuid4().hex[:8]}"
    with psycopg.connect(server, autocommit=True) as link:
        link.execute(f'CREATE DATABASE "{name}"')
        address = f"{server.rpartition('/')[0]}/{name}"
        given = os.environ | {"DJANGO_SETTINGS_MODULE": "studio.settings", "DATABASE_URL": address}
        command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(command, cwd=ROOT, env=given, check=True, timeout=300)
        yield name
        link.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def database(tables_on_postgres: str) -> Iterator[str]:
    """The address of a PostgreSQL database of the test's own that has its tables."""
    server, name = need_postgres(), f"rushes_of_a_test_{uuid4().hex[:8]}"
    with psycopg.connect(server, autocommit=True) as link:
        link.execute(f'CREATE DATABASE "{name}" TEMPLATE "{tables_on_postgres}"')
        yield f"{server.rpartition('/')[0]}/{name}"
        link.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
