"""What can go wrong between us and a provider, sorted by what the caller should do.

    ProviderError
    ├── NotSentError            the order surely did not arrive: put it back in the queue, nothing is spent
    │   └── RateLimitedError    … and wait `retry_after` seconds first
    ├── UncertainError          the order may have arrived: never send it again by itself, keep the hold
    ├── UnavailableError        a question (status, result, file) got no answer: ask again later
    └── RefusedError            the provider said no for good: do not repeat
        ├── AuthenticationError     the key is wrong or missing
        ├── OutOfCreditError        the provider's account is empty
        ├── InvalidRequestError     a value is not accepted; `field` names it where the provider does
        ├── ContentRejectedError    the prompt or a picture broke the provider's content rules
        ├── UnknownJobError         the provider does not know (or no longer knows) this job
        └── UnsupportedError        this adapter cannot do that at all

`advice` is a sentence for the person who ordered; `str(error)` keeps the provider's own words.
"""

from typing import Any


class ProviderError(Exception):
    """The root. `may_be_billed`: True, False, or None when nobody can know yet. `raw` is the redacted answer."""

    advice = "Try again; if it fails again, show this message to whoever runs the studio."
    code = "provider_error"
    may_be_billed: bool | None = False

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        may_be_billed: bool | None = None,
        raw: Any = None,
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.raw = raw
        if may_be_billed is not None:
            self.may_be_billed = may_be_billed


class NotSentError(ProviderError):
    """The order surely did not arrive; it may be sent again."""

    code = "not_sent"
    advice = (
        "The provider could not be reached. The order waits and is sent again by itself; nothing was spent."
    )


class RateLimitedError(NotSentError):
    """Too many orders at once; `retry_after` is in seconds."""

    code = "rate_limited"
    advice = "The provider takes no more orders just now. The order waits and is sent again by itself."


class UncertainError(ProviderError):
    """The answer to an order was lost; the provider may be working on it and may bill it."""

    code = "uncertain"
    may_be_billed = None
    advice = "The provider may or may not have this order. Its money stays held until that is known."


class UnavailableError(ProviderError):
    """A question got no answer. The job itself is not affected."""

    code = "unavailable"
    may_be_billed = None
    advice = "The provider does not answer just now. We keep asking."


class RefusedError(ProviderError):
    """The provider said no for good."""

    code = "refused"
    advice = "Change the order and try again."


class AuthenticationError(RefusedError):
    """The key was not accepted."""

    code = "authentication"
    advice = "The provider did not accept the studio's key. Ask whoever runs the studio to check it."


class OutOfCreditError(RefusedError):
    """The studio's own balance at the provider is used up."""

    code = "out_of_credit"
    advice = "The studio's balance at the provider is used up. Ask whoever runs the studio to top it up."


class InvalidRequestError(RefusedError):
    """A value was not accepted. `field` is the provider's word for it, or ''."""

    code = "invalid_request"
    advice = "Change the value that the provider names and order again."

    def __init__(self, message: str, *, field: str = "", **kwargs: Any) -> None:
        super().__init__(message, **kwargs)
        self.field = field


class ContentRejectedError(RefusedError):
    """The provider's content rules said no."""

    code = "content_rejected"
    advice = (
        "The provider's content rules refused this prompt or picture. Reword it or choose another picture."
    )


class UnknownJobError(RefusedError):
    """The provider does not know this job, or has forgotten it."""

    code = "unknown_job"
    may_be_billed = None
    advice = "The provider no longer knows this job. Look it up in the provider's own history."


class UnsupportedError(RefusedError):
    """The adapter has no such ability."""

    code = "unsupported"
    advice = "This provider cannot do that."
