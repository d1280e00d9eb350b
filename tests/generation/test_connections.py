"""Workers and the watcher keep their database connections; web processes do not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

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
