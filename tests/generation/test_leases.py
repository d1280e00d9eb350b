"""Who stores a file keeps it while it lives, and no longer."""

from datetime import timedelta

import pytest
from django.utils import timezone

from generation import leases, lifecycle
from generation.models import Generation, Status
from tests.factories import make_generation

pytestmark = pytest.mark.django_db


def test_only_one_holds_a_lease_and_the_next_gets_it_when_it_ends() -> None:
    generation = make_generation(status=Status.READY)
    assert lifecycle.lease(generation.pk, leases.LENGTH)
    assert lifecycle.lease(generation.pk, leases.LENGTH) is None
    Generation.objects.update(lease_until=timezone.now())
    assert lifecycle.lease(generation.pk, leases.LENGTH)


def test_renewing_extends_what_is_being_stored_and_nothing_else() -> None:
    storing, over = make_generation(status=Status.READY), make_generation(status=Status.SUCCEEDED)
    assert leases.renew([storing.pk, over.pk]) == 1
    storing.refresh_from_db()
    over.refresh_from_db()
    assert storing.lease_until is not None
    assert storing.lease_until > timezone.now() + leases.LENGTH - timedelta(seconds=5)
    assert over.lease_until is None


def test_what_is_kept_is_known_only_inside_the_block() -> None:
    with leases.kept(1), leases.kept(2):
        assert leases._held == {1, 2}
        assert not leases._stop.is_set()
    assert leases._held == set()
    assert leases._stop.is_set()
