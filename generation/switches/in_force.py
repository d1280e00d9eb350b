"""Which models are switched off or hidden now.

Pages read all switches at once and again when they are older than `FRESH_SECONDS`, so that a list of every model asks
the database once. An order asks the database itself: what is disabled is refused from that moment on.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connection
from django.db.models import Max

from generation.catalogue import ModelSpec
from generation.switches.models import ModelSwitch, SwitchState

FRESH_SECONDS = 3.0

type Switches = Mapping[str, ModelSwitch]

_read: tuple[float, Switches] | None = None


def switch(spec: ModelSpec, state: SwitchState, *, why: str, by: Any | None) -> ModelSwitch:
    """Enable, hide or disable a model for the whole studio."""
    row = ModelSwitch.objects.create(model=spec.slug, state=state, why=why, switched_by=by)
    forget()
    return row


def state_of(slug: str) -> SwitchState:
    """What people have said of a model; enabled when nobody has."""
    row = current().get(slug)
    return SwitchState(row.state) if row else SwitchState.ENABLED


def offered(specs: Iterable[ModelSpec], keep: Iterable[str] = ()) -> Iterator[ModelSpec]:
    """Those that may be chosen; those in `keep` are chosen already and stay in the list."""
    kept = set(keep)
    return (spec for spec in specs if spec.slug in kept or state_of(spec.slug) == SwitchState.ENABLED)


def why_off(spec: ModelSpec) -> str:
    """Why no order of this model is taken, in whole sentences that say what to do; empty when one is."""
    return _words(spec, current().get(spec.slug))


def why_off_now(spec: ModelSpec) -> str:
    """The same, asked of the database at this moment."""
    return _words(spec, ModelSwitch.objects.filter(model=spec.slug).first())


def current() -> Switches:
    """The switch that holds, by model. At most one query."""
    global _read
    now = time.monotonic()
    known = _read
    if known is not None and now - known[0] < FRESH_SECONDS:
        return known[1]
    newest = ModelSwitch.objects.order_by().values("model").annotate(newest=Max("pk")).values("newest")
    rows = {row.model: row for row in ModelSwitch.objects.filter(pk__in=newest).select_related("switched_by")}
    _read = (now, rows)
    return rows


def where_readable() -> Switches:
    """`current`, or none where the database cannot be asked."""
    if connection.vendor == "sqlite" and not Path(connection.settings_dict["NAME"]).exists():
        return {}  # To ask it would make it.
    try:
        return current()
    except DatabaseError:
        return {}


def forget() -> None:
    """Read the rows anew at their next use."""
    global _read
    _read = None


def _words(spec: ModelSpec, row: ModelSwitch | None) -> str:
    if row is None or row.state != SwitchState.DISABLED:
        return ""
    why = row.why.strip().rstrip(".")
    return f"{spec.name} is switched off in this studio{f': {why}' if why else ''}. Choose another model."
