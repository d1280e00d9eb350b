"""The processes of the Procfile under a runner: they serve every queue, make a take, and stop in order."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from honcho.environ import parse_procfile

from generation.media_types import SNIFF_BYTES, sniff
from studio import queues
from tests.chaos.servers import wait_until
from tests.services import need_redis
from tests.test_embedded import ROOT
from tests.test_served import BUCKET, House, bucket, database  # noqa: F401 - fixtures

PROCFILE = (ROOT / "Procfile").read_text()
# The runner kills what has not stopped after five seconds; supervisors give thirty.
HONCHO = "import honcho.manager as m, honcho.command as c; m.KILL_WAIT = 30; c.main()"
STOPPED = re.compile(r"([\w-]+)\.1 stopped \(rc=(-?\d+)\)")


def served_queues(commands: str) -> list[str]:
    """The queues that are taken from, in all of these commands together."""
    return [name for names in re.findall(r"celery .*-Q (\S+)", commands) for name in names.split(",")]


def test_each_queue_is_served_by_one_kind_of_worker() -> None:
    assert sorted(served_queues(PROCFILE)) == sorted(queues.TASKS)


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
