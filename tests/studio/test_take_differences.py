"""A take that is not what was ordered says so: on its tile, in its panel, in the shell and in the admin."""

from django.urls import reverse

from studio import take_report
from studio.models import Role
from tests.factories import (
    make_member,
    make_output,
    make_project,
    make_scene,
    make_shot,
    make_take,
    make_user,
)

SHORT = "Asked for 5 s, got 4.7 s."


def differing(**fields):
    project = make_project(slug="tide")
    take = make_take(make_shot(make_scene(project)), files=0)
    make_output(take.generation, differences=[SHORT], **fields)
    return take


def test_the_panel_says_how_and_the_tile_has_a_mark(client, db):
    take = differing()
    client.force_login(make_member(take.shot.scene.project, Role.VIEWER))
    page = client.get(take.shot.get_absolute_url()).content.decode()
    assert f"Not quite what was ordered.</strong> It is kept as it came. {SHORT}" in page
    assert "not quite as ordered" in page


def test_a_take_as_ordered_has_neither(client, db):
    take = make_take(make_shot(make_scene(make_project(slug="tide"))))
    client.force_login(make_member(take.shot.scene.project, Role.VIEWER))
    page = client.get(take.shot.get_absolute_url()).content.decode()
    assert "Not quite what was ordered" not in page
    assert "not quite as ordered" not in page


def test_of_several_files_the_one_is_named(client, db):
    take = differing(index=1)
    make_output(take.generation, index=0)
    client.force_login(make_member(take.shot.scene.project, Role.VIEWER))
    assert f"File 2: {SHORT}" in client.get(take.shot.get_absolute_url()).content.decode()


def test_the_shell_s_report_has_them(db):
    take = differing()
    (told,) = take_report.as_json(take.shot.scene.project, take_report.read_takes([take.pk]))["takes"]
    assert told["differences"] == [SHORT]


def test_the_admin_shows_and_filters_them(client, db):
    take = differing()
    make_take(take.shot)
    client.force_login(make_user(is_staff=True, is_superuser=True))
    page = client.get(reverse("admin:generation_generation_change", args=[take.generation.pk]))
    assert SHORT in page.content.decode()
    outputs = reverse("admin:generation_output_changelist")
    for choice, count in (("", 2), ("yes", 1), ("no", 1)):
        answer = client.get(outputs, {"differs": choice} if choice else {})
        assert answer.context["cl"].result_count == count
