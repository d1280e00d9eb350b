"""Where a test keeps files: a folder of its own, or a bucket on a server that speaks S3."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from boto3.s3.transfer import TransferConfig
from moto.server import ThreadedMotoServer


def use_folder(settings: Any, folder: Path) -> None:
    """The default storage is a folder, and downloads lie beside it."""
    _use(settings, folder, "django.core.files.storage.FileSystemStorage", {"location": str(folder / "media")})


def use_bucket(settings: Any, folder: Path, endpoint: str) -> Any:
    """The default storage is a new bucket, as the settings make it when `S3_BUCKET` is set; returns a plain client."""
    name = f"rushes-{uuid.uuid4().hex[:8]}"
    options = {
        "bucket_name": name,
        "endpoint_url": endpoint,
        "region_name": "us-east-1",
        "location": "house",
        "access_key": "key",
        "secret_key": "secret",
        "querystring_auth": True,
        "file_overwrite": True,
        "signature_version": "s3v4",
        "max_memory_size": 8 * 1024**2,
        "transfer_config": TransferConfig(use_threads=False),
    }
    _use(settings, folder, "storages.backends.s3.S3Storage", options)
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", **keys)
    client.create_bucket(Bucket=name)
    return client


@contextmanager
def s3_server() -> Iterator[str]:
    """The address of a server that speaks S3."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def _use(settings: Any, folder: Path, backend: str, options: dict[str, Any]) -> None:
    settings.DOWNLOAD_ROOT = str(folder / "downloads")
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": backend, "OPTIONS": options}}
