"""Workers and the watcher keep their database connections; web processes do not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from celery.fixups.django import DjangoWorkerFixup
from django.db import connection

from studio.celery import app

ROOT = Path(__file__).resolve().parent.parent.parent
SHOW = "from django.db import connections; print(connections['default'].settings_dict['CONN_MAX_AGE'])"
KEEP = "from generation import connections as kept; kept.keep(); "
WORKER = "from celery.signals import celeryd_init; celeryd_init.send(sender='one'); "


def age(code: str, tmp_path: Path, **environment: str) -> str:
    given = {"VAR_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "studio.settings", **environment}
    start = f"import django; import studio.celery; {code}{SHOW}"
    done = subprocess.run(
        [sys.executable, "-c", start],
        cwd=ROOT,
        env=os.environ | given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.database_free
@pytest.mark.parametrize(
    ("code", "database", "given", "wanted"),
    [
        ("", "postgres://somebody@localhost/some", "0", "0"),
        (KEEP, "postgres://somebody@localhost/some", "0", "300"),
        (WORKER, "postgres://somebody@localhost/some", "0", "300"),
        (KEEP, "postgres://somebody@localhost/some", "20", "20"),
        (KEEP, "sqlite:///some.sqlite3", "0", "0"),
    ],
)
def test_only_processes_without_end_keep_their_connections(
    code: str, database: str, given: str, wanted: str, tmp_path: Path
) -> None:
    assert age(code, tmp_path, DATABASE_URL=database, CONN_MAX_AGE=given) == wanted


@pytest.mark.django_db(transaction=True)
def test_celery_leaves_the_connections_of_a_worker_open() -> None:
    """Its own way is to close each of them before and after every task, whatever Django's settings say."""
    fixup = DjangoWorkerFixup(app)
    connection.ensure_connection()
    kept = connection.connection
    fixup.close_database()
    assert connection.connection is kept
