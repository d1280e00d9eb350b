"""What a worker does: load by id, ask the adapter, tell lifecycle. Any of these may run twice, late, or never."""

import logging
import random
import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta

from celery import Task, shared_task
from django.db import IntegrityError, InterfaceError, OperationalError, close_old_connections
from django.utils import timezone

from generation import (
    callbacks,
    circuits,
    dispatch,
    health,
    inputs,
    lanes,
    leases,
    lifecycle,
    log_context,
    lost,
    outputs,
    polling,
    posters,
    rates,
)
from generation.defects import inspections
from generation.lifecycle import Trace
from generation.media import BrokenMediaError
from generation.models import Generation, Status
from generation.providers import provider_named
from generation.providers.base import Job, Provider, Result, Submission, Verdict
from generation.providers.errors import (
    NotSentError,
    ProviderError,
    RateLimitedError,
    RefusedError,
    UnavailableError,
    UncertainError,
    UnknownJobError,
)
from generation.remarks import remark
from generation.storage import FileRefusedError, IncompleteSaveError

logger = logging.getLogger(__name__)

MAX_SUBMIT_ATTEMPTS = 10
# Seconds between tries to write down what the provider calls a job. Nothing else knows it: it is worth waiting for.
KEEP_PAUSES = (0.2, 1, 4, 15)


@shared_task(name="generation.submit")
@log_context.task
def submit(generation_id: int) -> None:
    """Send the order that is next in the lane of this one's provider, once."""
    hint = Generation.objects.filter(pk=generation_id).first()
    if hint is None or (hint.status != Status.QUEUED and lanes.limit(hint.provider) is None):
        return
    provider = provider_named(hint.provider)
    # A turn that is taken and not used would slow the lane down.
    if provider.rate is not None and lanes.room(hint.provider) == 0:
        return
    with rates.turn(provider, str(hint.key)) as wait:
        if wait is not None:
            lifecycle.postpone(generation_id, wait)
            return
        claim = lanes.claim(hint)
        if claim is None:
            return
        log_context.name(claim.generation)
        _submit(claim, provider)
    _after_submit(claim.generation)


def _after_submit(generation: Generation) -> None:
    """An order that is not at its provider now has left its place to the next."""
    if lanes.limit(generation.provider) is None:
        return
    now = Generation.objects.values_list("status", flat=True).get(pk=generation.pk)
    if now not in (Status.SUBMITTED, Status.UNCERTAIN):
        call_next(generation.provider)


def call_next(provider: str, most: int = 1, tell: Callable[[Task, int], object] = dispatch.tell) -> None:
    """Tell workers that places are free at a provider: up to `most` orders are sent, if so many wait."""
    for generation_id in lanes.next_up(provider, most):
        tell(submit, generation_id)


def _submit(claim: lanes.Claim, provider: Provider) -> None:
    """What happens to the answer decides where the order goes."""
    generation = claim.generation
    job: Job | ProviderError
    try:
        with leases.claim_kept(generation) if generation.request.get("inputs") else nullcontext():
            job = _job(generation, provider)
    except (NotSentError, RefusedError) as error:
        job = error
    # Files may take minutes. Only whoever still has the claim after that may send, or say how it ended.
    is_ours = generation.submitted_at is not None or lifecycle.announce(generation)
    if is_ours and isinstance(job, Job):
        _send(claim, provider, job)
        return
    if claim.trial_until is not None:
        circuits.trial_unused(generation.provider, claim.trial_until)
    if is_ours and isinstance(job, NotSentError):
        _send_again_or_give_up(generation, job)
    elif is_ours and isinstance(job, RefusedError):
        _refuse(generation, job)


def _send(claim: lanes.Claim, provider: Provider, job: Job) -> None:
    """What became of the order is written before what it says about the provider."""
    generation = claim.generation
    try:
        submission = provider.submit(job)
    except RateLimitedError as error:
        _note_answer(claim)
        _send_again_or_give_up(generation, error)
    except NotSentError as error:
        _send_again_or_give_up(generation, error)
        circuits.failed(provider.slug, str(error), is_trial=claim.is_trial)
    except UncertainError as error:
        lifecycle.lose(generation.pk, f"{error} {error.advice}", "submit")
        circuits.failed(provider.slug, str(error), is_trial=claim.is_trial)
    except RefusedError as error:
        _note_answer(claim)
        _refuse(generation, error)
    else:
        _keep(generation, submission)
        _note_answer(claim)


def _note_answer(claim: lanes.Claim) -> None:
    """The provider answers orders; those that waited for that go now."""
    if circuits.answered(claim.generation.provider):
        call_next(claim.generation.provider, dispatch.BATCH)


def _job(generation: Generation, provider: Provider) -> Job:
    """What is frozen on the row is what is sent; its files are handed over here, which costs nothing."""
    request = generation.request
    try:
        arguments = inputs.published(request["arguments"], request.get("inputs", {}), provider)
    except (UnavailableError, UncertainError, OSError) as error:
        raise NotSentError(f"An input file could not be handed over: {error}") from error
    return Job(
        reference=str(generation.key),
        model=generation.model,
        endpoint=generation.endpoint,
        arguments=arguments,
        values=request["values"],
        seed=generation.seed,
        webhook_url=callbacks.address_of(generation),
        inputs=request.get("inputs", {}),
    )


def _keep(generation: Generation, submission: Submission) -> None:
    """Write down what the provider calls the job, even when the database is away for a moment."""
    for pause in KEEP_PAUSES:
        try:
            _keep_now(generation, submission)
        except (OperationalError, InterfaceError) as error:
            logger.error(
                "%s is the job %s at %s, and the database does not take it: %s",
                generation.key,
                submission.request_id,
                generation.provider,
                error,
            )
            time.sleep(pause)
            close_old_connections()
        else:
            return
    _keep_now(generation, submission)


def _keep_now(generation: Generation, submission: Submission) -> None:
    try:
        if lifecycle.sent(generation.pk, submission, timezone.now() + polling.FIRST, "submit"):
            return
    except IntegrityError:
        text = f"The provider answered with {submission.request_id}, which is the job of another order."
        logger.error("%s: %s", generation.key, text)
        lifecycle.lose(generation.pk, text, "submit")
        return
    now = Generation.objects.get(pk=generation.pk)
    if now.external_id != submission.request_id:
        text = (
            f"The provider took this order as {submission.request_id} after it was given up here. "
            "It may be billed: look it up in the provider's own history."
        )
        logger.error("%s: %s", generation.key, text)
        lifecycle.record(now.pk, now.status, Trace("submit", text, submission.raw), from_status=now.status)


def _send_again_or_give_up(generation: Generation, error: NotSentError) -> None:
    attempts = generation.submit_attempts
    if attempts < MAX_SUBMIT_ATTEMPTS:
        wait = timedelta(seconds=error.retry_after or min(120, 2**attempts) * random.uniform(0.7, 1.3))
        lifecycle.send_again(generation.pk, wait, str(error), "submit")
        return
    message = f"Given up after {attempts} tries: {error}"
    _end(generation, error.code, message, billed=False, trace=Trace("submit", message))


def _refuse(generation: Generation, error: RefusedError) -> None:
    trace = Trace("submit", error.advice, {"raw": error.raw} if error.raw else None)
    _end(generation, error.code, str(error), billed=error.may_be_billed, trace=trace)


def _end(generation: Generation, code: str, message: str, *, billed: bool | None, trace: Trace) -> None:
    """The provider has no job for this order. That holds also when the sweep took us for dead meanwhile."""
    for status in (Status.SUBMITTING, Status.UNCERTAIN):
        generation.status = status
        if lifecycle.fail(generation, code=code, message=message, billed=billed, cost=None, trace=trace):
            return


@shared_task(name="generation.store")
@log_context.task
def store(generation_id: int) -> None:
    """Ask how a finished job ended, and keep what it made."""
    generation = lifecycle.lease(generation_id, leases.LENGTH)
    if generation is None:
        return
    log_context.name(generation)
    with leases.kept(generation.pk):
        _store(generation)


def _store(generation: Generation) -> None:
    provider = provider_named(generation.provider)
    try:
        _judge(generation, provider, provider.result(submission_of(generation)))
    except (UnavailableError, IncompleteSaveError, OSError) as error:
        _store_later(generation, error, longest=60)
    except UnknownJobError as error:
        lifecycle.lose(generation.pk, str(error), "store", old=Status.READY)
    except RefusedError as error:
        # A wrong key, a host that is not allowed: the job is done and paid for, and somebody has to mend it here.
        if generation.store_attempts == 1:
            remark(generation, "store", f"{error} {error.advice}")
        _store_later(generation, error, longest=300)


def _store_later(generation: Generation, error: Exception, longest: int) -> None:
    wait = timedelta(seconds=min(longest, 2 ** min(generation.store_attempts, 9)) * random.uniform(0.7, 1.3))
    logger.warning("Storing %s did not work, next try in %s: %s", generation.key, wait, error)
    lifecycle.give_back(generation.pk, wait)


def _judge(generation: Generation, provider: Provider, result: Result) -> None:
    trace = Trace("store", result.message, result.raw)
    if result.verdict is Verdict.PENDING:
        # Whoever calls it finished again and again is believed ever more slowly.
        pause = polling.TIGHT * 2 ** min(generation.store_attempts - 1, 6)
        lifecycle.not_ready(generation.pk, timezone.now() + pause, "store")
    elif result.verdict is Verdict.CANCELLED:
        lifecycle.cancelled(generation, trace)
    elif result.verdict is Verdict.FAILED:
        lifecycle.fail(
            generation,
            code=result.code or "failed",
            message=result.message or "The provider gave no reason.",
            billed=result.billed,
            cost=result.cost,
            trace=trace,
        )
    elif not result.files:
        message = "The provider ended the job without an error, but its answer names no file."
        lifecycle.fail(
            generation, code="no_media", message=message, billed=None, cost=result.cost, trace=trace
        )
    else:
        _take_in(generation, provider, result, trace)


def _take_in(generation: Generation, provider: Provider, result: Result, trace: Trace) -> None:
    cost = result.cost if result.cost is not None else generation.estimate
    try:
        files = outputs.bring_in(generation, provider, result.files)
    except (FileRefusedError, BrokenMediaError) as error:
        # The provider made something and bills it, but it is not what was ordered.
        message = f"The provider delivered a file that cannot be used. {error}"
        said = Trace(trace.actor, message, trace.data)
        lifecycle.fail(generation, code="unusable_file", message=message, billed=True, cost=cost, trace=said)
        return
    if lifecycle.succeed(generation, files, cost, seed=result.seed, trace=trace):
        for file in files:
            dispatch.tell(draw_poster, file.pk)


@shared_task(name="generation.draw_poster")
@log_context.task
def draw_poster(output_id: int) -> None:
    """Draw the still of a result that was kept."""
    output = posters.missing().filter(pk=output_id).select_related("generation").first()
    if output is None:
        return
    log_context.name(output.generation)
    try:
        posters.draw(output)
    except OSError as error:
        logger.warning("No poster of %s could be drawn now: %s", output.key, error)


@shared_task(name="generation.inspect")
@log_context.task
def inspect(inspection_id: int) -> None:
    """Look over the files of a result that somebody wants checked for defects."""
    inspection = inspections.missing().filter(pk=inspection_id).first()
    if inspection is None:
        return
    log_context.name(inspection.generation)
    try:
        inspections.inspect(inspection)
    except OSError as error:
        logger.warning("%s could not be looked over now: %s", inspection.generation, error)


@shared_task(name="generation.cancel")
@log_context.task
def cancel(generation_id: int) -> None:
    """Pass somebody's wish to stop on to the provider. The end is still judged by its result."""
    generation = Generation.objects.filter(pk=generation_id, cancel_requested_at__isnull=False).first()
    if generation is None or generation.status != Status.SUBMITTED:
        return
    log_context.name(generation)
    try:
        taken = provider_named(generation.provider).cancel(submission_of(generation))
    except (UnavailableError, RefusedError) as error:
        logger.warning("%s could not be cancelled: %s", generation.key, error)
        return
    if taken and lifecycle.mark_ready(generation.pk, "cancel", "The provider took the wish to cancel."):
        call_next(generation.provider)


@shared_task(name="generation.look_for")
@log_context.task
def look_for(generation_id: int) -> None:
    """Look at the provider for an order whose answer was lost."""
    generation = Generation.objects.filter(pk=generation_id, status=Status.UNCERTAIN).first()
    if generation is not None:
        log_context.name(generation)
        lost.look_for(generation)


@shared_task(name="generation.beat")
def beat(queue: str) -> None:
    """Say that messages of this queue arrive and a worker takes them; the health page looks for it."""
    health.worker_seen(queue)


def submission_of(generation: Generation) -> Submission:
    """How to ask the provider about this job."""
    return Submission(
        request_id=generation.external_id, urls=generation.external_urls, endpoint=generation.endpoint
    )
