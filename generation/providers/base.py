"""The words that we and a provider share, and the interface of an adapter.

An adapter translates and nothing else: no database, no queue, no money, no retries. It is given its key and time
limits when it is made. What it cannot do it inherits from `Provider`, which refuses.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, ClassVar, Self

from generation.providers.errors import UnsupportedError


@dataclass(frozen=True)
class Job:
    """One order, complete: what is sent is what was priced.

    `reference` is our own id of the generation; `arguments` are the provider's words, ready for the wire, and
    `values` the same in ours. `model` is the catalogue's slug. `webhook_url` is '' where we cannot be called. `inputs`
    are facts about the files among the values (by parameter: `width`, `height` in pixels, `seconds`, where measured).
    """

    reference: str
    model: str
    endpoint: str
    arguments: Mapping[str, Any]
    values: Mapping[str, Any]
    seed: int | None = None
    webhook_url: str = ""
    inputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Submission:
    """How to ask for a job again: the provider's id and the addresses that it gave (keys: status, response, cancel)."""

    request_id: str
    urls: Mapping[str, str] = field(default_factory=dict)
    endpoint: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class LostOrder:
    """An order whose answer never came, as a provider's history may show it.

    `arguments` are those of `Job`, with `file:…` for files of ours; `known` are the ids of jobs that are other orders'.
    """

    reference: str
    endpoint: str
    arguments: Mapping[str, Any]
    ordered_at: datetime
    known: frozenset[str] = frozenset()


class Phase(Enum):
    """Where a job stands at the provider. FINISHED says nothing about success: ask for the result."""

    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"


@dataclass(frozen=True)
class Progress:
    """An answer to a poll. `position` counts the jobs ahead (0 = next); `percent` is 0–100 where it is known."""

    phase: Phase
    position: int | None = None
    percent: int | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)


class Verdict(Enum):
    """How a job ended. PENDING: it has not, whatever somebody claimed."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    PENDING = "pending"


@dataclass(frozen=True)
class RemoteFile:
    """One file of a result, still at the provider. `is_flagged`: its own safety check calls the file unsafe."""

    url: str
    content_type: str = ""
    file_name: str = ""
    is_flagged: bool = False


@dataclass(frozen=True)
class Result:
    """The judged end of a job.

    `cost` is in US dollars where the provider states it. `billed` is None when nobody can know yet whether a failed
    job costs money. `message` holds the provider's own words.
    """

    verdict: Verdict
    files: tuple[RemoteFile, ...] = ()
    seed: int | None = None
    cost: Decimal | None = None
    billed: bool | None = False
    code: str = ""
    message: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class WebhookNotice:
    """A verified call from a provider. It carries no facts beyond "look at this job now"."""

    request_id: str
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Rate:
    """The most new orders that a provider takes within any so many seconds; it turns away what is more."""

    orders: int
    seconds: int


@dataclass(frozen=True)
class BillLine:
    """One line of a provider's bill: a job, what it cost in US dollars (below zero for a refund) and when.

    `units` is how many the provider counted, None where the bill does not say; `endpoint` is '' likewise.
    """

    request_id: str
    endpoint: str
    amount: Decimal
    units: Decimal | None
    at: datetime
    raw: Mapping[str, Any] = field(default_factory=dict)


class Provider:
    """What every adapter can be asked. Methods raise the errors of `generation.providers.errors`."""

    slug: ClassVar[str]
    label: ClassVar[str]
    rate: ClassVar[Rate | None] = None

    @classmethod
    def from_settings(cls, settings: Any) -> Self:
        """Make the adapter with what it needs of the settings; the only place where it sees them."""
        raise UnsupportedError(f"{cls.label} cannot be made from settings.")

    def submit(self, job: Job) -> Submission:
        """Send the order at most once. Raises NotSentError, UncertainError or RefusedError."""
        raise UnsupportedError(f"{self.label} cannot take orders.")

    def find(self, reference: str) -> Submission | None:
        """Look for an order whose answer was lost, by our own id of it; None when nobody can say.

        Raises NotSentError only when the provider itself vouches that it has no such order.
        """
        return None

    def search(self, lost: LostOrder) -> Submission | None:
        """Look for a lost order by what it asked for, where the provider knows no id of ours.

        None unless exactly one job fits; that proves nothing. Raises UnavailableError.
        """
        return None

    def poll(self, submission: Submission) -> Progress:
        """Ask where the job stands. Raises UnavailableError or RefusedError."""
        raise UnsupportedError(f"{self.label} cannot be polled.")

    def result(self, submission: Submission) -> Result:
        """Ask how the job ended and judge the answer. Raises UnavailableError when there is no answer."""
        raise UnsupportedError(f"{self.label} gives no results.")

    def cancel(self, submission: Submission) -> bool:
        """Ask to stop the job; True when the provider took the wish. The end is still judged by `result`."""
        raise UnsupportedError(f"{self.label} cannot cancel a job.")

    def stream(self, file: RemoteFile) -> AbstractContextManager[Iterator[bytes]]:
        """Open a file of a result as a stream of chunks. Raises UnavailableError or RefusedError."""
        raise UnsupportedError(f"{self.label} gives no files.")

    def publish(self, path: Path, content_type: str) -> str:
        """Lay one of our files where the provider can read it; returns its address."""
        raise UnsupportedError(f"{self.label} takes no files.")

    def balance(self) -> Decimal:
        """US dollars left at the provider. Raises UnavailableError or RefusedError."""
        raise UnsupportedError(f"{self.label} does not tell its balance.")

    def bill(self, since: datetime, until: datetime) -> Iterable[BillLine]:
        """The lines of the provider's bill from one moment to another, which is not included any more.

        Raises UnavailableError, AuthenticationError, or UnsupportedError when its bill cannot be asked for.
        """
        raise UnsupportedError(f"{self.label} does not give its bill.")

    def verify_webhook(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether the call really comes from the provider and is fresh."""
        raise UnsupportedError(f"{self.label} sends no webhooks.")

    def parse_webhook(self, body: bytes) -> WebhookNotice:
        """The job that a verified call speaks of."""
        raise UnsupportedError(f"{self.label} sends no webhooks.")
