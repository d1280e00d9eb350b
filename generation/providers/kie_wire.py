"""Kie.ai's words: how its answers are read and judged. Nothing here calls anybody.

Every answer has a `code` of its own beside HTTP's, and HTTP may say 200 to a failure: both are looked at. Numbers with
a fraction are kept as text, so that an amount never becomes a float.
"""

import base64
import hashlib
import hmac
import json
import logging
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import httpx

from generation.providers.base import Phase, RemoteFile, Result, Verdict
from generation.providers.errors import (
    AuthenticationError,
    ContentRejectedError,
    InvalidRequestError,
    NotSentError,
    OutOfCreditError,
    ProviderError,
    RateLimitedError,
    RefusedError,
    UncertainError,
)
from generation.providers.http import retry_after, words_of

logger = logging.getLogger(__name__)

DOLLARS_PER_CREDIT = Decimal("0.005")
# More than any job can cost: beyond this the number is a mistake, and not ours to book.
MOST_CREDITS = Decimal(1_000_000)
# Seconds. Kie names no tolerance for its signatures; this is the one that fal names.
TOLERANCE = 300
MAINTENANCE_SECONDS = 60

PHASES = {
    "waiting": Phase.WAITING,
    "queuing": Phase.WAITING,
    "generating": Phase.RUNNING,
    "success": Phase.FINISHED,
    "fail": Phase.FINISHED,
}
FAILURES = {"400": "invalid_request", "422": "invalid_request", "402": "out_of_credit", "408": "timed_out"}
# Kie has no code of its own for this, so its words are the only sign. They choose the advice, never the money.
_CONTENT_RULES = re.compile(
    r"sensitive|polic(y|ies)|nsfw|moderat|prohibited|violat|inappropriate", re.IGNORECASE
)


@dataclass(frozen=True)
class Answer:
    """One answer: the code that counts (200 only when HTTP agrees), Kie's words, its data, and all of it."""

    code: int
    words: str
    data: Any = None
    body: Any = None
    retry_after: float | None = None


def parsed(text: str | bytes) -> Any:
    """JSON with fractions as text; None when it is no JSON."""
    try:
        return json.loads(text, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None


def read(response: httpx.Response) -> Answer | None:
    """What Kie says, or None when that is not Kie's way of saying anything."""
    body = parsed(response.content)
    code = _number(body.get("code")) if isinstance(body, dict) else None
    if code is None:
        return None
    if code == 200 and response.status_code != 200:
        code = response.status_code
    words = str(body.get("msg") or body.get("message") or f"code {code}")
    return Answer(code, words, body.get("data"), body, retry_after(response))


def read_order(response: httpx.Response) -> Answer:
    """The answer to an order. Raises UncertainError when it says nothing."""
    answer = read(response)
    if answer is not None:
        return answer
    if response.status_code < 400:
        raise UncertainError(f"Kie.ai's answer to the order cannot be read: {words_of(response)}")
    return Answer(response.status_code, words_of(response), retry_after=retry_after(response))


def task_id_of(data: Any) -> str:
    """The task that a `data` object names, or ''."""
    if not isinstance(data, Mapping):
        return ""
    found = data.get("taskId") or data.get("task_id")
    return str(found) if isinstance(found, str | int) and len(str(found)) <= 200 else ""


def refusal(answer: Answer, names: Iterable[str] = (), raw: Any = None) -> ProviderError:
    """The error for an answer other than 200 to something that was asked of Kie. `names` are the arguments' names."""
    code, words = answer.code, answer.words
    if code in (401, 403):
        return AuthenticationError(words, raw=raw)
    if code == 402:
        return OutOfCreditError(words, raw=raw)
    if code == 429:
        return RateLimitedError(words, retry_after=answer.retry_after, raw=raw)
    if code == 455:
        wait = answer.retry_after or MAINTENANCE_SECONDS
        return NotSentError(f"Kie.ai is being maintained: {words}", retry_after=wait, raw=raw)
    if code in (400, 404, 422):
        if _CONTENT_RULES.search(words):
            return ContentRejectedError(words, raw=raw)
        return InvalidRequestError(words, field=field_in(words, names), raw=raw)
    if code == 505 or (400 <= code < 500 and code not in (408, 409)):
        return RefusedError(words, raw=raw)
    return UncertainError(
        f"Kie.ai answered {code}, which leaves open whether it took the order: {words}", raw=raw
    )


def field_in(words: str, names: Iterable[str]) -> str:
    """The argument that a message speaks of, or ''. Kie names it in a sentence only."""
    spoken = set(re.findall(r"\w+", words.lower()))
    return next((name for name in sorted(names, key=len, reverse=True) if name.lower() in spoken), "")


def phase_of(state: str) -> Phase:
    """Where a job with this state stands. An unknown state is a running job, and is noticed."""
    if state not in PHASES:
        logger.warning(
            "Kie.ai reports a state that is not known here: %r. It is taken for running.", state[:60]
        )
    return PHASES.get(state, Phase.RUNNING)


def percent_in(record: Mapping[str, Any]) -> int | None:
    """How far the job is, where the record says it (undocumented, and seen only for some models)."""
    found = record.get("progress")
    return found if type(found) is int and 0 <= found <= 100 else None


def dollars(credits: Any) -> Decimal | None:
    """What so many credits are worth, or None for what is no sensible number of credits."""
    if isinstance(credits, bool) or not isinstance(credits, int | str):
        return None
    try:
        number = Decimal(credits)
    except InvalidOperation:
        return None
    if not number.is_finite() or not 0 <= number <= MOST_CREDITS:
        logger.warning("Kie.ai reports %r credits, which cannot be.", str(credits)[:60])
        return None
    return number * DOLLARS_PER_CREDIT


def judge(record: Mapping[str, Any], raw: Mapping[str, Any]) -> Result:
    """How the job of a record ended. `raw` is the record as it may be kept."""
    if phase_of(str(record.get("state"))) is not Phase.FINISHED:
        return Result(Verdict.PENDING, raw=raw)
    cost = dollars(record.get("creditsConsumed"))
    if record.get("state") == "fail":
        return _failed(record, cost, raw)
    files = files_in(record.get("resultJson"))
    # Nothing for a finished job is not a price but a number that was not filled in.
    cost = cost or None
    if files:
        return Result(Verdict.SUCCEEDED, files=files, cost=cost, raw=raw)
    message = "Kie.ai says that the job went well, but names no file."
    return Result(Verdict.FAILED, code="no_media", message=message, billed=True, cost=cost, raw=raw)


def _failed(record: Mapping[str, Any], cost: Decimal | None, raw: Mapping[str, Any]) -> Result:
    """A failed job. Whether Kie gives the credits back is written nowhere: only a stated number settles it."""
    code, words = str(record.get("failCode") or ""), str(record.get("failMsg") or "")
    return Result(
        Verdict.FAILED,
        code="content_rejected" if _CONTENT_RULES.search(words) else FAILURES.get(code, "failed"),
        message=f"{words or 'Kie.ai gave no reason.'}{f' (code {code})' if code else ''}",
        billed=None if cost is None else cost > 0,
        cost=cost,
        raw=raw,
    )


def files_in(result_json: Any) -> tuple[RemoteFile, ...]:
    """The files that a record's `resultJson` names. It is JSON once more, inside a text."""
    found = parsed(result_json) if isinstance(result_json, str) else result_json
    urls = found.get("resultUrls") if isinstance(found, Mapping) else None
    if not isinstance(urls, list):
        return ()
    return tuple(
        RemoteFile(url, file_name=_tail(url)) for url in urls if isinstance(url, str) and "://" in url
    )


class CallbackKey:
    """The key that Kie signs its callbacks with. It covers the task and the time, not what is said about the task."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def __bool__(self) -> bool:
        return bool(self._key)

    def verifies(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether the call is Kie's and fresh."""
        given = {name.lower(): value for name, value in headers.items()}
        stamp, signature = given.get("x-webhook-timestamp", ""), given.get("x-webhook-signature", "")
        call = parsed(body)
        task_id = task_id_of(call.get("data")) if isinstance(call, dict) else ""
        if not (self._key and task_id and re.fullmatch(r"[0-9]{1,12}", stamp)):
            return False
        if abs(time.time() - int(stamp)) > TOLERANCE:
            return False
        digest = hmac.digest(self._key, f"{task_id}.{stamp}".encode(), hashlib.sha256)
        return hmac.compare_digest(base64.b64encode(digest), signature.encode(errors="replace"))


def _number(value: Any) -> int | None:
    if (
        isinstance(value, bool)
        or not isinstance(value, int | str)
        or not re.fullmatch(r"[0-9]{3}", str(value))
    ):
        return None
    return int(value)


def _tail(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2][:100]
