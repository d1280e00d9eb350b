"""fal's words in ours: statuses, errors in their three shapes, files of a result.

fal has no status for a failed job: it is COMPLETED like any other and shows its error when the result is fetched.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

import httpx

from generation.providers.base import Phase, Progress, RemoteFile, Result, Verdict
from generation.providers.errors import (
    AuthenticationError,
    ContentRejectedError,
    InvalidRequestError,
    OutOfCreditError,
    RefusedError,
)
from generation.providers.http import Secrets, json_of, words_of

logger = logging.getLogger(__name__)

PHASES = {"IN_QUEUE": Phase.WAITING, "IN_PROGRESS": Phase.RUNNING, "COMPLETED": Phase.FINISHED}
MEDIA_KEYS = ("images", "image", "video", "videos")
CANCELLED_TYPES = {"client_cancelled", "client_disconnected"}
LAST_LOGS = 20
# A locked account answers 403 like a wrong key does; only the words tell them apart.
_NO_CREDIT = re.compile(r"balance|locked|credit|top.?up|billing", re.IGNORECASE)


@dataclass(frozen=True)
class Fault:
    """An error body, whatever its shape. `type` is fal's word, `field` the input that it names; both may be ''."""

    message: str
    type: str = ""
    field: str = ""


def fault_of(body: Any, response: httpx.Response | None = None) -> Fault:
    """Read an error: `detail` as a list of objects (model errors), as text (platform errors), or anything else."""
    header = response.headers.get("x-fal-error-type", "") if response is not None else ""
    if not isinstance(body, Mapping):
        return Fault(words_of(response) if response is not None else str(body), header)
    detail = body.get("detail", body.get("error", body.get("message")))
    kind = str(body.get("error_type") or header)
    if isinstance(detail, list) and detail and isinstance(detail[0], Mapping):
        messages = [
            str(each.get("msg") or each.get("type") or each) for each in detail if isinstance(each, Mapping)
        ]
        first = detail[0]
        return Fault("; ".join(messages), str(first.get("type") or kind), _field(first.get("loc")))
    if isinstance(detail, Mapping):
        return Fault(str(detail.get("message") or dict(detail)), str(detail.get("type") or kind))
    return Fault(str(detail) if detail else f"fal gave no reason ({dict(body)}).", kind)


def _field(location: Any) -> str:
    """`["body", "image_url"]` names the field `image_url`."""
    if not isinstance(location, list):
        return ""
    return ".".join(str(part) for part in location if part != "body")


def refusal(response: httpx.Response, secrets: Secrets) -> RefusedError:
    """The error for an order that fal refused at the door. No job was made, so nothing is billed."""
    body = json_of(response)
    fault = fault_of(body, response)
    message = secrets.hide(fault.message)
    raw = {"status": response.status_code, "body": secrets.redact(body)}
    status = response.status_code
    if status == 402 or (status == 403 and _NO_CREDIT.search(message)):
        return OutOfCreditError(message, raw=raw)
    if status in (401, 403):
        return AuthenticationError(message, raw=raw)
    if fault.type == "content_policy_violation":
        return ContentRejectedError(message, raw=raw)
    if status in (400, 413, 422):
        return InvalidRequestError(message, field=fault.field, raw=raw)
    return RefusedError(f"fal answered {status}: {message}", raw=raw)


def progress_of(body: Mapping[str, Any], secrets: Secrets) -> Progress:
    """A status object as progress. An unknown status counts as running, and is said in the log."""
    status = body.get("status")
    phase = PHASES.get(str(status))
    if phase is None:
        logger.warning("fal knows a status that we do not: %r. The job counts as running.", status)
        phase = Phase.RUNNING
    position = body.get("queue_position")
    kept = {**body, "logs": (body.get("logs") or [])[-LAST_LOGS:]}
    return Progress(
        phase,
        position=position if isinstance(position, int) and phase is Phase.WAITING and position >= 0 else None,
        raw=secrets.redact(kept),
    )


def is_unfinished(body: Any) -> bool:
    """Whether an answer is the status of a job that goes on, and no result."""
    return (
        isinstance(body, Mapping) and body.get("status") in ("IN_QUEUE", "IN_PROGRESS") and not files_of(body)
    )


def success_of(body: Any, cost: Decimal | None, secrets: Secrets) -> Result:
    """The result of a job that fal ended with 200. Without a file it failed, and whether it is billed is not known."""
    files = files_of(body)
    raw = secrets.redact(body) if isinstance(body, Mapping) else {"body": secrets.redact(body)}
    if not files:
        return Result(
            Verdict.FAILED,
            cost=cost,
            billed=None if cost is None else cost > 0,
            code="no_media",
            message="fal ended the job without an error, but its answer names no file.",
            raw=raw,
        )
    # A file for nothing is more likely a header that this endpoint does not fill in: then the estimate counts.
    return Result(Verdict.SUCCEEDED, files=files, seed=_seed(body), cost=cost or None, billed=True, raw=raw)


def failure_of(
    status_code: int, fault: Fault, status: Mapping[str, Any], cost: Decimal | None, raw: Mapping[str, Any]
) -> Result:
    """The result of a job that ended in an error.

    fal does not bill what ends at 500 or above; a 422 may be billed when a machine had already worked on it.
    """
    ran = bool((status.get("metrics") or {}).get("inference_time"))
    is_cancelled = status_code == 499 or fault.type in CANCELLED_TYPES
    if is_cancelled and not ran and not cost:
        return Result(Verdict.CANCELLED, message=fault.message, raw=raw)
    billed: bool | None = False
    if cost is not None:
        billed = cost > 0
    elif status_code == 422 or is_cancelled:
        billed = None
    code = "content_rejected" if fault.type == "content_policy_violation" else fault.type
    return Result(
        Verdict.FAILED,
        cost=cost,
        billed=billed,
        code=(code or f"http_{status_code}")[:40],
        message=fault.message,
        raw=raw,
    )


def files_of(body: Any) -> tuple[RemoteFile, ...]:
    """The files that a result names: under the usual keys, else anything at the top that has an address."""
    if not isinstance(body, Mapping):
        return ()
    for key in MEDIA_KEYS:
        if found := _files_under(body.get(key)):
            return _flagged(found, body.get("has_nsfw_concepts"))
    found = tuple(file for value in body.values() for file in _files_under(value))
    return _flagged(found, body.get("has_nsfw_concepts"))


def _flagged(files: tuple[RemoteFile, ...], flags: Any) -> tuple[RemoteFile, ...]:
    """The files with fal's own safety flags, one a file; flags that do not match the files in number count for each."""
    each = flags if isinstance(flags, list) else [flags]
    if len(each) != len(files):
        each = [any(flag is True for flag in each)] * len(files)
    return tuple(replace(file, is_flagged=flag is True) for file, flag in zip(files, each, strict=True))


def _files_under(value: Any) -> tuple[RemoteFile, ...]:
    entries = value if isinstance(value, list) else [value]
    return tuple(
        RemoteFile(
            url=str(entry["url"]),
            content_type=str(entry.get("content_type") or ""),
            file_name=str(entry.get("file_name") or ""),
        )
        for entry in entries
        if isinstance(entry, Mapping) and entry.get("url")
    )


def _seed(body: Mapping[str, Any]) -> int | None:
    """The seed that was used, where it fits a database's whole number."""
    seed = body.get("seed")
    return seed if isinstance(seed, int) and not isinstance(seed, bool) and 0 <= seed < 2**63 else None


def billable_units(response: httpx.Response) -> Decimal | None:
    """How many units fal says it charges for, or None."""
    try:
        units = Decimal(response.headers.get("x-fal-billable-units", ""))
    except InvalidOperation:
        return None
    return units if units.is_finite() and units >= 0 else None
