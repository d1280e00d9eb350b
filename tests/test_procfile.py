"""The processes of the Procfile under a runner: they serve every queue, make a take, and stop in order."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from honcho.environ import parse_procfile

from generation.media_types import SNIFF_BYTES, sniff
from studio import queues
from tests.chaos.servers import wait_until
from tests.services import need_redis
from tests.test_embedded import ROOT, _free_port
from tests.test_served import BUCKET, House, bucket  # noqa: F401 - a fixture

PROCFILE = (ROOT / "Procfile").read_text()
# The runner kills what has not stopped after five seconds; supervisors give thirty.
HONCHO = "import honcho.manager as m, honcho.command as c; m.KILL_WAIT = 30; c.main()"
STOPPED = re.compile(r"([\w-]+)\.1 stopped \(rc=(-?\d+)\)")


def served_queues(commands: str) -> list[str]:
    """The queues that are taken from, in all of these commands together."""
    return [name for names in re.findall(r"celery .*-Q (\S+)", commands) for name in names.split(",")]


def test_each_queue_is_served_by_one_kind_of_worker() -> None:
    assert sorted(served_queues(PROCFILE)) == sorted(queues.TASKS)


@pytest.mark.timeout(60)
def test_nobody_gives_himself_an_address_by_a_header(tmp_path: Path) -> None:
    """Behind a proxy on the same machine uvicorn would believe the header, and open the figures to whoever sends it."""
    port = _free_port()
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "DJANGO_SETTINGS_MODULE": "studio.settings",
        "VAR_DIR": str(tmp_path),
        "PORT": str(port),
        "METRICS_NETWORKS": "10.1.0.0/16",
    }
    command = parse_procfile(PROCFILE).processes["web"]
    with (tmp_path / "log").open("w") as log:
        web = subprocess.Popen(["sh", "-c", command], cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        wait_until(lambda: _answer(port, "/livez") == 200, 40, "it serves")
        # From inside the network it would answer with figures, or break off for want of tables.
        assert _answer(port, "/metrics", {"X-Forwarded-For": "10.1.2.3"}) == 404
    finally:
        web.terminate()
        web.wait(30)


def test_the_image_starts_the_web_as_the_procfile_does() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    (image,) = re.findall(r"^CMD (\[.*\])$", dockerfile, re.MULTILINE)
    assert "--no-proxy-headers" in json.loads(image)
    assert "--no-proxy-headers" in parse_procfile(PROCFILE).processes["web"].split()


def _answer(port: int, path: str, headers: dict[str, str] | None = None) -> int:
    """The status; 0 while nobody listens."""
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers or {})
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


class Run(House):
    """The whole file in one runner."""

    def start_all(self) -> None:
        self.start("all", "-c", HONCHO, "start", "-f", str(ROOT / "Procfile"), "-p", str(self.port))

    def stop_all(self) -> None:
        runner = self.processes.get("all")
        if runner is not None and runner.poll() is None:
            runner.send_signal(signal.SIGTERM)
            try:
                runner.wait(60)
            except subprocess.TimeoutExpired:
                runner.kill()


@pytest.fixture
def house(tmp_path: Path, database: str, bucket: Any) -> Iterator[Run]:  # noqa: F811
    made = Run(tmp_path, database, need_redis(), bucket)
    made.environment["PATH"] = f"{Path(sys.executable).parent}:{made.environment['PATH']}"
    yield made
    made.stop_all()


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.redis
@pytest.mark.database_free
@pytest.mark.timeout(400)
@pytest.mark.xdist_group("processes")
def test_the_processes_make_a_take_that_plays_and_stop_in_order(
    house: Run,
    bucket: Any,  # noqa: F811
    tmp_path: Path,
) -> None:
    house.manage("migrate", "--verbosity", "0")
    shots = tmp_path / "shots.csv"
    shots.write_text("scene,shot,prompt,seconds,model,aspect_ratio\n1,1,Soap is cut,5,kling-turbo,9:16\n")
    house.manage("import_shots", "soap", str(shots), "--budget", "5.00")
    house.start_all()
    house.wait_for_health(200)

    (take,) = json.loads(house.manage("generate", "soap", "--wait", "--json"))["takes"]
    assert take["status"] == "succeeded"
    (key,) = take["files"]
    head = bucket.get_object(Bucket=BUCKET, Key=f"films/{key}")["Body"].read(SNIFF_BYTES)
    assert sniff(head) == "video/mp4"
    wait_until(lambda: len(_keys(bucket)) == 2, 60, "its poster lies beside it")

    began = time.monotonic()
    house.stop_all()
    assert time.monotonic() - began < 30
    ended = {name: int(status) for name, status in STOPPED.findall((house.folder / "log").read_text())}
    assert set(ended) == set(parse_procfile(PROCFILE).processes)
    # uvicorn shuts down in order and then ends by the signal itself.
    assert ended.pop("web") in {0, -signal.SIGTERM}
    assert set(ended.values()) == {0}, house.log()


def _keys(client: Any) -> list[str]:
    return [item["Key"] for item in client.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
