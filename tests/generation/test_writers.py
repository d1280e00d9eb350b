"""Twelve writers at once, as web, workers and watcher are: no order is turned away because the database is busy."""

import threading

import pytest
from django.db import connection

from billing.check import check_books
from generation import orders, tasks
from generation.models import Generation, Status
from generation.orders import Order
from tests.factories import make_project
from tests.fakes.scripted import ScriptedProvider

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

WRITERS, EACH = 12, 4


def test_twelve_writers_are_all_served_and_the_books_agree(provider: ScriptedProvider) -> None:
    account = make_project(budget="500").account
    barrier, errors = threading.Barrier(WRITERS), []

    def write(writer: int) -> None:
        try:
            barrier.wait(20)
            for number in range(EACH):
                values = {"prompt": f"Wave {number} of {writer}"}
                generation = orders.place(Order(account=account, model="flux-dev", values=values))
                tasks.submit(generation.pk)
                Generation.objects.filter(pk=generation.pk).update(status=Status.READY)
                tasks.store(generation.pk)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test has to see it
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    assert errors == []
    assert Generation.objects.filter(status=Status.SUCCEEDED).count() == WRITERS * EACH
    assert check_books().agrees
