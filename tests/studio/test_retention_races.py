"""Choosing a take and clearing it at one moment: one of the two happens, and never is a chosen file gone."""

import tempfile
import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generation import clearing, orders, storage
from generation.catalogue import catalogue
from generation.models import Generation, Output
from generation.refusals import OrderRefusedError
from studio import housekeeping, retention, takes
from studio.models import Project, Take
from studio.plans import TakeRefusedError
from tests.factories import make_project, make_scene, make_shot, make_take
from tests.storages import use_folder


def old_take(project: Project) -> Take:
    take: Take = make_take(
        make_shot(project.scenes.first() or make_scene(project)),
        media="image",
        finished_at=timezone.now() - timedelta(days=9),
    )
    generation = take.generation
    key = f"generations/ab/{generation.key}/0.png"
    Output.objects.filter(generation=generation).update(
        key=key, poster_key="", content_type="image/png", width=1024, height=1024, seconds=None
    )
    storages["default"].save(key, ContentFile(b"a picture"))
    return take


def order_from(take: Take) -> None:
    """As the shot page does: the plan has named the file, and the order is placed a moment later."""
    output = file_of(take)
    orders.place(
        orders.Order(
            account=take.shot.scene.project.account,
            model="kling-2.5-turbo-image",
            values={"prompt": "Sand", "start_image": f"file:{output.key}"},
            inputs={"start_image.0": {"key": output.key, "sha256": output.sha256}},
            key=uuid.uuid4(),
        )
    )


ACTS: dict[str, Callable[[Take], object]] = {
    "circle": lambda take: takes.circle(take, None),
    "let go": lambda take: takes.uncircle(take.shot, None),
    "export": lambda take: takes.mark_exported([take.pk]),
    "order from": order_from,
    "housekeep": lambda take: housekeeping.run(),
    "claim and die": lambda take: next(retention.cleared(take.shot.scene.project, timezone.now()), None),
    "keep all": lambda take: Project.objects.update(keep_days=None),
    "keep a week": lambda take: Project.objects.update(keep_days=7),
}


def file_of(take: Take) -> Output:
    return Output.objects.get(generation=take.generation)


def is_chosen(take: Take) -> bool:
    take.refresh_from_db()
    return bool(take.is_circled or take.first_circled_at or take.exported_at or file_of(take).used_at)


def test_the_model_of_these_orders_takes_a_picture() -> None:
    assert catalogue().find("kling-2.5-turbo-image").parameter("start_image")


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Any:
    settings.USE_MOCK_DATA = True
    return lambda: use_folder(settings, Path(tempfile.mkdtemp(dir=tmp_path)))


@pytest.mark.django_db(transaction=True)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(sorted(ACTS)), st.integers(0, 1)), min_size=1, max_size=8))
def test_in_whatever_order_a_chosen_file_is_there_and_a_cleared_one_goes(
    folder: Callable[[], None], story: Sequence[tuple[str, int]]
) -> None:
    folder()
    project = make_project(keep_days=7)
    both = [old_take(project), old_take(project)]
    for act, which in story:
        before = {take.pk: (is_chosen(take), file_of(take).cleared_at is not None) for take in both}
        is_kept = Project.objects.get(pk=project.pk).keep_days is None
        try:
            ACTS[act](both[which])
        except (TakeRefusedError, OrderRefusedError):
            assert before[both[which].pk][1], "only what was cleared may be refused"
        for take in both:
            was_chosen, was_cleared = before[take.pk]
            output = file_of(take)
            assert (output.erased_at is None) == storage.exists(output.key)
            if output.cleared_at and not was_cleared:
                assert not was_chosen
                assert not is_kept
    housekeeping.run()
    for take in both:
        output = file_of(take)
        assert (output.cleared_at is None) == (output.erased_at is None) == storage.exists(output.key)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", ["circle", "order from"])
def test_at_one_moment_either_it_is_chosen_or_it_is_cleared(folder: Callable[[], None], act: str) -> None:
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        pytest.skip("needs a test database that threads can share")
    folder()
    project = make_project(keep_days=7)
    for _ in range(12):
        take = old_take(project)
        refused = _at_once(lambda take=take: ACTS[act](take), lambda: housekeeping.run(only=["retention"]))
        output = file_of(take)
        assert is_chosen(take) != bool(output.cleared_at)
        assert refused == bool(output.cleared_at)
        assert storage.exists(output.key) == is_chosen(take)
    assert not list(clearing.to_erase())
    assert Generation.objects.count() >= 12


@pytest.mark.django_db(transaction=True)
def test_a_download_at_the_moment_of_clearing_has_the_file_or_hears_that_it_is_gone(
    folder: Callable[[], None], client: Any
) -> None:
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        pytest.skip("needs a test database that threads can share")
    folder()
    project = make_project(keep_days=7)
    client.force_login(project.members.get())
    for _ in range(8):
        take = old_take(project)
        output = file_of(take)
        address = reverse("studio:media-output", args=[project.slug, output.pk])
        answers: list[Any] = []
        _at_once(
            lambda address=address, answers=answers: answers.append(
                client.get(address, {"download": "master"})
            ),
            lambda: housekeeping.run(only=["retention"]),
        )
        output.refresh_from_db()
        assert answers[0].status_code == (410 if output.cleared_at else 200)
        assert storage.exists(output.key) == (output.cleared_at is None)


def _at_once(*acts: Callable[[], object]) -> bool:
    """Run both in threads that start together. Whether one was refused; any other error is raised here."""
    barrier, refused, broken = Barrier(len(acts)), [], []

    def run(act: Callable[[], object]) -> None:
        try:
            barrier.wait(timeout=20)
            act()
        except (TakeRefusedError, OrderRefusedError) as refusal:
            refused.append(refusal)
        except Exception as error:  # noqa: BLE001 - told to the test, which is in another thread
            broken.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    if broken:
        raise broken[0]
    return bool(refused)
