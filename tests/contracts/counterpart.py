"""The other side of the wire, as a contract test directs it. Each provider's test file fills one of these in."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import Enum

from generation.catalogue import catalogue, validate, wire_arguments
from generation.providers.base import Job, Provider, Submission


class Counterpart(ABC):
    """What stands behind an adapter. It counts for itself: what we believe is compared with what it saw.

    `secret` is a text that may appear nowhere ('' where there is no key).
    """

    provider: Provider
    model: str
    values: Mapping[str, object] = {"prompt": "Fog lifts off a slate roof."}
    can_cancel = True
    secret = ""

    def job(self, reference: str = "5b0f6c1e-0000-4000-8000-000000000001") -> Job:
        """A sound order of `model`."""
        spec = catalogue().find(self.model)
        values = validate(spec, self.values)
        return Job(
            reference=reference,
            model=spec.slug,
            endpoint=spec.endpoint,
            arguments=wire_arguments(spec, values),
            values=values,
        )

    @abstractmethod
    def paid_jobs(self) -> int:
        """How many jobs the provider has made."""

    @abstractmethod
    def run(self, submission: Submission) -> None:
        """Let the job be worked on."""

    @abstractmethod
    def finish(self, submission: Submission) -> None:
        """Let the job end well, with at least one file."""

    @abstractmethod
    def fail(self, submission: Submission) -> str:
        """Let the job end badly; returns the words that the provider says about it."""


class Fault(Enum):
    """What can happen to a call instead of a plain answer."""

    LOST = "the order is taken, and the connection ends without an answer"
    BROKEN = "500 or the like, which says nothing"
    GARBLED = "200 with something that is no answer"
    BUSY = "too many orders, wait 7 seconds"
    BAD_KEY = "the key is not accepted"
    NO_CREDIT = "the account is empty"
    BAD_VALUE = "a value is not accepted"


class WireCounterpart(Counterpart):
    """A counterpart behind a socket, which can misbehave.

    `bad_field` is the argument that BAD_VALUE names, in the provider's word.
    """

    bad_field = "prompt"

    @abstractmethod
    def orders_received(self) -> int:
        """How many calls to order have come in, whatever became of them."""

    @abstractmethod
    def arguments_received(self) -> Mapping[str, object]:
        """The arguments of the last order."""

    @abstractmethod
    def spoil_order(self, fault: Fault) -> None:
        """Let this happen to the next order. No job is made, except by LOST."""

    @abstractmethod
    def spoil_questions(self, fault: Fault) -> None:
        """Let this happen to all questions about jobs from now on."""

    @abstractmethod
    def say_status(self, submission: Submission, word: str) -> None:
        """Report this status of the job from now on."""

    @abstractmethod
    def halve_files(self) -> None:
        """Break off all files in the middle from now on."""

    @abstractmethod
    def redirect_files(self, address: str) -> None:
        """Answer all requests for files with a redirect to this address."""

    @abstractmethod
    def unreachable(self) -> Provider:
        """The same adapter, told of an address where nobody listens."""


class CallingCounterpart(WireCounterpart):
    """A counterpart that also calls us."""

    @abstractmethod
    def webhook(self, request_id: str, at: float) -> tuple[dict[str, str], bytes]:
        """A properly signed call about a job: headers and body. `at` is its time, in seconds of Unix."""
