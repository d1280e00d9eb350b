"""The benches run. What they say about speed is not judged here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.slow
@pytest.mark.database_free
def test_every_page_is_measured_in_a_studio_whose_books_agree() -> None:
    """The seeding ends the run when `check_ledger` would find a difference, and a page that does not answer 200 too."""
    command = [sys.executable, "bench/pages.py", "--json", "--small", "--fresh", "--times", "3"]
    done = subprocess.run(
        [*command, "--database", "sqlite"], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert {"storyboard", "spend", "admin billing/entry"} <= {row["page"] for row in rows}
    assert all(row["queries"] > 0 and 0 < row["p50_ms"] <= row["p95_ms"] for row in rows)
