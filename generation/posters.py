"""The still that stands for a file: drawn once when the file comes in, kept beside it."""

import logging
from pathlib import Path

from generation import media, storage

logger = logging.getLogger(__name__)


def keep_poster(path: Path, key: str) -> str:
    """Draw the poster of the file at `path` and keep it next to `key`; returns its key, or '' where there is none."""
    with storage.temporary_folder("poster-") as folder:
        try:
            poster = media.make_poster(path, folder / "poster.webp")
        except media.BrokenMediaError as error:
            # The file itself was found good enough to keep; one bad frame must not cost a paid take.
            logger.warning("No poster could be drawn of %s: %s", key, error)
            return ""
        return storage.save_path(poster, storage.poster_key(key)) if poster else ""
