"""Keeps mails instead of sending them: each as a file of its own, and its text on the standard output."""

import sys
from datetime import datetime
from pathlib import Path
from secrets import randbelow
from typing import Any

from django.core.mail.backends import filebased


class EmailBackend(filebased.EmailBackend):
    """Django's, which can put two mails of one second into one file, where only the first would be read."""

    _fname: str | None

    def write_message(self, message: Any) -> None:
        super().write_message(message)
        sys.stdout.write(
            f"\nA mail to {', '.join(message.to)} (kept, not sent)\n{message.subject}\n\n{message.body}\n"
        )
        sys.stdout.flush()

    def _get_filename(self) -> str:
        if self._fname is None:
            # Local time, and never twice; the names sort as the mails came.
            name = f"{datetime.now():%Y%m%d-%H%M%S-%f}{randbelow(1_000_000):06d}.log"
            self._fname = str(Path(self.file_path) / name)
        return self._fname
