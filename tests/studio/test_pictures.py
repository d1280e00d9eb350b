"""What stands for a take in a card."""

import pytest

from studio.pictures import pictures
from tests.factories import make_project, make_scene, make_shot, make_take, make_upload


@pytest.mark.django_db
def test_pictures_of_generations_and_uploads_come_in_two_queries(django_assert_num_queries):
    project = make_project(slug="tide")
    shot = make_shot(make_scene(project))
    made, brought = make_take(shot), make_take(shot, upload=make_upload(project))
    nothing = make_take(shot, status="queued")
    with django_assert_num_queries(2):
        found = pictures([made.pk, brought.pk, nothing.pk])
    assert set(found) == {made.pk, brought.pk}
    assert found[brought.pk].is_upload
    assert found[made.pk].is_video
