"""How files come in and where they are kept: stream to disk, check, then save under a key of our own.

A file passes through here in two steps. `receive` (or `accept_upload`) streams it to a temporary file while
counting, hashing and sniffing it, and refuses what is empty, too large or not what was asked for. `save`
streams it on into `storages["default"]`, a local folder or S3. Memory stays constant at any size.

What is remembered of a file is its key. A link is made when somebody looks (`signed_url`), and never stored.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import IO, Self, cast
from uuid import UUID

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.core.files.uploadedfile import UploadedFile
from django.utils.http import content_disposition_header
from storages.backends.s3 import S3Storage

from generation.media_types import MEDIA_TYPES, SNIFF_BYTES, SUFFIXES, sniff, suffix_for

CHUNK_BYTES = 1024 * 1024


class FileRefusedError(Exception):
    """The file was not taken, and nothing of it was kept. The text is for people."""


class EmptyFileError(FileRefusedError):
    """There was not a single byte."""


class TooLargeError(FileRefusedError):
    """The file goes on past the limit; reading stopped there."""


class WrongTypeError(FileRefusedError):
    """The content is not of a type that is wanted here, whatever its name says."""


class IncompleteSaveError(Exception):
    """The storage holds fewer or more bytes than were sent. Save again: the same key is overwritten."""


class StorageAwayError(OSError):
    """The storage gave no answer, or an error. The file itself is not affected: try again later."""


class StorageRefusedError(StorageAwayError):
    """The storage answered, with an error: it need not hold for other files."""


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A checked file in a temporary place. A `with` block, or `discard`, removes it."""

    path: Path
    size_bytes: int
    sha256: str
    content_type: str

    def discard(self) -> None:
        """Remove the temporary file; harmless when it is gone."""
        self.path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()


# ---- coming in ----
def receive(
    chunks: Iterable[bytes],
    *,
    max_bytes: int,
    expected: Collection[str] = MEDIA_TYPES,
    folder: Path | str | None = None,
) -> ReceivedFile:
    """Stream `chunks` into a temporary file; the caller owns the result and discards it.

    Raises `EmptyFileError`, `TooLargeError` (as soon as `max_bytes` is passed) or `WrongTypeError` (as
    soon as the first bytes show a type not in `expected`). On any error, one out of `chunks` included,
    nothing is left behind.
    """
    folder = Path(folder or settings.DOWNLOAD_ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix="incoming-", dir=folder)
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            return _receive_into(file, path, chunks, max_bytes, expected)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def accept_upload(file: UploadedFile, allowed: Collection[str]) -> ReceivedFile:
    """Take an upload whose content is one of the `allowed` content types and agrees with the file's name.

    Raises a `FileRefusedError`. Whether the file is whole and playable is for `media.probe` to say.
    """
    limit = settings.MAX_UPLOAD_BYTES
    if file.size is not None and file.size > limit:
        raise TooLargeError(f"This file is larger than {_in_words(limit)}, the most that can be uploaded.")
    received = receive(file.chunks(CHUNK_BYTES), max_bytes=limit, expected=allowed)
    suffix = Path(file.name or "").suffix.lower()
    if suffix not in SUFFIXES[received.content_type]:
        received.discard()
        found = received.content_type
        raise WrongTypeError(
            f"The name ends in “{suffix or 'nothing'}”, but the content is {found}. "
            f"Rename it to end in {suffix_for(found)}, or choose another file."
        )
    return received


def _receive_into(
    file: IO[bytes], path: Path, chunks: Iterable[bytes], max_bytes: int, expected: Collection[str]
) -> ReceivedFile:
    digest, size, head = hashlib.sha256(), 0, b""
    content_type: str | None = None
    for chunk in chunks:
        size += len(chunk)
        if size > max_bytes:
            raise TooLargeError(f"This file is larger than {_in_words(max_bytes)}, the most that is taken.")
        if content_type is None:
            head += chunk[: SNIFF_BYTES - len(head)]
            content_type = _checked_type(head, expected) if len(head) == SNIFF_BYTES else None
        digest.update(chunk)
        file.write(chunk)
    if not size:
        raise EmptyFileError("This file is empty. Choose another, or get it again from where it came from.")
    return ReceivedFile(path, size, digest.hexdigest(), content_type or _checked_type(head, expected))


def _checked_type(head: bytes, expected: Collection[str]) -> str:
    found = sniff(head)
    if found is None or found not in expected:
        wanted = ", ".join(sorted(suffix_for(content_type).lstrip(".") for content_type in expected))
        is_what = (
            f"The content is {found}" if found else "The content is no picture, video or sound known here"
        )
        raise WrongTypeError(f"{is_what}; what can be taken is: {wanted}.")
    return found


def _in_words(size: int) -> str:
    for unit, name in ((1024**3, "GB"), (1024**2, "MB"), (1024, "kB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size} bytes"


# ---- keys ----
def output_key(generation_key: UUID, index: int, content_type: str) -> str:
    """Where the `index`th result of a generation is kept. A repeated save lands on it again."""
    return f"generations/{generation_key.hex[:2]}/{generation_key}/{index}{suffix_for(content_type)}"


def upload_key(upload: UUID, content_type: str) -> str:
    """Where an uploaded file is kept."""
    return f"uploads/{upload.hex[:2]}/{upload}{suffix_for(content_type)}"


def poster_key(key: str) -> str:
    """Where the poster of the file under `key` is kept."""
    return f"{key.rpartition('.')[0]}.poster.webp"


# ---- keeping ----
def save(received: ReceivedFile, key: str) -> str:
    """Keep a received file under `key`; may be repeated. Returns the key. Raises as `save_path`."""
    return save_path(received.path, key)


def save_path(path: Path | str, key: str) -> str:
    """Stream the file at `path` into the storage under `key`, overwriting; nothing shows until all is sent.

    Raises `IncompleteSaveError` when the storage then reports another size, or an OSError.
    """
    storage, path = storages["default"], Path(path)
    with one_kind_of_error():
        if isinstance(storage, FileSystemStorage):
            _save_in_folder(path, Path(storage.path(key)))
        else:
            _save_by_parts(path, storage, key)
        sent, kept = path.stat().st_size, storage.size(key)
    if sent != kept:
        raise IncompleteSaveError(f"{key}: {sent} bytes were sent, but the storage reports {kept}.")
    return key


def delete(key: str) -> None:
    """Remove the file under `key`; harmless when it is gone. Raises an OSError."""
    with one_kind_of_error():
        storages["default"].delete(key)


def exists(key: str) -> bool:
    """Whether there is a file under `key`. Raises an OSError."""
    with one_kind_of_error():
        try:
            return storages["default"].exists(key)
        except ClientError as error:
            # So S3 speaks of a missing file to an account that may not list the bucket.
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 403:
                return False
            raise


def open_stored(key: str) -> IO[bytes]:
    """The file under `key`, opened for reading bytes. Raises FileNotFoundError when there is none."""
    return cast("IO[bytes]", storages["default"].open(key, "rb"))


def copy_out(key: str, target: Path) -> None:
    """Stream the file under `key` into a new file at `target`. Raises an OSError."""
    with one_kind_of_error(), open_stored(key) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file, CHUNK_BYTES)


@contextmanager
def temporary_folder(prefix: str) -> Iterator[Path]:
    """A folder beside the files that come in, gone after the block; `housekeep` finds what a killed process left."""
    root = Path(settings.DOWNLOAD_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=prefix, dir=root) as folder:
        yield Path(folder)


@contextmanager
def one_kind_of_error() -> Iterator[None]:
    """A folder fails with OSErrors; S3's errors are of three families, and none of them is one."""
    try:
        yield
    except ClientError as error:
        raise StorageRefusedError(f"The storage did not work: {error}") from error
    except (BotoCoreError, Boto3Error) as error:
        raise StorageAwayError(f"The storage did not work: {error}") from error


def local_path(key: str) -> Path | None:
    """Where the file under `key` lies on this machine's disk, or None when it is kept elsewhere."""
    storage = storages["default"]
    return Path(storage.path(key)) if isinstance(storage, FileSystemStorage) else None


def check() -> str:
    """See that files can be kept, without keeping one; returns the storage's name. Raises the storage's own errors."""
    storage = storages["default"]
    if isinstance(storage, S3Storage):
        storage.connection.meta.client.head_bucket(Bucket=storage.bucket_name)
    elif isinstance(storage, FileSystemStorage):
        folder = Path(storage.location)
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(f"{folder} cannot be written to.")
    return type(storage).__name__


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _save_in_folder(path: Path, target: Path) -> None:
    """Write beside the target, then rename: a reader, or a crash, never meets half a file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            for chunk in _chunks(path):
                file.write(chunk)
            file.flush()
            os.fsync(handle)
        Path(name).chmod(settings.FILE_UPLOAD_PERMISSIONS or 0o644)
        Path(name).replace(target)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(name).unlink()
        raise


def _save_by_parts(path: Path, storage: Storage, key: str) -> None:
    """A multipart upload of a large file, a part in memory at a time; one that breaks off is aborted, if S3 answers."""
    with path.open("rb") as file:
        storage.save(key, File(file))


# ---- looking ----
def signed_url(
    key: str, *, filename: str = "", content_type: str = "", attachment: bool = False
) -> str | None:
    """A link that ends by itself after `S3_LINK_SECONDS`, or None when the files lie here and we serve them.

    Make it for one answer to somebody who may see the file; do not store it.
    """
    storage = storages["default"]
    if not isinstance(storage, S3Storage):
        return None
    parameters = {}
    if disposition := content_disposition_header(attachment, filename):
        parameters["ResponseContentDisposition"] = disposition
    if content_type:
        parameters["ResponseContentType"] = content_type
    url: str = _signer(storage).url(key, parameters=parameters)
    return url


def stored_url(key: str, own_url: str) -> str:
    """Where to send somebody who may see the file: S3's signed link, or `own_url`, our view of it."""
    return signed_url(key) or own_url


def _signer(storage: S3Storage) -> S3Storage:
    """The storage that signs links. The host is signed too: another public name needs its own."""
    public = settings.S3_PUBLIC_ENDPOINT_URL
    if not public or public == storage.endpoint_url:
        return storage
    options: dict[str, object] = settings.STORAGES["default"]["OPTIONS"]  # type: ignore[index]
    return _public_storage(public, tuple(sorted(options.items())))


@lru_cache(maxsize=4)
def _public_storage(endpoint_url: str, options: tuple[tuple[str, object], ...]) -> S3Storage:
    return S3Storage(**{**dict(options), "endpoint_url": endpoint_url})
