"""The still that stands for a file: drawn once when the file comes in, kept beside it."""

import tempfile
from pathlib import Path

from generation import media, storage


def keep_poster(path: Path, key: str) -> str:
    """Draw the poster of the file at `path` and keep it next to `key`; returns its key, or '' where there is none."""
    with tempfile.TemporaryDirectory(prefix="rushes-poster-") as folder:
        poster = media.make_poster(path, Path(folder) / "poster.webp")
        return storage.save_path(poster, storage.poster_key(key)) if poster else ""
