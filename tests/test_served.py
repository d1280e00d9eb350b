"""The same studio as several processes, on a real PostgreSQL, Redis and S3 API: by environment variables alone."""

import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.services import need_redis
from tests.test_embedded import ROOT, _free_port

BUCKET = "rushes-served"


@pytest.fixture
def bucket() -> Iterator[Any]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    client = boto3.client(
        "s3",
        endpoint_url=f"http://{host}:{port}",
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )
    client.create_bucket(Bucket=BUCKET)
    yield client
    client.close()
    server.stop()


class House:
    """The processes of the served form, each through the command that the README names."""

    def __init__(self, folder: Path, database: str, broker: str, bucket: Any) -> None:
        self.folder = folder
        self.port = _free_port()
        self.processes: dict[str, subprocess.Popen[str]] = {}
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "studio.settings",
            "VAR_DIR": str(folder),
            "DATABASE_URL": database,
            "BROKER_URL": broker,
            "S3_BUCKET": BUCKET,
            "S3_ENDPOINT_URL": bucket.meta.endpoint_url,
            "S3_ACCESS_KEY_ID": "key",
            "S3_SECRET_ACCESS_KEY": "secret",
            "S3_PREFIX": "films",
            "USE_MOCK_DATA": "true",
            "MOCK_QUEUE_SECONDS": "0.5",
            "MOCK_RUN_SECONDS": "1",
            "LOG_FORMAT": "json",
        }

    def manage(self, *words: str) -> str:
        command = [sys.executable, "manage.py", *words]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=240, check=False
        )
        assert done.returncode == 0, done.stderr + self.log()
        return done.stdout

    def start(self, name: str, *command: str) -> None:
        with (self.folder / "log").open("a") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=self.environment, stdout=log, stderr=log, text=True
            )

    def start_all(self) -> None:
        worker = ("-m", "celery", "-A", "studio", "worker", "--pool", "threads", "--concurrency", "4", "-n")
        self.start("web", "-m", "uvicorn", "studio.asgi:application", "--port", str(self.port))
        self.start("worker 1", *worker, "one@%h")
        self.start("worker 2", *worker, "two@%h")
        self.start("watcher 1", "manage.py", "watch")
        self.start("watcher 2", "manage.py", "watch")

    def stop_all(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)

    def health(self) -> tuple[int, dict[str, Any]]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=20) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)
        except OSError:
            return 0, {}

    def wait_for_health(self, wanted: int) -> dict[str, Any]:
        end, pause = time.monotonic() + 90, threading.Event()
        while True:
            status, health = self.health()
            if status == wanted:
                return health
            assert time.monotonic() < end, (health, self.log())
            pause.wait(0.5)

    def lines(self) -> list[dict[str, Any]]:
        """What all processes logged; the greeting of a command is no line of the log."""
        text = (self.folder / "log").read_text().splitlines()
        return [json.loads(line) for line in text if line.startswith("{")]

    def log(self) -> str:
        return (self.folder / "log").read_text()[-4000:] if (self.folder / "log").exists() else ""


@pytest.fixture
def house(tmp_path: Path, database: str, bucket: Any) -> Iterator[House]:
    made = House(tmp_path, database, need_redis(), bucket)
    yield made
    made.stop_all()


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.redis
@pytest.mark.timeout(400)
@pytest.mark.xdist_group("processes")
def test_a_shot_list_becomes_takes_on_postgresql_redis_and_s3(
    house: House, bucket: Any, tmp_path: Path
) -> None:
    house.manage("migrate", "--verbosity", "0")
    shots = tmp_path / "shots.csv"
    rows = [f"1,{number},Soap is cut number {number},5,kling-turbo,9:16" for number in range(1, 6)]
    shots.write_text("scene,shot,prompt,seconds,model,aspect_ratio\n" + "\n".join(rows) + "\n")
    house.manage("import_shots", "soap", str(shots), "--budget", "5.00")
    house.start_all()
    assert house.wait_for_health(200)["broker"]["detail"] == "redis"

    outcome = json.loads(house.manage("generate", "soap", "--wait", "--json"))
    assert [take["status"] for take in outcome["takes"]] == ["succeeded"] * 5
    assert outcome["cost_total"] == "1.05"
    keys = {item["Key"] for item in bucket.list_objects_v2(Bucket=BUCKET)["Contents"]}
    for take in outcome["takes"]:
        assert {f"films/{key}" for key in take["files"]} <= keys
    assert "difference 0" in house.manage("check_ledger")

    jobs = list((tmp_path / "mock" / "jobs").glob("*.json"))
    assert len(jobs) == 5, "two workers and two watchers, and still one job for each order"

    steps = [line for line in house.lines() if line["logger"] == "generation.story"]
    for step in ("queued → submitting", "submitted → ready", "ready → succeeded"):
        told = [line["generation"] for line in steps if line["event"].startswith(step)]
        assert len(set(told)) == len(told) == 5, (step, house.log())
    requests = [line for line in house.lines() if line["logger"] == "uvicorn.access"]
    assert requests
    assert all(line["request_id"] for line in requests)

    bucket.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key} for key in keys]})
    bucket.delete_bucket(Bucket=BUCKET)
    assert not house.wait_for_health(503)["storage"]["ok"], "the health page says what is down"
