"""The files of the container form: they name what exists, hold no secret, and leave no queue and no process unwatched.

No engine runs here: what the files are checked against otherwise stands in docs/operations.md.
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from studio import queues
from tests.test_embedded import ROOT
from tests.test_procfile import PROCFILE, served_queues

FILE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
OURS = {name: each for name, each in SERVICES.items() if each["image"] == "rushes"}
WORKERS = {name: " ".join(each["command"]) for name, each in OURS.items() if name.startswith("worker-")}
# Ends by itself; shows at /healthz.
UNCHECKED = {"setup", "watcher"}
SECRET = re.compile(r"(KEY|SECRET|PASSWORD|TOKEN|KEY_ID)$")


def test_each_queue_is_served_by_one_service() -> None:
    assert sorted(served_queues("\n".join(WORKERS.values()))) == sorted(queues.TASKS)


def test_the_same_processes_stand_in_the_procfile() -> None:
    assert set(re.findall(r"^([\w-]+):", PROCFILE, re.MULTILINE)) == set(OURS) - {"setup"}
    for name, command in WORKERS.items():
        line = re.search(rf"^{name}: exec (.+) -n ", PROCFILE, re.MULTILINE)
        assert line is not None
        assert command.startswith(line[1]), name


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_comes_back_and_is_watched(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == ("on-failure" if name == "setup" else "unless-stopped")
    check = service.get("healthcheck", {})
    if name in UNCHECKED:
        assert check == {"disable": True}
    else:
        assert check.get("test") or name == "web", "only the image's own check is for web"


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_waits_for_what_it_needs(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        assert other in SERVICES
        wanted = "service_completed_successfully" if other == "setup" else "service_healthy"
        assert how == {"condition": wanted}
    if name in OURS and name != "setup":
        assert set(SERVICES[name]["depends_on"]) == {"setup", "postgres", "redis", "garage"}


@pytest.mark.parametrize("name", sorted(set(SERVICES) - set(OURS)))
def test_images_of_others_have_a_version(name: str) -> None:
    assert re.search(r":v?\d", SERVICES[name]["image"])


@pytest.mark.parametrize("name", SERVICES)
def test_secrets_come_from_outside(name: str) -> None:
    for variable, value in SERVICES[name].get("environment", {}).items():
        if SECRET.search(variable):
            assert re.fullmatch(r"\$\{[A-Z0-9_]+:\?[^}]+\}", value), f"{name}: {variable} stands in the file"


def test_who_asks_is_told_by_the_proxy_and_nobody_else_reaches_the_port() -> None:
    assert SERVICES["web"]["environment"]["PROXY_COUNT"] == "${PROXY_COUNT:-1}"
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["web"]["ports"])


def test_volumes_are_declared_and_used() -> None:
    used = {mount.partition(":")[0] for each in SERVICES.values() for mount in each.get("volumes", [])}
    assert used == set(FILE["volumes"])


def test_the_image_gets_what_runs_and_nothing_else() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines
    taken = {line[1:] for line in lines if line.startswith("!")}
    needed = {"manage.py", "pyproject.toml", "uv.lock", ".python-version", "studio", "generation", "billing"}
    assert taken == needed | {"templates", "static"}
    assert all((ROOT / name).exists() for name in taken)


def test_the_image_has_the_python_of_the_project_and_is_not_root() -> None:
    text = (ROOT / "Dockerfile").read_text()
    version = (ROOT / ".python-version").read_text().strip()
    images = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert len(images) == 2
    assert all(version in image for image in images)
    user = re.search(r"^USER (\d+)$", text, re.MULTILINE)
    assert user is not None
    assert int(user[1]) > 0


def test_the_linter_has_nothing_against_the_dockerfile() -> None:
    linter = Path(sys.executable).parent / "hadolint"
    done = subprocess.run(
        [linter, ROOT / "Dockerfile"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")
