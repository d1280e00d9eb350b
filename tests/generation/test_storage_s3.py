"""The same keeping of files on S3, against two real servers: moto for breadth, nanio for real signatures."""

import socket
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import httpx
import pytest
import uvicorn
from boto3.s3.transfer import TransferConfig
from django.test import RequestFactory
from moto.server import ThreadedMotoServer
from nanio.app import build_app
from nanio.auth.credentials import StaticCredentialResolver
from nanio.config import Settings as NanioSettings
from pytest_django import Settings

from generation import storage
from generation.ranges import deliver
from generation.storage import receive

ACCESS, SECRET, BUCKET, PREFIX = "an-access-key", "a-secret-of-some-length", "rushes", "house"
CLIP = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41" + bytes(range(256)) * 8


@pytest.fixture(scope="module")
def moto_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def nanio_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    credentials = StaticCredentialResolver({ACCESS: SECRET})
    app = build_app(NanioSettings(data_dir=tmp_path_factory.mktemp("nanio"), credentials=credentials))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


def options(endpoint: str) -> dict[str, Any]:
    """As the settings make them when `S3_BUCKET` is set."""
    return {
        "bucket_name": BUCKET,
        "endpoint_url": endpoint,
        "region_name": "us-east-1",
        "location": PREFIX,
        "access_key": ACCESS,
        "secret_key": SECRET,
        "default_acl": None,
        "querystring_auth": True,
        "querystring_expire": 600,
        "file_overwrite": True,
        "signature_version": "s3v4",
        "transfer_config": TransferConfig(use_threads=False),
    }


@pytest.fixture(params=["moto", "nanio"])
def endpoint(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found


@pytest.fixture
def bucket(endpoint: str, settings: Settings, tmp_path: Path) -> Iterator[Any]:
    """The default storage is a bucket on the server; the fixture is a plain client of it."""
    settings.DOWNLOAD_ROOT = str(tmp_path / "incoming")
    settings.S3_PUBLIC_ENDPOINT_URL = endpoint
    settings.S3_LINK_SECONDS = 600
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options(endpoint)},
    }
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=ACCESS,
        aws_secret_access_key=SECRET,
    )
    if BUCKET not in [found["Name"] for found in client.list_buckets()["Buckets"]]:
        client.create_bucket(Bucket=BUCKET)
    yield client
    client.close()


def keep(key: str, content: bytes = CLIP) -> str:
    with receive([content], max_bytes=len(content)) as received:
        return storage.save(received, key)


def test_a_file_is_kept_under_its_key_within_the_prefix_with_its_type(bucket: Any) -> None:
    key = keep("generations/ab/one/0.mp4")

    found = bucket.get_object(Bucket=BUCKET, Key=f"{PREFIX}/{key}")

    assert found["Body"].read() == CLIP
    assert found["ContentType"] == "video/mp4"
    with storage.open_stored(key) as file:
        assert file.read() == CLIP
    assert storage.local_path(key) is None


def test_saving_twice_leaves_one_file_the_later_one(bucket: Any) -> None:
    keep("generations/ab/two/0.mp4")
    keep("generations/ab/two/0.mp4", CLIP + b"more")

    listed = bucket.list_objects_v2(Bucket=BUCKET, Prefix=f"{PREFIX}/generations/ab/two/")["Contents"]

    assert [(found["Key"], found["Size"]) for found in listed] == [
        (f"{PREFIX}/generations/ab/two/0.mp4", len(CLIP) + 4)
    ]


def test_a_save_that_breaks_off_shows_nothing_under_the_key(bucket: Any, tmp_path: Path) -> None:
    key = "generations/ab/three/0.mp4"

    with pytest.raises(IsADirectoryError):
        storage.save_path(tmp_path, key)

    assert "Contents" not in bucket.list_objects_v2(Bucket=BUCKET, Prefix=f"{PREFIX}/{key}")


@pytest.mark.parametrize("endpoint", ["nanio"], indirect=True)
def test_a_large_file_goes_up_in_parts_with_little_memory(bucket: Any, tmp_path: Path) -> None:
    path = tmp_path / "large.mp4"
    with path.open("wb") as file:
        file.truncate(64 * 1024 * 1024)
    keep("warm-up.mp4")

    tracemalloc.start()
    try:
        storage.save_path(path, "generations/ab/large/0.mp4")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    # The server runs in this process too, and holds a part of its own.
    assert peak < 40 * 1024 * 1024


def test_a_signed_link_opens_the_file_and_ends_by_itself(bucket: Any) -> None:
    key = keep("generations/ab/four/0.mp4")

    link = storage.stored_url(key, "/never")
    answer = httpx.get(link, headers={"Range": "bytes=0-9"})

    assert (answer.status_code, answer.content) == (206, CLIP[:10])
    assert parse_qs(urlsplit(link).query)["X-Amz-Expires"] == ["600"]


@pytest.mark.parametrize("endpoint", ["nanio"], indirect=True)
def test_a_link_that_was_changed_opens_nothing(bucket: Any) -> None:
    keep("generations/ab/five/0.mp4")
    keep("generations/ab/five/1.mp4")
    link = storage.stored_url("generations/ab/five/0.mp4", "/never")

    assert httpx.get(link).status_code == 200
    assert httpx.get(link.replace("five/0", "five/1")).status_code == 403
    assert httpx.get(link.partition("?")[0]).status_code == 403


@pytest.mark.parametrize("endpoint", ["nanio"], indirect=True)
def test_links_are_signed_for_the_name_by_which_browsers_reach_the_bucket(
    bucket: Any, nanio_url: str, settings: Settings
) -> None:
    """As in a compose network, where the house says `s3` and the browser says `localhost`."""
    settings.S3_PUBLIC_ENDPOINT_URL = nanio_url.replace("127.0.0.1", "localhost")
    link = storage.stored_url(keep("generations/ab/six/0.mp4"), "/never")

    assert urlsplit(link).hostname == "localhost"
    assert httpx.get(link).content == CLIP


@pytest.mark.parametrize("endpoint", ["moto"], indirect=True)  # nanio knows no answers by wish
def test_a_view_leads_to_a_link_that_names_the_file(bucket: Any) -> None:
    key = keep("generations/ab/seven/0.mp4")
    request = RequestFactory().get("/takes/7/file")

    answer = deliver(request, key, content_type="video/mp4", filename="Shot 1 – “Söap”.mp4", etag="x")
    got = httpx.get(answer["Location"])

    assert (answer.status_code, answer["Cache-Control"]) == (302, "private, max-age=300")
    assert got.content == CLIP
    assert got.headers["Content-Disposition"] == 'inline; filename="Shot-1-Soap.mp4"'
    assert got.headers["Content-Type"] == "video/mp4"


@pytest.mark.parametrize("endpoint", ["moto"], indirect=True)
def test_a_drawing_on_s3_is_only_offered_for_saving(bucket: Any) -> None:
    key = keep("generations/ab/eight/0.svg", b"<svg></svg>")
    request = RequestFactory().get("/takes/8/file")

    answer = deliver(request, key, content_type="image/svg+xml", filename="logo.svg", etag="x")

    got = httpx.get(answer["Location"])
    assert got.headers["Content-Disposition"] == 'attachment; filename="logo.svg"'
