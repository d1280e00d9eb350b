"""Two people at one moment: no shot is ordered twice, and nobody waits for the other for ever."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from billing.budgets import available
from studio import outline, positions, takes
from studio.models import Role, Shot, Take
from tests.factories import make_member, make_project, make_scene, make_shot
from tests.studio.test_batches import ADDRESS, shown

pytestmark = pytest.mark.django_db(transaction=True)


def together(*acts: Callable[[], Any]) -> list[BaseException]:
    """Do all of this at one moment, each in a thread of its own; returns what went wrong."""
    barrier = threading.Barrier(len(acts))

    def work(act: Callable[[], Any]) -> None:
        try:
            barrier.wait(10)
            act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        done = [pool.submit(work, act) for act in acts]
    return [error for each in done if (error := each.exception())]


def test_two_people_who_order_all_shots_at_one_moment_order_each_once() -> None:
    project = make_project(slug="tide", budget="20.00")
    scene = make_scene(project)
    for _ in range(3):
        make_shot(scene)

    def press(client: Client, form: dict[str, list[str]]) -> Callable[[], Any]:
        return lambda: client.post(ADDRESS, form)

    acts = []
    for _ in range(2):
        client = Client()
        client.force_login(make_member(project, Role.ARTIST))
        acts.append(press(client, shown(client)))
    assert together(*acts) == []
    assert Take.objects.count() == 3


def test_of_two_scenes_at_one_moment_the_budget_for_one_takes_one_whole() -> None:
    project = make_project(slug="tide", budget="1.00")
    acts = []
    for _ in range(2):
        scene, client = make_scene(project), Client()
        for _ in range(3):
            make_shot(scene)
        client.force_login(make_member(project, Role.ARTIST))
        address = f"/tide/scenes/{scene.pk}/generate/"
        acts.append(partial(client.post, address, shown(client, address)))
    assert together(*acts) == []
    made = list(Take.objects.values_list("shot__scene", flat=True))
    assert (len(made), len(set(made))) == (3, 1)
    assert available(project.account).held == Decimal("0.63")


def test_orders_moves_and_deletions_of_the_same_shots_do_not_lock_each_other_out() -> None:
    scene = make_scene(make_project(budget="50.00"))
    shots = [make_shot(scene, model="flux-dev", seconds=None) for _ in range(6)]

    def order(those: list[Shot]) -> Callable[[], Any]:
        return lambda: takes.order([takes.plan(shot) for shot in those], None)

    for _ in range(3):
        doomed = make_shot(scene)
        errors = together(
            order(shots),
            order(shots[::-1]),
            order(shots[2:3]),
            lambda: positions.move(shots[0], 5),
            lambda: positions.move(shots[5], 1),
            partial(outline.delete, doomed, None),
        )
        assert errors == []
    assert Take.objects.count() == 3 * 13
