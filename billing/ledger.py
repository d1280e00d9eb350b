"""The only writer of entries. Each line is written once: its kind and reference are unique together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .models import Account, Entry, EntryKind, Hold

if TYPE_CHECKING:
    from django.contrib.auth.models import User

NOTE_LENGTH = Entry._meta.get_field("note").max_length


def record(hold: Hold, lines: dict[EntryKind, int], *, by: User | None = None, note: str = "") -> list[Entry]:
    """Append lines about a hold; `lines` gives micro-dollars by kind. Runs in the caller's transaction."""
    return Entry.objects.bulk_create(
        Entry(
            account_id=hold.account_id,
            hold=hold,
            kind=kind,
            amount_micros=micros,
            reference=hold.reference,
            made_by=by,
            note=note[:NOTE_LENGTH],
        )
        for kind, micros in lines.items()
    )


def record_adjustment(
    account: Account, micros: int, reference: str, *, hold: Hold | None, by: User | None, note: str
) -> Entry:
    """Append a correction in micro-dollars, above or below zero. Runs in the caller's transaction."""
    return Entry.objects.create(
        account=account,
        hold=hold,
        kind=EntryKind.ADJUSTMENT,
        amount_micros=micros,
        reference=reference,
        made_by=by,
        note=note[:NOTE_LENGTH],
    )
