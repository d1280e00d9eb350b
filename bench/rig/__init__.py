"""A studio of its own for a measurement: a fresh folder and database, no keys, no network. Import it before any app."""

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
_folder = tempfile.TemporaryDirectory(prefix="rushes-bench-", ignore_cleanup_errors=True)
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "studio.settings",
    "VAR_DIR": _folder.name,
    "DATABASE_URL": os.environ.get("BENCH_DATABASE_URL") or f"sqlite:///{_folder.name}/bench.sqlite3",
    "BROKER_URL": os.environ.get("BENCH_BROKER_URL", "memory://"),
    "USE_MOCK_DATA": "false",
    "PUBLIC_URL": "",
    "S3_BUCKET": "",
    "LOG_LEVEL": "CRITICAL",
} | dict.fromkeys(("FAL_KEY", "FAL_API_KEY", "KIE_API_KEY"), "")

import django  # noqa: E402

django.setup()


def migrate() -> None:
    """Make the tables."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
