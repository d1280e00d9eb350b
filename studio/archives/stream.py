"""A ZIP as it is made: file after file, a part in memory at a time, the manifest at its end.

Files are stored and not packed, since clips and pictures are packed already; beyond 4 GB in the form for such sizes.
What is not there when its turn comes has its reason in the manifest, and the archive goes on.
"""

import logging
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack

from zipstream import ZipStream

from generation.parts import parts_of
from studio.archives import manifest
from studio.archives.contents import Piece

logger = logging.getLogger(__name__)
GONE = "gone from the storage"


def zipped(pieces: Sequence[Piece]) -> Generator[bytes]:
    """The bytes of the archive. No question is asked of the database."""
    archive, rows = ZipStream(), []
    for piece in pieces:
        with ExitStack() as open_file:
            reading = _Reading(piece, open_file)
            if reading.parts is not None and piece.file is not None:
                archive.add(reading.checked(), piece.path, size=piece.file.size_bytes)
                yield from filter(None, archive.file())
        rows.append(manifest.row(piece, reading.trouble))
    archive.add(manifest.csv_of(rows), manifest.NAME)
    yield from filter(None, archive.finalize())


class _Reading:
    """One file on its way into the archive. `trouble` says what went wrong, as far as it has come."""

    def __init__(self, piece: Piece, open_file: ExitStack) -> None:
        self.piece = piece
        self.trouble = ""
        self.parts: Iterator[bytes] | None = None
        if piece.path and piece.file is not None:
            try:
                self.parts = open_file.enter_context(parts_of(piece.file.key))
            except FileNotFoundError:
                self.trouble = GONE
            except OSError as error:
                self._note(error, 0)

    def checked(self) -> Iterator[bytes]:
        """The parts. A storage that breaks off ends the file early, and what there is of it is called so."""
        size = 0
        try:
            for part in self.parts or ():
                size += len(part)
                yield part
        except OSError as error:
            self._note(error, size)
            return
        if self.piece.file is not None and size != self.piece.file.size_bytes:
            self.trouble = f"{self.piece.path} has {size} bytes and should have {self.piece.file.size_bytes}"

    def _note(self, error: OSError, size: int) -> None:
        logger.warning("%s could not be read for an archive: %s", self.piece.path, error)
        rest = f"{self.piece.path} breaks off after {size} bytes: " if size else ""
        self.trouble = f"{rest}the storage did not answer; download it again later"
