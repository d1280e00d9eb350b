"""`python manage.py up`: the whole studio in one process."""

import logging
import os
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from billing.console import OneLineCommand
from generation.providers import KEYS, is_mocked
from studio.embedded import CannotStartError, Embedded, listen, only_one

logger = logging.getLogger(__name__)


class Command(OneLineCommand):
    help = "Run the web server, the workers and the watcher in this one process, until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        default = os.environ.get("PORT") or "8000"
        parser.add_argument(
            "--port", type=_port, default=default, help="The port to listen on (PORT, or 8000)."
        )
        parser.add_argument("--host", default="127.0.0.1", help="The address to listen on.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.BROKER_URL.startswith("memory:"):
            raise CommandError(
                "BROKER_URL is set, so the parts run apart: "
                "start uvicorn, `celery -A studio worker` and `manage.py watch`."
            )
        try:
            lock = only_one(settings.VAR_DIR)
            listener = listen(options["host"], options["port"])
        except CannotStartError as error:
            raise CommandError(str(error)) from error
        with lock, listener:
            self.prepare(options)
            Embedded(listener, on_started=lambda: self.welcome(options)).run()
        self.stdout.write("Stopped. What was in flight goes on at the next start.")

    def prepare(self, options: dict[str, Any]) -> None:
        """What has to be done once this process owns the data and before anything runs on it."""
        call_command("collectstatic", interactive=False, verbosity=0)

    def welcome(self, options: dict[str, Any]) -> None:
        """Say where it runs."""
        self.stdout.write(f"Rushes runs at http://{options['host']}:{options['port']}/  (Ctrl-C stops it)")
        for provider in KEYS:
            if is_mocked(provider):
                logger.warning(
                    "Orders for %s are played by the mock provider: no call leaves, nothing is billed.",
                    provider,
                )


def _port(text: str) -> int:
    port = int(text) if text.isdecimal() else 0
    if not 1 <= port <= 65535:
        raise ArgumentTypeError(f"{text!r} is no port; it must be a number from 1 to 65535.")
    return port
