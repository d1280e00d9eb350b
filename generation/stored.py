"""What the storage holds, seen from its side: files, and saves that were never finished. A folder and S3 alike.

Only the two folders of ours are looked at: whatever else lies in the bucket or in `MEDIA_ROOT` is somebody else's.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage, storages
from storages.backends.s3 import S3Storage

from generation import storage
from generation.storage import one_kind_of_error

FOLDERS = ("generations/", "uploads/", "comparisons/")


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in the storage."""

    key: str
    size_bytes: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A save that began and did not end: parts on S3, or the file beside its target. `abort` removes it."""

    key: str
    size_bytes: int
    begun_at: datetime
    abort: Callable[[], None]


def files() -> Iterator[Stored]:
    """Every whole file of ours, a page at a time. Raises an OSError."""
    default = storages["default"]
    with one_kind_of_error():
        if isinstance(default, S3Storage):
            yield from _in_bucket(default)
        elif isinstance(default, FileSystemStorage):
            yield from (found for found in _in_folder(Path(default.location)) if not _is_half(found.key))


def unfinished() -> Iterator[Unfinished]:
    """Every save that has not ended; young ones are going on just now. Raises an OSError, as `abort` does."""
    default = storages["default"]
    with one_kind_of_error():
        if isinstance(default, S3Storage):
            yield from _unfinished_in_bucket(default)
        elif isinstance(default, FileSystemStorage):
            for found in _in_folder(Path(default.location)):
                if _is_half(found.key):
                    path = Path(default.path(found.key))
                    yield Unfinished(found.key, found.size_bytes, found.changed_at, _unlinking(path))


def remove(key: str) -> None:
    """Remove a file, and the folder of its generation when it was the last in it. Raises an OSError."""
    storage.delete(key)
    path = storage.local_path(key)
    if path is not None and key.startswith("generations/"):
        with suppress(OSError):  # not empty, or gone already
            path.parent.rmdir()


def _in_folder(root: Path) -> Iterator[Stored]:
    for name in FOLDERS:
        for folder, _, names in os.walk(root / name):
            for each in names:
                path = Path(folder) / each
                with suppress(FileNotFoundError):  # removed since the folder was read
                    found = path.stat()
                    key = path.relative_to(root).as_posix()
                    yield Stored(key, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))


def _is_half(key: str) -> bool:
    """Whether it is what a save writes beside its target before it renames it."""
    return key.rpartition("/")[2].startswith(".")


def _unlinking(path: Path) -> Callable[[], None]:
    return lambda: path.unlink(missing_ok=True)


def _in_bucket(bucket: S3Storage) -> Iterator[Stored]:
    for found in _listed(bucket, "list_objects_v2", "Contents"):
        yield Stored(_key(bucket, found["Key"]), found["Size"], found["LastModified"])


def _unfinished_in_bucket(bucket: S3Storage) -> Iterator[Unfinished]:
    for found in _listed(bucket, "list_multipart_uploads", "Uploads"):
        place = {"Bucket": bucket.bucket_name, "Key": found["Key"], "UploadId": found["UploadId"]}
        size = _size_of_parts(bucket, place)
        yield Unfinished(_key(bucket, found["Key"]), size, found["Initiated"], _aborting(bucket, place))


def _size_of_parts(bucket: S3Storage, place: dict[str, str]) -> int:
    pages = _client(bucket).get_paginator("list_parts").paginate(**place)
    return sum(part["Size"] for page in pages for part in page.get("Parts", ()))


def _aborting(bucket: S3Storage, place: dict[str, str]) -> Callable[[], None]:
    def abort() -> None:
        with one_kind_of_error():
            _client(bucket).abort_multipart_upload(**place)

    return abort


def _listed(bucket: S3Storage, listing: str, part: str) -> Iterator[Any]:
    paginator = _client(bucket).get_paginator(listing)
    for name in FOLDERS:
        begin = place_in(bucket) + name
        for page in paginator.paginate(Bucket=bucket.bucket_name, Prefix=begin):
            # Some servers do not narrow every listing; what is not ours must not be touched.
            yield from (found for found in page.get(part, ()) if found["Key"].startswith(begin))


def _client(bucket: S3Storage) -> Any:
    return bucket.connection.meta.client


def place_in(bucket: S3Storage) -> str:
    """What stands before our keys in the bucket."""
    return f"{bucket.location.strip('/')}/".lstrip("/")


def _key(bucket: S3Storage, name: str) -> str:
    return name.removeprefix(place_in(bucket))
