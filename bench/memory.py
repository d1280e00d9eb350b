"""How much memory a large result takes on its way: into the storage, out again, and as a copy with a description.

    python bench/memory.py [--gigabytes 2] [--rival-gigabytes 0.1] [--storage folder s3] [--json]

A fal on loopback serves a real clip of that size (noise in H.264, megabytes a picture) over plain HTTP. Another process
does what a worker does with it: submit, poll, store (download, checksum, probe, save, poster), then what a web
process does: make the copy with a description, answer with the whole file and with a part. S3 is a server in another
process, so its memory does not count. Beside it stands the usual way at the rival's size: `response.content`,
`ContentFile`, `storage.save`.

`memory_mb` is the peak of resident memory in a step above that of the idle process, which has stored one small clip
before (`idle_mb`); the kernel counts it (VmHWM), so no peak is missed. The promise for 2 GB is 150 MB: `ratio` is the
part of it that was needed.
"""

import argparse
import gc
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROMISED_MB = 150
SMALL = 3_000_000
ROOT = Path(__file__).resolve().parent.parent
MODEL = "kling-v1-text"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gigabytes", type=float, default=0.2, help="size of the clip, in 10^9 bytes")
    parser.add_argument(
        "--rival-gigabytes", type=float, default=0.1, help="size for the usual way; 0: without it"
    )
    parser.add_argument("--storage", nargs="+", choices=["folder", "s3"], default=["folder", "s3"])
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.worker:
        work(json.loads(asked.worker))
        return
    with tempfile.TemporaryDirectory(prefix="rushes-memory-") as folder:
        for row in measure(Path(folder), asked):
            print(json.dumps(row) if asked.json else line(row), flush=True)


def line(row: dict[str, Any]) -> str:
    """One row for people."""
    what = f"{row['system']:>7}, {row['storage']:<6} {row['step']:<9} {row['gigabytes']:g} GB"
    return f"{what}: {row['memory_mb']:6.1f} MB above idle, {row['ratio']:.2f} of the promise, {row['seconds']:.1f} s"


# ---- the world around ----
def measure(folder: Path, asked: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Serve the clips and the bucket, and let a process of its own work for each storage and each way."""
    sys.path.insert(0, str(ROOT))
    import rig.clips

    from tests.fakes.fal import FakeFal

    with FakeFal() as fake, s3(folder) as bucket:
        fake.finishes_at_once = True
        sizes = {"small": SMALL, "large": asked.gigabytes * 1e9, "rival": asked.rival_gigabytes * 1e9}
        for name, size in sizes.items():
            fake.files[f"{name}.mp4"] = path = folder / f"{name}.mp4"
            rig.clips.noise(
                path, int(size), width=1920 if size > SMALL else 320, height=1080 if size > SMALL else 180
            )
        for where in asked.storage:
            for system, name in (("rushes", "large"), ("usual", "rival")):
                if name == "rival" and not asked.rival_gigabytes:
                    continue
                todo = {
                    "system": system,
                    "storage": where,
                    "bucket": bucket,
                    "fal": fake.settings(),
                    "name": name,
                }
                yield from in_a_process(fake, folder, todo)


def in_a_process(fake: Any, folder: Path, todo: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows that a worker prints. It asks for the small clip first, then says that it is idle."""
    fake.files["clip.mp4"] = fake.files["small.mp4"]
    with tempfile.TemporaryDirectory(dir=folder) as own:
        command = [sys.executable, __file__, "--worker", json.dumps(todo | {"folder": own})]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as worker:
            assert worker.stdin
            assert worker.stdout
            for said in worker.stdout:
                if said.strip() == "idle":
                    fake.files["clip.mp4"] = fake.files[f"{todo['name']}.mp4"]
                    worker.stdin.write("go\n")
                    worker.stdin.flush()
                else:
                    yield json.loads(said)
        if worker.returncode:
            raise SystemExit(f"The worker ended with {worker.returncode}.")


@contextmanager
def s3(folder: Path) -> Iterator[dict[str, str]]:
    """A server that speaks S3 and keeps its files on disk, in a process of its own; yields how to reach it."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    access = {
        "endpoint_url": f"http://127.0.0.1:{port}",
        "access_key": "an-access-key",
        "secret_key": "a-secret",
    }
    code = (
        "import uvicorn;from nanio.app import build_app;from nanio.auth.credentials import StaticCredentialResolver;"
        "from nanio.config import Settings;import pathlib;"
        f"uvicorn.run(build_app(Settings(data_dir=pathlib.Path({str(folder / 's3')!r}), "
        f"credentials=StaticCredentialResolver({{{access['access_key']!r}: {access['secret_key']!r}}}))), "
        f"port={port}, log_level='error', lifespan='off')"
    )
    (folder / "s3").mkdir()
    server = subprocess.Popen([sys.executable, "-c", code])
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield access
    finally:
        server.terminate()
        server.wait(10)


# ---- the worker ----
def work(todo: dict[str, Any]) -> None:
    """Store one small clip, then the large one, and print what each step took."""
    import rig
    from django.conf import settings

    for name, value in (todo["fal"] | files_in(todo)).items():
        setattr(settings, name, value)
    if todo["system"] == "rushes":
        rig.migrate()
    stores = {"rushes": Rushes, "usual": Usual}[todo["system"]]()
    stores.bring()
    print("idle", flush=True)
    sys.stdin.readline()
    idle = settled()
    for step, act in stores.steps():
        begun, size = time.monotonic(), None
        reset_peak()
        size = act()
        row = {
            "system": todo["system"],
            "storage": todo["storage"],
            "step": step,
            "gigabytes": round((size or stores.size) / 1e9, 3),
            "memory_mb": round((peak() - idle) / 1e6, 1),
            "idle_mb": round(idle / 1e6, 1),
            "promised_mb": PROMISED_MB,
            "ratio": round((peak() - idle) / 1e6 / PROMISED_MB, 3),
            "seconds": round(time.monotonic() - begun, 2),
        }
        print(json.dumps(row), flush=True)


def files_in(todo: dict[str, Any]) -> dict[str, Any]:
    """Settings of where files lie: as studio/settings.py makes them from the environment."""
    from django.conf import settings

    found = {"DOWNLOAD_ROOT": f"{todo['folder']}/downloads"}
    default: dict[str, Any] = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": f"{todo['folder']}/media"},
    }
    if todo["storage"] == "s3":
        from studio import settings as house

        default = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": dict(house._S3_STORAGE["OPTIONS"])}
        default["OPTIONS"] |= todo["bucket"] | {"bucket_name": "rushes", "region_name": "us-east-1"}
        make_bucket(todo["bucket"])
    return found | {"STORAGES": {**settings.STORAGES, "default": default}, "S3_PUBLIC_ENDPOINT_URL": ""}


def make_bucket(access: dict[str, str]) -> None:
    """The bucket, if it is not there."""
    import boto3

    client = boto3.client(
        "s3",
        endpoint_url=access["endpoint_url"],
        region_name="us-east-1",
        aws_access_key_id=access["access_key"],
        aws_secret_access_key=access["secret_key"],
    )
    if not client.list_buckets()["Buckets"]:
        client.create_bucket(Bucket="rushes")
    client.close()


class Rushes:
    """A generation through the engine's own tasks, then the file through the house's own pages."""

    def bring(self) -> int:
        """Order, submit, poll and store one clip; returns its size."""
        from generation import orders, tasks
        from generation.models import Generation, Status
        from generation.watcher import Watcher
        from tests.factories import make_project

        account = make_project(budget="1000").account
        placed = orders.place(orders.Order(account=account, model=MODEL, values={"prompt": "Noise"}))
        tasks.submit(placed.pk)
        Generation.objects.filter(pk=placed.pk).update(poll_at=placed.created_at)
        watcher = Watcher(tell=lambda task, pk: task(pk), beats=False)
        watcher.tick()
        watcher.close()
        self.generation = Generation.objects.get(pk=placed.pk)
        if self.generation.status != Status.SUCCEEDED:
            raise SystemExit(f"{self.generation}: {self.generation.error_message}")
        self.output = self.generation.outputs.select_related("generation").get()
        self.size = self.output.size_bytes
        return self.size

    def steps(self) -> list[tuple[str, Callable[[], int | None]]]:
        """Each with its name."""
        return [
            ("store", self.bring),
            ("describe", self.describe),
            ("whole", self.whole),
            ("part", self.part),
        ]

    def describe(self) -> None:
        """The copy for a download."""
        import logging

        from generation import copies

        # Why there is none is said in the log alone.
        logging.getLogger("generation.copies").setLevel(logging.WARNING)
        if copies.described(self.output) is None:
            raise SystemExit("There is no copy.")

    def whole(self) -> None:
        """All of the file, as a browser would get it from us; on S3 it is led there."""
        if self._answer() not in (self.size, 0):
            raise SystemExit("The file did not come whole.")

    def part(self) -> None:
        """The last half."""
        if self._answer(HTTP_RANGE=f"bytes={self.size // 2}-") not in (self.size - self.size // 2, 0):
            raise SystemExit("The part did not come whole.")

    def _answer(self, **headers: str) -> int:
        from django.test import RequestFactory

        from generation.ranges import deliver

        answer = deliver(
            RequestFactory().get("/", **headers),
            self.output.key,
            content_type="video/mp4",
            filename="noise.mp4",
            etag=self.output.sha256,
        )
        return sum(len(chunk) for chunk in answer) if answer.streaming else 0


class Usual:
    """What most projects do: the whole answer in memory, wrapped, and saved."""

    size = 0

    def bring(self) -> int:
        """Download and save one clip; returns its size."""
        import httpx
        from django.conf import settings
        from django.core.files.base import ContentFile
        from django.core.files.storage import default_storage

        content = httpx.get(f"{settings.FAL_QUEUE_URL}/files/clip.mp4", timeout=120).content
        default_storage.save("usual/clip.mp4", ContentFile(content))
        self.size = len(content)
        return self.size

    def steps(self) -> list[tuple[str, Callable[[], int | None]]]:
        """Each with its name."""
        return [("store", self.bring)]


# ---- memory ----
def settled() -> int:
    """Bytes of resident memory when nothing goes on."""
    gc.collect()
    while threading.active_count() > 1 and any(t.name == "leases" for t in threading.enumerate()):
        time.sleep(0.1)
    return status("VmRSS")


def reset_peak() -> None:
    """Let the kernel begin a new peak."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak() -> int:
    """Bytes of resident memory at its highest since."""
    return status("VmHWM")


def status(name: str) -> int:
    """A figure of this process, in bytes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    found = next(each for each in lines if each.startswith(f"{name}:"))
    return int(found.split()[1]) * 1024


if __name__ == "__main__":
    os.chdir(ROOT)
    main()
