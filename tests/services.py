"""Real services for tests. A missing one is said loudly and skipped; with CI=true it is a failure."""

import os
import shutil
from typing import NoReturn

import psycopg
import pytest
import redis

POSTGRES = os.environ.get("TEST_DATABASE_URL") or (
    f"postgres://{os.environ.get('PGUSER', 'root')}@127.0.0.1:5432/{os.environ.get('PGDATABASE', 'test')}"
)
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/13")


def need_postgres() -> str:
    """The address of a PostgreSQL server on which databases may be made."""
    address = POSTGRES.replace("postgres://", "postgresql://")
    try:
        psycopg.connect(address, connect_timeout=3).close()
    except psycopg.OperationalError as error:
        missing(f"PostgreSQL does not answer ({error}). Set TEST_DATABASE_URL.")
    return address


def need_redis() -> str:
    """The address of an emptied Redis database."""
    client = redis.Redis.from_url(REDIS, socket_connect_timeout=3)
    try:
        client.flushdb()
    except redis.ConnectionError as error:
        missing(f"Redis does not answer ({error}). Set TEST_REDIS_URL.")
    finally:
        client.close()
    return REDIS


def need_chromium() -> str:
    """The path of the system's Chromium."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    return found or missing("Chromium is not installed (Debian: apt-get install chromium).")


def missing(what: str) -> NoReturn:
    """Skip, or fail where everything has to be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(f"!!! {what} !!!")
