"""Calls from providers: "look at this job now". A call is checked, moves the row, and is answered at once.

What it says about the job is not believed: the store task asks the provider itself. A repeated or late call changes
nothing. It also finds jobs whose order got no answer, because its address names our own id.
"""

import logging
from functools import partial
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from generation import callbacks, callers, dispatch, lifecycle, log_context, polling, tasks
from generation.lifecycle import Trace
from generation.models import Generation, Status
from generation.providers import PROVIDERS, provider_named
from generation.providers.base import Submission, WebhookNotice
from generation.providers.errors import RefusedError, UnavailableError, UnsupportedError

logger = logging.getLogger(__name__)

LIMIT_BYTES = 1024**2
LOST = (Status.SUBMITTING, Status.UNCERTAIN)


@csrf_exempt
@login_not_required
@require_POST
def receive(request: HttpRequest, provider: str, key: UUID, token: str) -> HttpResponse:
    """Answer one call. 404 says no more than that there is nothing here."""
    if provider not in PROVIDERS or not callbacks.is_token(key, token):
        return HttpResponseNotFound()
    generation = Generation.objects.filter(key=key, provider=provider).first()
    if generation is None:
        return HttpResponseNotFound()
    log_context.name(generation)
    body = _body(request)
    if body is None:
        return _answer(413, "This call is too large.")
    try:
        adapter = provider_named(provider)
        if not adapter.verify_webhook(request.headers, body):
            logger.warning("A call about %s was not signed by %s, or is too old.", generation.key, provider)
            return _answer(403, "The signature does not hold.")
        callers.called(provider)
        notice = adapter.parse_webhook(body)
    except UnsupportedError:
        return HttpResponseNotFound()
    except RefusedError as error:
        return _answer(400, str(error))
    except UnavailableError as error:
        logger.warning("A call about %s could not be checked: %s", generation.key, error)
        return _answer(503, "This call cannot be checked just now. Call again.")
    if not _concerns(generation, notice):
        logger.warning(
            "A call about %s names the job %r, which is not its own.", generation.key, notice.request_id
        )
        return HttpResponseNotFound()
    _look_now(generation, notice)
    return _answer(200, "Thank you.")


def _body(request: HttpRequest) -> bytes | None:
    """The body as it came, or None when it is too large."""
    try:
        body = request.body
    except RequestDataTooBig:
        return None
    return body if len(body) <= LIMIT_BYTES else None


def _answer(status: int, text: str) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")


def _concerns(generation: Generation, notice: WebhookNotice) -> bool:
    """Whether the job in the call is this generation's, or can be."""
    if generation.external_id:
        return generation.external_id == notice.request_id
    others = Generation.objects.filter(provider=generation.provider, external_id=notice.request_id)
    return not others.exists()


@transaction.atomic
def _look_now(generation: Generation, notice: WebhookNotice) -> None:
    """Adopt a job whose order got no answer, and have the result asked for."""
    if generation.status in LOST:
        found = Submission(notice.request_id, endpoint=generation.endpoint, raw=notice.raw)
        lifecycle.sent(generation.pk, found, timezone.now() + polling.FIRST, "webhook")
    if lifecycle.mark_ready(generation.pk, "webhook", "The provider called: the job is over."):
        # Only kept for people: fal forgets a large result after minutes, and the row must not depend on this one.
        said = Trace("webhook", "What came with the call.", notice.raw)
        lifecycle.record(generation.pk, Status.READY, said, from_status=Status.READY)
        dispatch.nudge(tasks.store, generation.pk)
        transaction.on_commit(partial(tasks.call_next, generation.provider), robust=True)
    elif generation.status == Status.QUEUED:
        logger.error(
            "The provider has a job for %s, which was thought never to have reached it.", generation.key
        )
