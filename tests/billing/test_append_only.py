"""Entries are only ever added and an ended hold stays as it is: the ORM refuses, and so does the database."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from billing import budgets
from billing.errors import AppendOnlyError
from billing.models import Entry, Hold

from .books import D, make_account, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry():
    return budgets.reserve(make_account("1.00"), D("0.50"), reference="job:1").entries.get()


def _bulk_update(entry):
    entry.amount_micros = 1
    Entry.objects.bulk_update([entry], ["amount_micros"])


@pytest.mark.parametrize(
    "act",
    [
        lambda e: e.save(),
        lambda e: e.save(update_fields=["note"]),
        lambda e: e.delete(),
        lambda e: Entry.objects.update(amount_micros=1),
        lambda e: Entry.objects.filter(pk=e.pk).delete(),
        lambda e: Entry.objects.all().update(note="x"),
        lambda e: Entry.objects.update_or_create(pk=e.pk, defaults={"amount_micros": 1}),
        lambda e: e.hold.entries.all().delete(),
        _bulk_update,
    ],
)
def test_the_orm_refuses_to_change_or_delete_an_entry(entry, act):
    with pytest.raises(AppendOnlyError, match="Write a new entry that corrects the old one"):
        act(entry)
    assert Entry.objects.get().amount == D("0.50")


def test_saving_a_copy_under_an_old_id_is_refused(entry):
    copy = Entry(
        pk=entry.pk, account=entry.account, hold=entry.hold, kind="charge", amount_micros=1, reference="x"
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        copy.save()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE billing_entry SET amount_micros = 1",
        "UPDATE billing_entry SET note = 'x' WHERE kind = 'hold'",
    ],
)
def test_the_database_refuses_to_change_an_entry(entry, statement):
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        _run(statement)
    assert Entry.objects.get().amount == D("0.50")


def test_the_database_refuses_an_upsert(entry):
    entry.amount_micros = 1
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        Entry.objects.bulk_create(
            [entry],
            update_conflicts=True,
            update_fields=["amount_micros"],
            unique_fields=["kind", "reference"],
        )


def test_postgresql_refuses_to_delete_an_entry(entry):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite empties tables with DELETE, so it has no such trigger.")
    with pytest.raises(IntegrityError, match="never changed or deleted"), transaction.atomic():
        _run("DELETE FROM billing_entry")


@pytest.mark.parametrize("end", [budgets.release, lambda hold: budgets.settle(hold, D("0.20"))])
def test_the_database_refuses_to_reopen_a_hold(entry, end):
    end(entry.hold)
    with pytest.raises(IntegrityError, match="has ended"), transaction.atomic():
        Hold.objects.update(state="open", ended_at=None, charged_micros=0)
    with pytest.raises(IntegrityError, match="has ended"), transaction.atomic():
        _run("UPDATE billing_hold SET charged_micros = 1")


@pytest.mark.parametrize(
    "columns",
    [
        {"state": "settled"},
        {"state": "lost"},
        {"charged_micros": 1},
        {"overrun_micros": 1},
        {"amount_micros": -1},
    ],
)
def test_an_open_hold_cannot_be_made_odd(entry, columns):
    with pytest.raises(IntegrityError), transaction.atomic():
        Hold.objects.update(**columns)


@pytest.mark.parametrize(
    "columns",
    [
        {"kind": "gift", "reference": "job:2"},
        {"kind": "charge", "amount_micros": -1},
        {"kind": "charge", "hold": None},
        {"kind": "hold"},
    ],
)
def test_an_odd_entry_cannot_be_added(entry, columns):
    good = {
        "account": entry.account,
        "hold": entry.hold,
        "kind": "charge",
        "amount_micros": 1,
        "reference": "job:1",
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.create(**{**good, **columns})


def test_who_spent_money_stays_on_record():
    ada = make_user("ada")
    budgets.reserve(make_account("1.00"), D("0.50"), reference="job:1", member=ada)
    with pytest.raises(DatabaseError, match="protected"):
        ada.delete()
    assert Entry.objects.get().made_by == ada


def _run(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
