"""The parts of a stored file, one after another: as much of it in memory as one part, and nothing of it on disk."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from botocore.exceptions import ClientError
from django.core.files.storage import storages
from storages.backends.s3 import S3Storage

from generation.storage import StorageRefusedError, one_kind_of_error, open_stored
from generation.stored import place_in

PART_BYTES = 2 * 1024**2


@contextmanager
def parts_of(key: str) -> Iterator[Iterator[bytes]]:
    """The bytes of the file under `key`. It is looked for at once: raises FileNotFoundError, or another OSError.

    Going through the parts too may raise an OSError: a storage can go away between two of them.
    """
    default = storages["default"]
    if isinstance(default, S3Storage):
        yield _from_bucket(default, key, _part(default, key, 0))
        return
    with open_stored(key) as file:
        yield iter(partial(file.read, PART_BYTES), b"")


def _from_bucket(bucket: S3Storage, key: str, part: bytes) -> Iterator[bytes]:
    """A request for each part: however slowly they are taken, no connection to S3 waits meanwhile."""
    begin = 0
    while part:
        yield part
        begin += len(part)
        part = _part(bucket, key, begin) if len(part) == PART_BYTES else b""


def _part(bucket: S3Storage, key: str, begin: int) -> bytes:
    place: dict[str, Any] = {"Bucket": bucket.bucket_name, "Key": f"{place_in(bucket)}{key}"}
    client = bucket.connection.meta.client
    try:
        with one_kind_of_error():
            answer = client.get_object(**place, Range=f"bytes={begin}-{begin + PART_BYTES - 1}")
            body: bytes = answer["Body"].read()
    except StorageRefusedError as error:
        return _refused(error, begin)
    return body


def _refused(error: StorageRefusedError, begin: int) -> bytes:
    """What a refusal of S3 means: no such file, or after a whole number of parts its end."""
    cause = error.__cause__
    status = cause.response["ResponseMetadata"]["HTTPStatusCode"] if isinstance(cause, ClientError) else 0
    if status == 416 and begin:
        return b""
    # So S3 speaks of a missing file to an account that may not list the bucket.
    if status in (403, 404):
        raise FileNotFoundError(str(error)) from error
    raise error
