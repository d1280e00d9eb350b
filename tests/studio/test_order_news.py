"""Those who order takes hear when all of an order has ended, and what failed: once, whoever tells them."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from generation.models import Generation, Status
from generation.signals import ended, look_back
from studio.models import Notice, Role
from studio.notices import NoticeKind
from tests.factories import make_member, make_project, make_scene, make_shot, make_take

pytestmark = pytest.mark.django_db


@pytest.fixture
def ivo(project):
    return make_member(project, Role.ARTIST, "ivo")


@pytest.fixture
def project():
    return make_project(slug="tide")


@pytest.fixture
def scene(project):
    return make_scene(project)


def batch_of(scene, by, statuses, *, shots=True):
    """Takes that were ordered at once, one a shot, or all of one."""
    batch, shot = uuid.uuid4(), make_shot(scene)
    takes = [make_take(make_shot(scene) if shots else shot, status=status, by=by) for status in statuses]
    for take in takes:
        take.batch = batch
        take.save(update_fields=["batch"])
    return takes


def tell_end(take):
    for receiver, answer in ended.send_robust(
        sender=None, generation_id=take.generation_id, status=take.generation.status
    ):
        assert not isinstance(answer, Exception), receiver


def end(take, status):
    now = timezone.now()
    Generation.objects.filter(pk=take.generation_id).update(status=status, finished_at=now, changed_at=now)
    tell_end(take)


def test_a_batch_is_told_of_when_its_last_take_has_ended(scene, ivo):
    first, last = batch_of(scene, ivo, [Status.SUCCEEDED, Status.SUBMITTED])
    tell_end(first)
    assert not Notice.objects.exists()
    end(last, Status.SUCCEEDED)
    tell_end(first)
    notice = Notice.objects.get()
    assert (notice.person, notice.kind) == (ivo, NoticeKind.BATCH)
    assert notice.words == "All 2 takes that you ordered for Tide have arrived."
    assert notice.path == "/tide/?show=to-choose"


def test_failures_of_a_batch_are_told_in_its_one_notice(scene, ivo):
    takes = batch_of(scene, ivo, [Status.SUCCEEDED, Status.FAILED, Status.CANCELLED], shots=False)
    for take in takes:
        tell_end(take)
    notice = Notice.objects.get()
    assert notice.kind == NoticeKind.FAILURE
    shot = takes[0].shot
    assert notice.words == (
        f"The 3 takes that you ordered for shot {shot.label} are done: 1 arrived, 1 failed, 1 cancelled."
    )
    assert notice.path == shot.get_absolute_url()


def test_a_take_that_failed_alone_is_told_to_who_ordered_it(scene, ivo):
    shot = make_shot(scene)
    failed = make_take(shot, status=Status.FAILED, by=ivo)
    for take in (failed, make_take(shot, by=ivo), make_take(shot, status=Status.FAILED)):
        tell_end(take)
    notice = Notice.objects.get()
    assert notice.person == ivo
    assert notice.words == f"Your take 1 of shot {shot.label} failed: The prompt was refused."
    assert notice.path == f"{shot.get_absolute_url()}?take=1"


def test_what_has_a_stand_in_or_was_all_cancelled_is_no_news(scene, ivo):
    shot = make_shot(scene)
    failed = make_take(shot, status=Status.FAILED, by=ivo)
    make_take(shot, status=Status.SUBMITTED, by=ivo, replaces=failed.generation)
    cancelled, _ = batch_of(scene, ivo, [Status.CANCELLED, Status.CANCELLED])
    for take in (failed, cancelled):
        tell_end(take)
    assert not Notice.objects.exists()


def test_what_nobody_was_told_of_is_found_later_and_told_once(scene, ivo):
    make_take(make_shot(scene), status=Status.FAILED, by=ivo)
    batch_of(scene, ivo, [Status.SUCCEEDED, Status.SUCCEEDED])
    look_back.send_robust(sender=None)
    assert not Notice.objects.exists()
    with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=False):
        for _ in range(2):
            answers = look_back.send_robust(sender=None)
            assert not [answer for _, answer in answers if isinstance(answer, Exception)]
    assert sorted(Notice.objects.values_list("kind", flat=True)) == [NoticeKind.BATCH, NoticeKind.FAILURE]
