"""How a line of the log is written. Lines of libraries (Celery, uvicorn, httpx) go the same way as ours.

What a line is about (the generation, the request) is bound with `structlog.contextvars` and stands in each line.
"""

import logging
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog
from django.conf import settings

from studio.logs.redaction import Redactor, secrets_among

FORMATS = ("text", "json")
# Of what callers hand over beside the message, only this: the rest are whole objects.
EXTRA = ("generation", "generation_id", "status_code")
_PLAIN = {"event", "level", "logger", "timestamp", "exception", "stack_info"}


class RedactingFormatter(structlog.stdlib.ProcessorFormatter):
    """Hides secrets in the finished line, so that no field, argument or traceback gets past it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.redactor: Redactor | None = None

    def format(self, record: logging.LogRecord) -> str:
        if self.redactor is None:
            # At the first line: the settings are being read when formatters are made.
            self.redactor = Redactor(secrets_among(_settings()))
        return self.redactor.hide(super().format(record))


def formatter(kind: str) -> RedactingFormatter:
    """The formatter for `text` or `json`."""
    render: Any = structlog.processors.JSONRenderer(default=str) if kind == "json" else _text
    when = structlog.processors.TimeStamper(fmt="iso" if kind == "json" else "%Y-%m-%d %H:%M:%S", utc=True)
    return RedactingFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(allow=EXTRA),
            when,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            render,
        ],
    )


def _text(logger: Any, name: str, event: MutableMapping[str, Any]) -> str:
    """A line for people, with what it is about behind it, unless the line says so itself."""
    message = str(event["event"])
    about = [
        f"{key}={value}" for key, value in event.items() if key not in _PLAIN and str(value) not in message
    ]
    line = f"{event['timestamp']} {event['level'].upper():<7} {event['logger']}: {message}"
    line += f"  [{' '.join(about)}]" if about else ""
    return "\n".join([line, *filter(None, (event.get("exception"), event.get("stack_info")))])


def _settings() -> Mapping[str, Any]:
    return {name: getattr(settings, name) for name in dir(settings) if name.isupper()}
