"""Nothing waits for ever: each way out of the house has a limit of time."""

import ast
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings

from generation import providers
from studio.mailers import mailers
from tests.fakes.fal import FakeFal

ROOT = Path(settings.BASE_DIR)
APPS = ("studio", "generation", "billing")
# What opens a connection or waits for a process, and so must be told how long.
CALLS = {
    "httpx": {"Client", "AsyncClient", "get", "post", "put", "patch", "delete", "head", "request", "stream"},
    "requests": {"get", "post", "put", "request", "Session"},
    "urllib.request": {"urlopen"},
    "socket": {"create_connection"},
    "smtplib": {"SMTP", "SMTP_SSL"},
    "redis": {"Redis", "from_url"},
    "psycopg": {"connect"},
    "fal_client": {"SyncClient", "AsyncClient", "submit", "subscribe", "run"},
    "subprocess": {"run", "check_output", "check_call", "call"},
}
LIMITS = {"timeout", "socket_timeout", "connect_timeout", "default_timeout"}


def _openings(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """The calls in a file that open connections: `module.name(…)`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            module = ast.unparse(node.func.value)
            if node.func.attr in CALLS.get(module, ()):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def _files() -> list[Path]:
    return [path for app in APPS for path in (ROOT / app).rglob("*.py")]


def test_whoever_opens_a_connection_says_how_long_it_waits() -> None:
    found = [opening for path in _files() for opening in _openings(path)]
    assert found, "the adapters do open connections"
    assert [place for place, call in found if not LIMITS & {word.arg for word in call.keywords}] == []


def test_nothing_that_opens_connections_is_imported_by_another_name() -> None:
    strangers = []
    for path in _files():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                module = str(node.module)
                opens = CALLS.get(module) or CALLS.get(module.partition(".")[0], set())
                names = {alias.name for alias in node.names} & opens
                strangers += [f"{path.relative_to(ROOT)}: {name}" for name in names]
    # fal's client is subclassed there, and made with its limit: looked at below.
    assert strangers == ["generation/providers/fal_queue.py: SyncClient"]


def _clients(thing: Any, seen: set[int]) -> Iterator[httpx.Client]:
    """Every httpx client that hangs on an object of ours or of fal's."""
    if id(thing) in seen:
        return
    seen.add(id(thing))
    if isinstance(thing, httpx.Client):
        yield thing
    elif type(thing).__module__.startswith(("generation.", "fal_client.")):
        for name in {*getattr(thing, "__dict__", {}), *(["_client"] if hasattr(thing, "_client") else [])}:
            yield from _clients(getattr(thing, name), seen)


@pytest.mark.parametrize("slug", ["fal", "kie"])
def test_each_client_of_an_adapter_has_all_four_limits(slug: str, settings: Any) -> None:
    settings.USE_MOCK_DATA, settings.KIE_API_KEY = False, "kie-0123456789"
    with FakeFal() as server:
        for name, value in server.settings().items():
            setattr(settings, name, value)
        providers.forget()
        adapter = providers.provider_named(slug)
        clients = list(_clients(adapter, set()))
        adapter.close()
        providers.forget()
    assert len(clients) >= 2
    for client in clients:
        limits = client.timeout.as_dict()
        assert all(0 < limits[kind] <= 120 for kind in ("connect", "read", "write", "pool")), limits


def test_mail_servers_have_a_limit() -> None:
    options = mailers("smtp://mail:25", ROOT)["default"]["OPTIONS"]
    assert 0 < options["timeout"] <= 60


def test_the_database_the_broker_and_the_bucket_have_limits() -> None:
    """In a process of its own, with the settings of the served form."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "studio.settings",
        "DATABASE_URL": "postgres://rushes@db/rushes",
        "BROKER_URL": "redis://cache:6379/0",
        "S3_BUCKET": "films",
    }
    words = (
        "import json; from django.conf import settings as s; c = s.STORAGES['default']['OPTIONS']['client_config'];"
        "print(json.dumps([s.DATABASES['default']['OPTIONS'], s.CELERY_BROKER_TRANSPORT_OPTIONS,"
        " [c.connect_timeout, c.read_timeout, c.signature_version]]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    database, broker, bucket = json.loads(done.stdout)
    assert 0 < database["connect_timeout"] <= 10
    assert 0 < database["tcp_user_timeout"] <= 60_000
    assert "statement_timeout=60000" in database["options"]
    assert 0 < broker["socket_timeout"] <= 30
    assert 0 < broker["socket_connect_timeout"] <= 10
    assert bucket == [5, 30, "s3v4"]


def test_the_names_that_are_looked_for_exist() -> None:
    for module, names in CALLS.items():
        if module not in {"requests"}:
            assert all(hasattr(importlib.import_module(module), name) for name in names), module
