"""The ledger as a table for a spreadsheet: a row for each line, newest first."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from billing.models import Account
from billing.money import from_micros
from studio.exports import cells
from studio.exports.cells import number, text
from studio.spending.lines import Choice, entries, held_by, paid_by, rows_in_batches

HEADER = (
    "line",
    "made_at",
    "kind",
    "amount_usd",
    "held_change_usd",
    "spent_change_usd",
    "scene",
    "shot",
    "take",
    "status",
    "circled",
    "model",
    "provider",
    "provider_job",
    "member",
    "hold",
    "reference",
    "note",
)


_COLUMNS = {
    "line": "pk",
    "made_at": "made_at",
    "kind": "kind",
    "micros": "amount_micros",
    "scene": "hold__generation__take__shot__scene__number",
    "shot": "hold__generation__take__shot__number",
    "take": "hold__generation__take__number",
    "circled": "hold__generation__take__is_circled",
    "status": "hold__generation__status",
    "model": "hold__generation__model",
    "provider": "hold__generation__provider",
    "provider_job": "hold__generation__external_id",
    "ordered_by": "hold__member__username",
    "booked_by": "made_by__username",
    "hold": "hold_id",
    "reference": "reference",
    "note": "note",
}
_CIRCLED = {True: "yes", False: "no", None: ""}


def ledger_csv(account: Account, choice: Choice) -> Iterator[str]:
    """The chosen lines as CSV, piece by piece. Times are the account's, with their offset."""
    zone = account.zone
    found = rows_in_batches(entries(account, choice), list(_COLUMNS.values()))
    rows = ([_row(dict(zip(_COLUMNS, line, strict=True)), zone) for line in batch] for batch in found)
    return cells.chunks(HEADER, rows, mark=True)


def _row(line: dict[str, Any], zone: ZoneInfo) -> tuple[str, ...]:
    kind, amount = line["kind"], from_micros(line["micros"])
    return (
        str(line["line"]),
        line["made_at"].astimezone(zone).isoformat(timespec="seconds"),
        kind,
        number(amount),
        number(held_by(kind, amount)),
        number(paid_by(kind, amount)),
        text(line["scene"] or ""),
        text(line["shot"] or ""),
        str(line["take"] or ""),
        line["status"] or "",
        _CIRCLED[line["circled"]],
        text(line["model"] or ""),
        text(line["provider"] or ""),
        text(line["provider_job"] or ""),
        text(line["ordered_by"] or line["booked_by"] or ""),
        str(line["hold"] or ""),
        text(line["reference"]),
        text(line["note"]),
    )
