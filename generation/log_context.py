"""What lines of the log are about: each that is written while a generation is worked on carries its key."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps

from structlog.contextvars import bind_contextvars, bound_contextvars, clear_contextvars

from generation.models import Generation


def name(generation: Generation) -> None:
    """From now on this is about `generation`, until the task or the request is over."""
    bind_contextvars(**_facts(generation))


@contextmanager
def about(generation: Generation) -> Iterator[None]:
    """Inside the block it is about `generation`."""
    with bound_contextvars(**_facts(generation)):
        yield


def task[**P](work: Callable[P, None]) -> Callable[P, None]:
    """Threads do one task after another: a task begins and ends with nothing to be about."""

    @wraps(work)
    def worked(*arguments: P.args, **named: P.kwargs) -> None:
        clear_contextvars()
        try:
            work(*arguments, **named)
        finally:
            clear_contextvars()

    return worked


def _facts(generation: Generation) -> dict[str, str]:
    return {"generation": str(generation.key), "model": generation.model, "provider": generation.provider}
