"""`python manage.py watch`: the loop that polls the providers and sweeps what was forgotten."""

import signal
import threading
from types import FrameType
from typing import Any

from billing.console import OneLineCommand
from generation import connections
from generation.watcher import Watcher


class Command(OneLineCommand):
    help = "Poll what is in flight and sweep what was forgotten, until stopped. One leads, however many run."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()

        def finish(number: int, frame: FrameType | None) -> None:
            stop.set()

        signal.signal(signal.SIGTERM, finish)
        signal.signal(signal.SIGINT, finish)
        connections.keep()
        self.stdout.write("Watching. Ctrl-C stops.")
        Watcher().run(stop)
