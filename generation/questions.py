"""Questions to providers about jobs in flight: many at once, none of which the loop that asks them waits for.

Each provider has a few connections of its own, so that one that is silent keeps nobody else's jobs waiting. The threads
here never touch the database.
"""

import logging
from collections.abc import Collection, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from generation import log_context, tasks
from generation.models import Generation
from generation.providers import provider_named
from generation.providers.base import Progress
from generation.providers.errors import ProviderError, UnavailableError

logger = logging.getLogger(__name__)

Answer = Progress | ProviderError


class Questions:
    """What is being asked just now. `connections` is how many questions go to one provider at a time."""

    def __init__(self, connections: int) -> None:
        self.connections = connections
        self._pools: dict[str, ThreadPoolExecutor] = {}
        self._asked: dict[Future[Answer], Generation] = {}

    @property
    def asked(self) -> Collection[int]:
        """The generations that are being asked about, by id."""
        return [generation.pk for generation in self._asked.values()]

    def waiting(self, provider: str) -> int:
        """How many questions this provider has not answered yet."""
        return sum(generation.provider == provider for generation in self._asked.values())

    def ask(self, generations: Iterable[Generation]) -> None:
        """Have each of these asked about."""
        for generation in generations:
            pool = self._pools.get(generation.provider)
            if pool is None:
                pool = ThreadPoolExecutor(self.connections, thread_name_prefix=f"poll-{generation.provider}")
                self._pools[generation.provider] = pool
            self._asked[pool.submit(_ask, generation)] = generation

    def answers(self, patience: float) -> list[tuple[Generation, Answer]]:
        """What has been answered within `patience` seconds; the rest is there at a later call."""
        done, _ = wait(self._asked, timeout=patience)
        # In the order of the questions: the longest due is noted first.
        return [(self._asked.pop(each), each.result()) for each in list(self._asked) if each in done]

    def close(self) -> None:
        """Ask no more, and wait for what is under way."""
        for pool in self._pools.values():
            pool.shutdown(wait=True, cancel_futures=True)
        self._asked.clear()


def _ask(generation: Generation) -> Answer:
    with log_context.about(generation):
        return _answer_about(generation)


def _answer_about(generation: Generation) -> Answer:
    try:
        return provider_named(generation.provider).poll(tasks.submission_of(generation))
    except ProviderError as error:
        return error
    except Exception as error:
        # Whatever is wrong with one adapter or one answer must not end the loop that serves all the others.
        logger.exception("Asking about %s broke off", generation.key)
        return UnavailableError(f"The question could not be asked: {error!r}")
