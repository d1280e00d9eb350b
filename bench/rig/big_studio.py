"""A database with a big studio in it: filled once and kept, copied for each measurement."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connection, connections
from django.utils import timezone

import rig
from billing.check import check_books
from rig.seeding import analyse, seed
from rig.sizes import Sizes

_RIG = Path(__file__).resolve().parent
_ROOT = _RIG.parent.parent
_PREFIX = "rushes_bench_"


@contextmanager
def big_studio(server: str, sizes: Sizes, *, fresh: bool = False) -> Iterator[None]:
    """Fill this process's database, by a copy where one is kept: on the PostgreSQL `server`, or on SQLite if empty."""
    with _on_postgres(server, sizes, fresh) if server else _on_sqlite(sizes, fresh):
        yield


@contextmanager
def _on_postgres(server: str, sizes: Sizes, fresh: bool) -> Iterator[None]:
    template, copy = _PREFIX + _state(sizes), settings.DATABASES["default"]["NAME"]
    with psycopg.connect(server.replace("postgres://", "postgresql://"), autocommit=True) as link:
        found = link.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{_PREFIX}{sizes.projects}_%"]
        )
        kept = {name for (name,) in found}
        is_filled = template in kept and not fresh
        link.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{template if is_filled else "template1"}"')
        try:
            if not is_filled:
                _fill(sizes)
                connections.close_all()
                for old in kept:
                    link.execute(f'DROP DATABASE "{old}"')
                link.execute(f'CREATE DATABASE "{template}" TEMPLATE "{copy}"')
            yield
        finally:
            connections.close_all()
            link.execute(f'DROP DATABASE "{copy}" WITH (FORCE)')


@contextmanager
def _on_sqlite(sizes: Sizes, fresh: bool) -> Iterator[None]:
    folder = _ROOT / "var" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"{_state(sizes)}.sqlite3"
    if kept.exists() and not fresh:
        shutil.copy(kept, settings.DATABASES["default"]["NAME"])
    else:
        _fill(sizes)
        for old in folder.glob(f"{sizes.projects}_*.sqlite3"):
            old.unlink()
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(kept)])
    try:
        yield
    finally:
        connections.close_all()


def _fill(sizes: Sizes) -> None:
    rig.migrate()
    seed(sizes, timezone.now())
    analyse()
    if found := check_books().findings:
        raise SystemExit(f"The seeded books differ: {found[0].text}")


def _state(sizes: Sizes) -> str:
    """Changes when the seeding, its sizes or a migration does."""
    sources = [_RIG / f"{name}.py" for name in ("sizes", "film", "books", "jobs", "seeding")]
    sources += sorted(_ROOT.glob("*/migrations/0*.py"))
    found = hashlib.sha256(repr(sizes).encode())
    for source in sources:
        found.update(source.read_bytes())
    return f"{sizes.projects}_{found.hexdigest()[:12]}"
