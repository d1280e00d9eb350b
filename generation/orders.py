"""The front door of generation: place an order, retry one, cancel one. Each opens its own transaction.

An order is validated against the catalogue, priced, and its most possible cost held before anything is written or sent.
Placing the same `key` twice gives the one generation that exists (a second click, a repeated command).
"""

import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from billing import budgets
from billing.models import Account
from generation import deadlines, dispatch, inputs, lifecycle, log_context, refusals, tasks
from generation.catalogue import ModelSpec, catalogue, validate, wire_arguments
from generation.fingerprints import fingerprint
from generation.models import UNFINISHED, Generation, Status
from generation.prices.in_force import with_dated_prices
from generation.pricing import Quote, quote
from generation.providers import is_mocked, played_by
from generation.refusals import OrderRefusedError
from generation.switches.in_force import why_off_now


@dataclass(frozen=True)
class Order:
    """What somebody asks for. `values` are in our words; `inputs` name the files among them, with their checksums.

    A picture or clip in `values` is an address, or `file:<key>` for one in our own storage. `measures` are what was
    measured of those files (`input_seconds`, `input_width`, `input_height`): they narrow the price, and are not sent.
    """

    account: Account
    model: str
    values: Mapping[str, Any]
    requested_by: User | None = None
    key: uuid.UUID = field(default_factory=uuid.uuid4)
    inputs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    measures: Mapping[str, Any] = field(default_factory=dict)
    replaces: Generation | None = None


def price(
    model: str, values: Mapping[str, Any], *, measures: Mapping[str, Any] | None = None, count: int = 1
) -> Quote:
    """What the order would cost today. Raises InvalidArgumentsError, UnknownModelError or UnknownPriceError."""
    spec = catalogue().find(model)
    known = {**values, **known_measures(spec, measures or {})}
    checked = validate(spec, known, partial=True)
    return quote(with_dated_prices(spec), checked, count=count, on=timezone.localdate())


def known_measures(spec: ModelSpec, measures: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the measures that this model's price asks for, as the catalogue types them."""
    names = {measure.name for measure in spec.measures}
    asked = {name: value for name, value in measures.items() if name in names and value is not None}
    checked = validate(spec, asked, partial=True) if asked else {}
    return {name: checked[name] for name in asked}


def same_as(order: Order) -> QuerySet[Generation]:
    """What came or is still to come of orders like this one, the newest first: whatever seed, unless one is chosen.

    Raises UnknownModelError or InvalidArgumentsError.
    """
    spec = catalogue().find(order.model)
    values = validate(spec, order.values)
    alike = Generation.objects.filter(
        account=order.account,
        fingerprint=fingerprint(spec.slug, values, order.inputs),
        # What the mock once played is no answer to an order that would be made for real.
        provider=played_by(spec.provider),
        status__in=[*UNFINISHED, Status.SUCCEEDED],
        cancel_requested_at__isnull=True,
    )
    seed: Any = values.get("seed")
    return (alike if seed is None else alike.filter(seed=seed)).order_by("-pk")


def place(order: Order) -> Generation:
    """Validate, price, hold, write, and tell a worker after the commit.

    Raises UnknownModelError, InvalidArgumentsError, UnknownPriceError, OrderRefusedError, or billing's
    BudgetExceededError and NoBudgetError; then nothing is held or written. Only a ContentRefusedError leaves a row,
    of what was decided: around a transaction of its own a caller puts `refusals.remembered`, to keep it.
    """
    existing = Generation.objects.filter(key=order.key).first()
    if existing is not None:
        return existing
    spec, values = _checked(order)
    try:
        with transaction.atomic():
            return _place(order, spec, values)
    except IntegrityError:
        # The same order came in twice at one moment: whoever was first has placed it.
        existing = Generation.objects.filter(key=order.key).first()
        if existing is None:
            raise
        return existing


def hold_money_still(together: Sequence[Order]) -> None:
    """Lock the counters of several orders that one transaction places, before the first of them.

    Raises UnknownModelError or NoBudgetError.
    """
    accounts = {order.account.pk: order.account for order in together}
    for pk in sorted(accounts):
        own = [order for order in together if order.account.pk == pk]
        tags = {order.model: _tags(catalogue().find(order.model)) for order in own}
        asked = {(order.model, order.requested_by) for order in own}
        budgets.hold_still(accounts[pk], [(member, tags[model]) for model, member in asked])


def _tags(spec: ModelSpec) -> dict[str, str]:
    """What narrowed budgets know an order by."""
    return {"model": spec.slug, "provider": spec.provider}


def _checked(order: Order) -> tuple[ModelSpec, dict[str, Any]]:
    """The model and the values as they will be sent. Raises what forbids it, but for price and budget."""
    spec = catalogue().find(order.model)
    if spec.status == "retired" and not is_mocked(spec.provider):
        raise OrderRefusedError(f"{spec.name} is no longer offered by its provider. Choose another model.")
    if reason := why_off_now(spec):
        raise OrderRefusedError(reason)
    values = _with_seed(spec, validate(spec, order.values))
    _refuse_strange_files(spec, values, order.inputs)
    with refusals.remembered():
        refusals.refuse_denied(order.account, order.requested_by, order.key, spec, values)
    return spec, values


def _place(order: Order, spec: ModelSpec, values: Mapping[str, Any]) -> Generation:
    measures = known_measures(spec, order.measures)
    quoted = quote(with_dated_prices(spec), {**values, **measures}, on=timezone.localdate())
    if not inputs.keep(order.inputs):
        raise OrderRefusedError(
            "A file that this order starts from was cleared by the project’s retention. Choose another."
        )
    hold = budgets.reserve(
        order.account,
        quoted.upper_bound,
        reference=f"generation:{order.key}",
        member=order.requested_by,
        tags=_tags(spec),
        note=f"{spec.name}: {quoted.explanation}",
    )
    generation = Generation.objects.create(
        key=order.key,
        account=order.account,
        hold=hold,
        requested_by=order.requested_by,
        replaces=order.replaces,
        request=_frozen(spec, values, quoted, order.inputs)
        | {"measures": {k: str(v) for k, v in measures.items()}},
        estimate_micros=quoted.amount_micros,
        upper_bound_micros=quoted.upper_bound_micros,
        deadline_at=timezone.now() + deadlines.QUEUE,
        fingerprint=fingerprint(spec.slug, values, order.inputs),
        **_facts(spec, values),
    )
    actor = order.requested_by.get_username() if order.requested_by else "command"
    with log_context.about(generation):
        lifecycle.record(generation.pk, Status.QUEUED, lifecycle.Trace(actor, quoted.explanation))
    dispatch.nudge(tasks.submit, generation.pk)
    return generation


def retry(generation: Generation, by: User | None, *, key: uuid.UUID | None = None) -> Generation:
    """Order the same again: a new generation at today's price that names the one it replaces.

    Raises OrderRefusedError while the old one may still arrive, and whatever `place` raises.
    """
    if not generation.is_finished:
        raise OrderRefusedError(
            "This take is not over yet, so it cannot be retried: wait for it, or cancel it first."
        )
    return place(again(generation, by, key=key))


def again(generation: Generation, by: User | None, *, key: uuid.UUID | None = None) -> Order:
    """The order of the same once more, in place of this one."""
    return Order(
        account=generation.account,
        model=generation.model,
        values=generation.request["values"],
        inputs=generation.request.get("inputs", {}),
        measures=generation.request.get("measures", {}),
        requested_by=by,
        replaces=generation,
        key=key or uuid.uuid4(),
    )


def refuse_replaced(generation: Generation, key: uuid.UUID) -> None:
    """Raise OrderRefusedError where another order than `key` replaces this one, or somebody gave up on it.

    Call it in the transaction of the order, behind the lock that those who replace it share.
    """
    other = Generation.objects.filter(replaces=generation).exclude(key=key).order_by("pk").last()
    if other is not None:
        raise OrderRefusedError(
            f"This order was replaced already, by {other.model} {str(other.key)[:8]}, so it is not ordered again. "
            "Look at that one, and order a new take if you want another."
        )
    if Generation.objects.filter(pk=generation.pk, laid_aside_at__isnull=False).exists():
        raise OrderRefusedError(
            "Somebody has given up on this order. Order a new take on the page of its shot."
        )


@transaction.atomic
def cancel(generation: Generation, by: User | None) -> str:
    """Stop an order. Returns one plain sentence about what that means for the money."""
    trace = lifecycle.Trace(by.get_username() if by else "command", "Asked to cancel.")
    generation.refresh_from_db()
    if generation.is_finished:
        return "This take is over already; there is nothing to cancel."
    if generation.status == Status.QUEUED and lifecycle.cancelled(generation, trace):
        return "Cancelled before it was sent: nothing was spent and the money is free again."
    if lifecycle.wish_cancelled(generation.pk, trace):
        dispatch.nudge(tasks.cancel, generation.pk)
    return (
        "The provider is asked to stop. If it already began, the take may still arrive and be charged; "
        "its money stays held until that is known."
    )


def _with_seed(spec: ModelSpec, values: Mapping[str, Any]) -> dict[str, Any]:
    """Choose the seed here where the model takes one, so that the take can be made again."""
    if spec.parameter("seed") is None or values.get("seed") is not None:
        return dict(values)
    return {**values, "seed": secrets.randbelow(2**31)}


def _refuse_strange_files(
    spec: ModelSpec, values: Mapping[str, Any], known: Mapping[str, Mapping[str, str]]
) -> None:
    """A file of ours that the caller did not vouch for may be somebody else's."""
    ours = {inputs.reference(facts["key"]) for facts in known.values()}
    for parameter in spec.parameters:
        value = values.get(parameter.name)
        for item in value if isinstance(value, list) else [value]:
            if parameter.is_media and inputs.names_a_file(item) and item not in ours:
                raise OrderRefusedError(f"“{parameter.label}” names a file that is not of this project.")


def _facts(spec: ModelSpec, values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "model": spec.slug,
        "provider": played_by(spec.provider),
        "endpoint": spec.endpoint,
        "media": spec.output.media,
        "prompt": str(values.get("prompt") or ""),
        "seed": values.get("seed"),
    }


def _frozen(
    spec: ModelSpec, values: Mapping[str, Any], quoted: Quote, inputs: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    """The request as it will be sent, so that any take can be explained and made again."""
    return {
        "values": dict(values),
        "arguments": wire_arguments(spec, values),
        "inputs": {name: dict(facts) for name, facts in inputs.items()},
        "price": {
            "unit": quoted.unit,
            "price": str(quoted.price),
            "quantity": str(quoted.quantity),
            "surcharge": str(quoted.surcharge),
            "source": quoted.price_source,
            "verified": quoted.price_verified,
            "effective_on": quoted.effective_on.isoformat(),
            "explanation": quoted.explanation,
        },
    }
