"""Kie.ai: https://docs.kie.ai, its jobs API.

It keeps no list of jobs that we could search by our own id, so an order whose answer was lost waits for the callback
or a person; it cannot stop a job either. Both are what `Provider` says by itself.
"""

import logging
import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Self

import httpx

from generation.providers import kie_wire
from generation.providers.base import (
    Job,
    Progress,
    Provider,
    Rate,
    RemoteFile,
    Result,
    Submission,
    WebhookNotice,
)
from generation.providers.downloads import Downloader
from generation.providers.errors import (
    InvalidRequestError,
    ProviderError,
    RefusedError,
    UnavailableError,
    UncertainError,
    UnknownJobError,
)
from generation.providers.http import TIMEOUT, Secrets, api_client, ask
from generation.providers.kie_wire import Answer

logger = logging.getLogger(__name__)

BASE_URL = "https://api.kie.ai"
UPLOAD_URL = "https://kieai.redpandaai.co"
MEDIA_HOSTS = ("*.aiquickdraw.com", "*.redpandaai.co")

CREATE = "/api/v1/jobs/createTask"
RECORD = "/api/v1/jobs/recordInfo"
FRESH_LINK = "/api/v1/common/download-url"
CREDIT = "/api/v1/chat/credit"
UPLOAD = "/api/file-stream-upload"


class KieProvider(Provider):
    """Orders at Kie.ai.

    `base_url` replaces all of Kie's addresses. Without a `webhook_key` (Kie's settings page shows it) a callback could
    be anybody's, so none is asked for. `media_hosts` as `Downloader` takes them.
    """

    slug = "kie"
    label = "Kie.ai"
    # Kie takes 20 in 10 seconds and turns away the rest. The margin is for other programs and clocks that differ.
    rate = Rate(orders=18, seconds=10)

    def __init__(
        self,
        key: str,
        *,
        base_url: str = "",
        webhook_key: str = "",
        media_hosts: Collection[str] = (),
        timeout: httpx.Timeout = TIMEOUT,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.secrets = Secrets(key, webhook_key)
        self.base_url = (base_url or BASE_URL).rstrip("/")
        self.upload_url = (base_url or UPLOAD_URL).rstrip("/")
        self.callback_key = kie_wire.CallbackKey(webhook_key)
        make = partial(
            api_client,
            headers={"Authorization": f"Bearer {key}"},
            base_url=self.base_url,
            timeout=timeout,
            transport=transport,
        )
        self._orders, self._questions = make(one_shot=True), make()
        self._files = Downloader(media_hosts or MEDIA_HOSTS, transport=transport)

    @classmethod
    def from_settings(cls, settings: Any) -> Self:
        return cls(
            settings.KIE_API_KEY,
            base_url=settings.KIE_BASE_URL,
            webhook_key=settings.KIE_WEBHOOK_KEY,
            media_hosts=settings.KIE_MEDIA_HOSTS,
        )

    def close(self) -> None:
        """Close the connections."""
        for client in (self._orders, self._questions, self._files):
            client.close()

    def submit(self, job: Job) -> Submission:
        order: dict[str, Any] = {"model": job.endpoint, "input": dict(job.arguments)}
        if job.webhook_url and self.callback_key:
            order["callBackUrl"] = job.webhook_url
        try:
            response = self._orders.post(CREATE, json=order)
        except httpx.HTTPError as error:
            raise UncertainError(f"Kie.ai's answer to the order cannot be read: {error!r}") from error
        answer = kie_wire.read_order(response)
        raw = self.secrets.redact(answer.body)
        task_id = kie_wire.task_id_of(answer.data)
        if task_id:
            # Whatever else the answer says: what has an id can be asked about, and is judged then.
            return Submission(task_id, self._urls(task_id), job.endpoint, raw)
        if answer.code == 200:
            raise UncertainError("Kie.ai took the order but named no task.", raw=raw)
        raise self._shown(kie_wire.refusal(answer, job.arguments, raw))

    def poll(self, submission: Submission) -> Progress:
        record = self._record(submission)
        phase, percent = kie_wire.phase_of(record["state"]), kie_wire.percent_in(record)
        return Progress(phase, percent=percent, raw=self._kept(record))

    def result(self, submission: Submission) -> Result:
        record = self._record(submission)
        return kie_wire.judge(record, self._kept(record))

    @contextmanager
    def stream(self, file: RemoteFile) -> Iterator[Iterator[bytes]]:
        with ExitStack() as stack:
            try:
                chunks = stack.enter_context(self._files.open(file.url))
            except UnavailableError as error:
                logger.info("A link of Kie.ai ran out or does not answer, asking for a fresh one: %s", error)
                chunks = stack.enter_context(self._files.open(self._fresh_link(file.url)))
            yield chunks

    def publish(self, path: Path, content_type: str) -> str:
        # A name of its own: the same name again would replace the other file, and caches would mix them up.
        name = f"{uuid.uuid4().hex}{path.suffix}"
        with path.open("rb") as opened:
            answer = self._ask(
                "POST",
                self.upload_url + UPLOAD,
                files={"file": (name, opened, content_type)},
                data={"uploadPath": "rushes", "fileName": name},
            )
        data = answer.data if isinstance(answer.data, Mapping) else {}
        address = data.get("downloadUrl") or data.get("fileUrl")
        if not isinstance(address, str) or "://" not in address:
            raise UnavailableError(f"Kie.ai took the file but named no address: {answer.words}")
        return address

    def balance(self) -> Decimal:
        answer = self._ask("GET", CREDIT)
        dollars = kie_wire.dollars(answer.data)
        if dollars is None:
            raise UnavailableError(f"Kie.ai's balance cannot be read: {answer.words}")
        return dollars

    def verify_webhook(self, headers: Mapping[str, str], body: bytes) -> bool:
        return self.callback_key.verifies(headers, body)

    def parse_webhook(self, body: bytes) -> WebhookNotice:
        call = kie_wire.parsed(body)
        data = call.get("data") if isinstance(call, dict) else None
        task_id = kie_wire.task_id_of(data)
        if not task_id or not isinstance(data, Mapping):
            raise InvalidRequestError("The call names no task.", field="taskId")
        return WebhookNotice(task_id, self._kept(data))

    def _record(self, submission: Submission) -> dict[str, Any]:
        """Kie's record of the job. What is not about the job itself says nothing about it."""
        path, params = RECORD, {"taskId": submission.request_id}
        answer = kie_wire.read(ask(self._questions, "GET", path, params=params, secrets=self.secrets))
        if answer is None:
            raise UnavailableError("Kie.ai's answer cannot be read.")
        if answer.code in (404, 422):
            raise UnknownJobError(self.secrets.hide(answer.words))
        if answer.code != 200:
            raise UnavailableError(
                self.secrets.hide(f"{answer.words} ({answer.code})"), retry_after=answer.retry_after
            )
        record = answer.data
        if not isinstance(record, dict) or not isinstance(record.get("state"), str):
            raise UnavailableError("Kie.ai's answer says nothing about the job.")
        if kie_wire.task_id_of(record) not in ("", submission.request_id):
            raise UnavailableError("Kie.ai's answer is about another job.")
        return record

    def _fresh_link(self, url: str) -> str:
        """A new link to a file whose own link ran out; it is good for 20 minutes."""
        try:
            answer = self._ask("POST", FRESH_LINK, json={"url": url})
        except RefusedError as error:
            # Files are spread to their hosts by and by: what Kie does not know now may still come.
            raise UnavailableError(f"Kie.ai has no fresh link to the file: {error}") from error
        if not isinstance(answer.data, str) or "://" not in answer.data:
            raise UnavailableError("Kie.ai has no fresh link to the file.")
        return answer.data

    def _ask(self, method: str, url: str, **options: Any) -> Answer:
        """An answer of 200. Raises UnavailableError, or RefusedError for what will not change by asking again."""
        answer = kie_wire.read(ask(self._questions, method, url, secrets=self.secrets, **options))
        if answer is None:
            raise UnavailableError("Kie.ai's answer cannot be read.")
        if answer.code != 200:
            error = kie_wire.refusal(answer)
            if isinstance(error, RefusedError):
                raise self._shown(error)
            raise UnavailableError(self.secrets.hide(error), retry_after=error.retry_after) from error
        return answer

    def _shown(self, error: ProviderError) -> ProviderError:
        """The same error, its text without the key."""
        error.args = (self.secrets.hide(error),)
        return error

    def _kept(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """A record as it may be kept: without our own request, whose callback address has a token in it."""
        kept: dict[str, Any] = self.secrets.redact(
            {name: each for name, each in record.items() if name != "param"}
        )
        return kept

    def _urls(self, task_id: str) -> dict[str, str]:
        record = str(httpx.URL(self.base_url + RECORD, params={"taskId": task_id}))
        return {"status": record, "response": record}
