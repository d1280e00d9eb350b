"""Telling workers of copies to make and to remove. What is missed is told again by the leading watcher."""

from collections.abc import Iterable
from typing import Any

from generation import dispatch
from studio import tasks
from studio.client_links import claims, marked_files
from studio.client_links.offers import Offered, offered
from studio.models import ClientLink


def prepare(link: ClientLink, takes: Iterable[Offered] | None = None) -> None:
    """Have the copies made that the link lacks; of all it shows, where nothing else is said."""
    for pk in marked_files.want(link, offered(link) if takes is None else takes):
        dispatch.nudge(tasks.mark_file, pk)


def clean_up(link: ClientLink) -> None:
    """Have the copies of a link removed that is over."""
    dispatch.nudge(tasks.clear_link, link.pk)


def when_looking_back(**_signal: Any) -> None:
    """Receives `generation.signals.look_back`."""
    claims.give_up_broken()
    for pk in marked_files.late():
        dispatch.tell(tasks.mark_file, pk)
    for pk in marked_files.left_behind():
        dispatch.tell(tasks.clear_link, pk)
