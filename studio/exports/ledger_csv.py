"""The ledger as a table for a spreadsheet: a row for each line, newest first."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from billing.models import Account
from studio.exports import cells
from studio.exports.cells import number, text
from studio.spending.lines import Choice, Line, entries, in_batches

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


def ledger_csv(account: Account, choice: Choice) -> Iterator[str]:
    """The chosen lines as CSV, piece by piece. Times are the account's, with their offset."""
    zone = account.zone
    found = in_batches(entries(account, choice))
    return cells.chunks(HEADER, ([_row(line, zone) for line in batch] for batch in found), mark=True)


def _row(line: Line, zone: ZoneInfo) -> tuple[str, ...]:
    entry, generation, take = line.entry, line.generation, line.take
    return (
        str(entry.pk),
        entry.made_at.astimezone(zone).isoformat(timespec="seconds"),
        entry.kind,
        number(entry.amount),
        number(line.held),
        number(line.paid),
        text(take.shot.scene.number) if take else "",
        text(take.shot.number) if take else "",
        str(take.number) if take else "",
        generation.status if generation else "",
        ("yes" if take.is_circled else "no") if take else "",
        text(generation.model) if generation else "",
        text(generation.provider) if generation else "",
        text(generation.external_id) if generation else "",
        text(line.who),
        str(entry.hold_id or ""),
        text(entry.reference),
        text(entry.note),
    )
