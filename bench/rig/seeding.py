"""Fill an empty, migrated database with a big studio. The same sizes make the same rows; the books agree."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection, transaction

from billing.models import (
    Account,
    Budget,
    BudgetPeriod,
    Entry,
    Hold,
    HoldPeriod,
)
from billing.models.entry import EntryPeriod
from generation.models import Event, Generation, Output
from rig import film
from rig.books import Books, links
from rig.jobs import Jobs
from rig.pouring import count_on, pour
from rig.sizes import Sizes
from studio.models import LibraryItem, Membership, Profile, Project, Scene, Shot, Take, Upload

SPAN = timedelta(days=150)
SEED = 7


@transaction.atomic
def seed(sizes: Sizes, end: datetime) -> dict[str, int]:
    """Projects, shots, takes and money of the 150 days before `end`. How many rows each table got."""
    chance = random.Random(SEED)
    people()
    books = Books(sizes.projects)
    jobs = Jobs(sizes, books, end - SPAN, end, chance)
    jobs.make(film.places(sizes, chance))
    periods = books.periods(f"{end:%Y-%m}")
    tables: dict[Any, Any] = {
        Account: ({"id": pk, "name": f"Film {pk:03}"} for pk in range(1, sizes.projects + 1)),
        Budget: books.budgets(),
        BudgetPeriod: periods,
        Hold: books.holds,
        HoldPeriod: links(books.counted, "hold_id", periods),
        Entry: books.entries,
        EntryPeriod: links(books.adjusted, "entry_id", periods),
        Generation: jobs.generations,
        Event: jobs.events(),
        Output: jobs.outputs(),
        Project: film.projects(sizes, end - SPAN),
        Profile: film.profiles(sizes),
        Membership: film.memberships(sizes),
        Scene: film.scenes(sizes),
        Shot: film.shots(sizes, end - SPAN),
        Upload: jobs.uploads(),
        Take: jobs.takes,
        LibraryItem: jobs.library_items(),
    }
    made = {model.__name__: pour(model, rows) for model, rows in tables.items()}
    count_on(tables)
    return made


def people() -> None:
    """Those who work on the films. The first may do everything, in the admin too."""
    users = get_user_model()
    for pk, name in enumerate(film.PEOPLE, start=1):
        is_first = pk == 1
        users.objects.create(pk=pk, username=name, password="!", is_staff=is_first, is_superuser=is_first)
    count_on([users])


def analyse() -> None:
    """Tell the planner of the database what lies there, as a server does by itself after a while."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
