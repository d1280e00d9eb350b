"""Described copies where the files lie on S3: made through this machine's disk, then served by S3 like any file."""

import io
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from django.core.files.storage import storages
from moto.server import ThreadedMotoServer
from PIL import Image

from generation import copies, storage
from generation.providers.mock_media import render_clip
from tests.factories import make_generation, make_output, make_project

BUCKET = "rushes"


@pytest.fixture(scope="module")
def moto_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def on_s3(settings: Any, endpoint: str, tmp_path: Path) -> None:
    """The default storage as the settings make it when `S3_BUCKET` is set."""
    options = {
        "bucket_name": BUCKET,
        "endpoint_url": endpoint,
        "region_name": "us-east-1",
        "access_key": "key",
        "secret_key": "secret",
        "file_overwrite": True,
        "max_memory_size": settings.STORAGES["default"]["OPTIONS"].get("max_memory_size", 8 * 1024**2),
    }
    settings.DOWNLOAD_ROOT = str(tmp_path / "downloads")
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options},
    }


@pytest.fixture
def bucket(settings: Any, moto_url: str, tmp_path: Path) -> Any:
    on_s3(settings, moto_url, tmp_path)
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
    client = boto3.client("s3", endpoint_url=moto_url, region_name="us-east-1", **keys)
    client.create_bucket(Bucket=BUCKET)
    return client


def output_of(content_type: str, suffix: str) -> Any:
    generation = make_generation(make_project(), files=0, prompt="Sand")
    key = f"generations/{generation.key}/0{suffix}"
    return make_output(generation, key=key, content_type=content_type)


@pytest.mark.django_db
def test_a_copy_is_kept_in_the_bucket_beside_the_master(bucket: Any, tmp_path: Path) -> None:
    output = output_of("image/png", ".png")
    drawn = tmp_path / "drawn.png"
    Image.new("RGB", (20, 10), "teal").save(drawn)
    storage.save_path(drawn, output.key)
    key = copies.described(output)
    assert key is not None
    kept = bucket.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    with Image.open(io.BytesIO(kept)) as picture:
        assert picture.info["prompt"] == "Sand"
    assert bucket.get_object(Bucket=BUCKET, Key=output.key)["Body"].read() == drawn.read_bytes()
    assert copies.described(output) == key
    assert list((tmp_path / "downloads").iterdir()) == []


def test_a_bucket_that_may_not_be_listed_forbids_what_is_missing(bucket: Any) -> None:
    s3: Any = storages["default"]
    with Stubber(s3.connection.meta.client) as answers:
        answers.add_client_error("head_object", "403", http_status_code=403)
        assert storage.exists("generations/no/such.png") is False
        answers.add_client_error("head_object", "500", http_status_code=500)
        with pytest.raises(storage.StorageAwayError):
            storage.exists("generations/no/such.png")


@pytest.mark.django_db
def test_a_clip_goes_the_same_way(bucket: Any, tmp_path: Path) -> None:
    output = output_of("video/mp4", ".mp4")
    clip = tmp_path / "clip.mp4"
    render_clip(clip, width=64, height=36, seconds=Decimal(1), prompt="Sand", model="Kling", seed=1)
    storage.save_path(clip, output.key)
    key = copies.described(output)
    assert key == f"generations/{output.generation.key}/0.described.mp4"
    assert storage.exists(key)
