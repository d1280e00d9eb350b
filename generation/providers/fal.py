"""fal.ai: orders through its queue, results from its media hosts.

Always sent along with an order: `x-app-fal-disable-fallback`, because otherwise fal may let another model do the work,
and what ran would not be what was chosen, priced and compared (a fallback of our own is a new, priced order); and the
lifetime that we ask for its files, so that a download may be repeated.

Questions and results do not go through fal's client: it repeats each up to ten times while a worker waits, and fails on
a status it does not know.
"""

import base64
import binascii
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

import httpx

from generation.providers import fal_wire
from generation.providers.base import (
    BillLine,
    Job,
    LostOrder,
    Progress,
    Provider,
    RemoteFile,
    Result,
    Submission,
    Verdict,
    WebhookNotice,
)
from generation.providers.downloads import Downloader
from generation.providers.errors import (
    InvalidRequestError,
    RefusedError,
    UnavailableError,
    UnknownJobError,
    UnsupportedError,
)
from generation.providers.fal_bill import Bill
from generation.providers.fal_platform import Platform
from generation.providers.fal_queue import BACKUP_URL, QUEUE_URL, Orders
from generation.providers.fal_signature import SignatureCheck
from generation.providers.fal_uploads import Uploads
from generation.providers.http import Secrets, api_client, ask, json_of

REST_URL = "https://rest.fal.ai"
MEDIA_HOSTS = ("fal.media", "*.fal.media")
WEEK = 7 * 24 * 3600


class FalProvider(Provider):
    """fal.ai. The `*_url` arguments and `media_hosts` stand in the place of the real ones where they are given."""

    slug = "fal"
    label = "fal.ai"

    def __init__(
        self,
        key: str,
        *,
        admin_key: str = "",
        queue_url: str = "",
        rest_url: str = "",
        api_url: str = "",
        media_hosts: Collection[str] = (),
        media_seconds: int = WEEK,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._queue_url = (queue_url or QUEUE_URL).rstrip("/")
        self._origins = {_origin(url) for url in (self._queue_url, *(() if queue_url else (BACKUP_URL,)))}
        self._secrets = Secrets(key)
        self._lifecycle = json.dumps({"expiration_duration_seconds": media_seconds})
        self._orders = Orders(key, queue_url, transport)
        client = api_client(headers={"Authorization": f"Key {key}"}, transport=transport)
        self._client = client
        self._platform = Platform(client, self._secrets, api_url)
        self._bill = Bill(admin_key or key, api_url, transport)
        rest = (rest_url or REST_URL).rstrip("/")
        self._uploads = Uploads(client, rest, self._secrets, lifecycle=self._lifecycle, transport=transport)
        self._keyless = api_client(headers={}, transport=transport)
        self._signatures = SignatureCheck(self._keyless, f"{rest}/.well-known/jwks.json")
        self._downloads = Downloader(media_hosts or MEDIA_HOSTS)

    @classmethod
    def from_settings(cls, settings: Any) -> Self:
        return cls(
            settings.FAL_KEY,
            admin_key=settings.FAL_ADMIN_KEY,
            queue_url=settings.FAL_QUEUE_URL,
            rest_url=settings.FAL_REST_URL,
            api_url=settings.FAL_API_URL,
            media_hosts=settings.FAL_MEDIA_HOSTS,
            media_seconds=settings.FAL_MEDIA_SECONDS,
        )

    def submit(self, job: Job) -> Submission:
        headers = {
            "x-app-fal-disable-fallback": "true",
            "X-Fal-Object-Lifecycle-Preference": self._lifecycle,
        }
        handle = self._orders.order(job.endpoint, job.arguments, webhook_url=job.webhook_url, headers=headers)
        urls = {"status": handle.status_url, "response": handle.response_url, "cancel": handle.cancel_url}
        return Submission(
            handle.request_id, urls, job.endpoint, raw={"request_id": handle.request_id, **urls}
        )

    def balance(self) -> Decimal:
        return self._platform.balance()

    def search(self, lost: LostOrder) -> Submission | None:
        found = self._platform.find(lost)
        return None if found is None else Submission(found, endpoint=lost.endpoint)

    def poll(self, submission: Submission) -> Progress:
        return fal_wire.progress_of(self._status(submission), self._secrets)

    def result(self, submission: Submission) -> Result:
        response = self._ask("GET", submission, "response", judge_server_errors=True)
        body = json_of(response)
        if response.status_code == 202 or fal_wire.is_unfinished(body):
            return Result(Verdict.PENDING)
        cost = self._platform.cost(submission.endpoint, fal_wire.billable_units(response))
        if response.status_code == 200:
            if not isinstance(body, Mapping):
                raise UnavailableError("fal's answer with the result cannot be read.")
            return fal_wire.success_of(body, cost, self._secrets)
        return self._failed(submission, response, body, cost)

    def _failed(
        self, submission: Submission, response: httpx.Response, body: Any, cost: Decimal | None
    ) -> Result:
        """Judge an error in the place of a result: the job's own, or only that the answer failed or came too early."""
        status = self._status(submission)
        if str(status.get("status")) != "COMPLETED":
            return Result(Verdict.PENDING, raw=self._secrets.redact(status))
        of_status = fal_wire.Fault(str(status.get("error") or ""), str(status.get("error_type") or ""))
        has_body = isinstance(body, Mapping) and ("detail" in body or "error_type" in body)
        if not has_body and not (of_status.message or of_status.type):
            raise UnavailableError(f"fal answered {response.status_code} instead of the result.")
        fault = fal_wire.fault_of(body, response) if has_body else of_status
        words = self._secrets.hide(fault.message or of_status.message)
        fault = fal_wire.Fault(words, fault.type or of_status.type, fault.field)
        raw = {"http_status": response.status_code, "body": body, "status": status}
        return fal_wire.failure_of(response.status_code, fault, status, cost, self._secrets.redact(raw))

    def cancel(self, submission: Submission) -> bool:
        response = self._ask("PUT", submission, "cancel")
        if response.status_code in (200, 202):
            return True
        words = fal_wire.fault_of(json_of(response), response).message
        if response.status_code == 400:  # it is over already; its result says how
            return False
        raise RefusedError(self._secrets.hide(f"fal refused to cancel ({response.status_code}): {words}"))

    def stream(self, file: RemoteFile) -> AbstractContextManager[Iterator[bytes]]:
        return _inline(file.url) if file.url.startswith("data:") else self._downloads.open(file.url)

    def publish(self, path: Path, content_type: str) -> str:
        return self._uploads.publish(path, content_type)

    def bill(self, since: datetime, until: datetime) -> Iterable[BillLine]:
        return self._bill.lines(since, until)

    def verify_webhook(self, headers: Mapping[str, str], body: bytes) -> bool:
        return self._signatures.holds(headers, body)

    def parse_webhook(self, body: bytes) -> WebhookNotice:
        try:
            notice = json.loads(body)
            request_id = notice["request_id"]
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidRequestError("This call of fal names no request.", field="request_id") from error
        if not isinstance(request_id, str) or not 0 < len(request_id) <= 200:
            raise InvalidRequestError("This call of fal names no request.", field="request_id")
        return WebhookNotice(request_id, raw=self._secrets.redact(notice))

    def close(self) -> None:
        """Close all connections."""
        for part in (
            self._client,
            self._bill,
            self._orders,
            self._keyless,
            self._uploads,
            self._downloads,
        ):
            part.close()

    def _status(self, submission: Submission) -> Mapping[str, Any]:
        response = self._ask("GET", submission, "status", logs="1")
        body = json_of(response)
        if response.status_code not in (200, 202) or not isinstance(body, Mapping):
            raise UnavailableError(f"fal answered {response.status_code} instead of the job's status.")
        return body

    def _ask(
        self,
        method: str,
        submission: Submission,
        what: str,
        *,
        judge_server_errors: bool = False,
        **query: str,
    ) -> httpx.Response:
        url = httpx.URL(self._address(submission, what)).copy_merge_params(query)
        response = ask(
            self._client, method, str(url), secrets=self._secrets, server_errors=judge_server_errors
        )
        if response.status_code == 404:
            raise UnknownJobError(f"fal does not know the job {submission.request_id}.")
        if response.status_code in (401, 403):
            # The job goes on; with the right key it can be asked for again.
            raise UnavailableError(f"fal does not accept the studio's key just now ({response.status_code}).")
        return response

    def _address(self, submission: Submission, what: str) -> str:
        """The address that fal gave, or the usual one: the key goes to no other host."""
        given = submission.urls.get(what, "")
        if given and _origin(given) in self._origins:
            return given
        application = "/".join(submission.endpoint.split("/")[:2])
        base = f"{self._queue_url}/{application}/requests/{submission.request_id}"
        return base if what == "response" else f"{base}/{what}"


def _origin(url: str) -> str:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return ""
    return f"{parsed.scheme}://{parsed.netloc.decode('ascii')}"


@contextmanager
def _inline(url: str) -> Iterator[Iterator[bytes]]:
    """A file that came inside the answer (`sync_mode`)."""
    head, _, data = url.partition(",")
    if not head.endswith(";base64"):
        raise UnsupportedError("fal sent a file inside its answer in a form that cannot be read.")
    try:
        content = base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise UnavailableError("fal sent a file inside its answer that is broken.") from error
    yield iter([content])
