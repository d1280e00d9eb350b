"""Copies of results that say how they were made, for those who download them. The master stays as it came.

A copy is made when somebody first asks for it and kept beside the master: so it is served in parts, and by S3 itself,
like any other file. What it says is frozen with the order, so it never has to be made again.
"""

import logging
from pathlib import Path

from generation import metadata, storage
from generation.media_types import suffix_for
from generation.models import Output

logger = logging.getLogger(__name__)


def described_key(output: Output) -> str:
    """Where the copy with a description is kept."""
    return f"{output.key.rpartition('.')[0]}.described{suffix_for(output.content_type)}"


def described(output: Output) -> str | None:
    """The key of the copy with a description, made now if there is none; None when this file can have none.

    `output` comes with its generation. A file that is not built as its type should be, or that the storage does not
    give, has none either: the master is what there is.
    """
    if output.cleared_at or output.content_type not in metadata.WRITTEN_TYPES:
        return None
    key = described_key(output)
    try:
        return key if storage.exists(key) else _make(output, key)
    except (metadata.UnwritableError, storage.IncompleteSaveError, OSError) as error:
        logger.warning("%s has no copy with a description: %s", output.key, error)
        return None


def _make(output: Output, key: str) -> str:
    """By way of files in a temporary place, so that memory stays constant at any size."""
    with storage.temporary_folder("copy-") as folder:
        master, copy = folder / Path(output.key).name, folder / Path(key).name
        storage.copy_out(output.key, master)
        metadata.write(master, copy, output.content_type, metadata.describe(output.generation))
        return storage.save_path(copy, key)
