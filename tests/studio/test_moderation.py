"""Staff hide a take from its team with a reason and give it back; money and history stay as they are."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.urls import reverse

from billing.models import Entry
from generation.models import Event, Output
from studio import moderation, takes
from studio.activity import Activity, Deed
from studio.media_choices import MediaLibrary
from studio.models import Invitation, Membership, Project, Role
from studio.pictures import pictures
from studio.plans import TakeRefusedError, plan
from tests.factories import (
    make_member,
    make_project,
    make_scene,
    make_shot,
    make_take,
    make_upload,
    make_user,
)

pytestmark = pytest.mark.django_db
WHY = "A real actor’s face, without consent"
WORDS = f"The studio has hidden this file: {WHY}."
LIST = "admin:studio_take_changelist"


@pytest.fixture
def root():
    return make_user("root", is_staff=True, is_superuser=True)


@pytest.fixture
def project():
    return make_project(make_user("ada"), slug="tide")


@pytest.fixture
def take(project, settings, tmp_path):
    changed = {name: dict(each) for name, each in settings.STORAGES.items()}
    changed["default"] = {**changed["default"], "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = changed
    take = make_take(make_shot(make_scene(project)))
    output = take.generation.outputs.get()
    for key in (output.key, output.poster_key):
        storages["default"].save(key, ContentFile(b"a clip"))
    return take


@pytest.fixture
def uploaded(take, project):
    upload = make_upload(project, content_type="image/png", width=640, height=360)
    for key in (upload.key, upload.poster_key):
        storages["default"].save(key, ContentFile(b"a still"))
    return make_take(take.shot, upload=upload)


def addresses(*takes_):
    for take in takes_:
        names = (
            ("upload-file", "upload-poster")
            if take.upload
            else ("media-output", "media-poster", "media-blurred")
        )
        file = take.upload or take.generation.outputs.get()
        yield from (reverse(f"studio:{name}", args=["tide", file.pk]) for name in names)


def act(client, action, *takes_, why=WHY):
    chosen = {"action": action, "_selected_action": [take.pk for take in takes_], "why": why}
    return client.post(reverse(LIST), chosen, follow=True)


def test_a_hidden_take_is_out_of_sight_for_the_whole_team(client, root, project, take, uploaded):
    client.force_login(root)
    entries, events = Entry.objects.count(), Event.objects.count()
    page = act(client, "hide", take, uploaded)
    assert page.text.count("is hidden.") == 2
    client.force_login(make_member(project, Role.PRODUCER))
    for address in addresses(take, uploaded):
        answer = client.get(address)
        assert answer.status_code == 403, address
    assert pictures([take.pk, uploaded.pk]) == {}
    shown = client.get(f"{take.shot.get_absolute_url()}?take={take.number}").text
    assert WORDS in shown
    assert "Show it to everybody here" not in shown
    assert client.get("/tide/").status_code == client.get("/library/").status_code == 200
    for hidden in (take, uploaded):
        with pytest.raises(TakeRefusedError, match="cannot be circled"):
            takes.circle(type(hidden).objects.get(pk=hidden.pk), root)
    with pytest.raises(TakeRefusedError, match="An order cannot start from it"):
        plan(
            make_shot(
                take.shot.scene,
                model="kling-o1-image-to-video",
                settings={"start_image": f"take:{uploaded.pk}"},
            )
        )
    assert not MediaLibrary(project)._uploads("image")
    assert Entry.objects.count() == entries
    assert Event.objects.count() == events + 1
    lines = Activity.objects.filter(deed=Deed.TAKE_HIDDEN)
    assert {str(line) for line in lines} == {
        f"root hid take {each.number} of shot 1 / 1: {WHY}" for each in (take, uploaded)
    }


def test_it_comes_back_as_it_was(client, root, project, take, uploaded):
    client.force_login(root)
    act(client, "hide", take, uploaded)
    act(client, "hide", take)
    assert act(client, "show", take, uploaded, why="It was our own actor.").text.count("is shown again.") == 2
    client.force_login(make_member(project, Role.VIEWER))
    for address in addresses(take, uploaded):
        if "blurred" not in address:
            assert client.get(address).status_code == 200
    assert set(pictures([take.pk, uploaded.pk])) == {take.pk, uploaded.pk}
    assert Activity.objects.filter(deed=Deed.TAKE_HIDDEN).count() == 2
    assert Activity.objects.filter(deed=Deed.TAKE_SHOWN).count() == 2


def test_without_a_reason_or_the_permission_nothing_changes(client, root, take):
    client.force_login(root)
    assert "Write the reason beside the action" in act(client, "hide", take, why=" ").text
    client.force_login(make_user("clerk", is_staff=True))
    assert act(client, "hide", take).status_code == 403
    client.force_login(make_user("nobody"))
    assert client.post(reverse(LIST), {"action": "hide"}).status_code == 302
    assert not Output.objects.filter(hidden_at__isnull=False).exists()
    assert not Activity.objects.filter(deed=Deed.TAKE_HIDDEN).exists()


def test_staff_still_look_at_what_is_hidden_and_play_it(client, root, take, uploaded):
    moderation.hide(take, root, WHY)
    client.force_login(root)
    output = take.generation.outputs.get()
    for address in (
        reverse("admin:studio_take_change", args=[take.pk]),
        reverse("admin:generation_generation_change", args=[take.generation_id]),
        reverse("admin:generation_output_change", args=[output.pk]),
    ):
        page = client.get(address).text
        assert f'<video src="{reverse("admin:generation_output_file", args=[output.pk])}"' in page, address
    assert WORDS in client.get(reverse("admin:studio_take_change", args=[take.pk])).text
    assert client.get(reverse("admin:generation_output_file", args=[output.pk])).status_code == 200
    still = client.get(reverse("admin:studio_upload_change", args=[uploaded.upload_id])).text
    assert f'<img src="{reverse("admin:studio_upload_file", args=[uploaded.upload_id])}"' in still


def team_form(project, **changes):
    rows = list(project.memberships.order_by("pk"))
    form = {
        "memberships-TOTAL_FORMS": len(rows) + ("user" in changes),
        "memberships-INITIAL_FORMS": len(rows),
    }
    for index, row in enumerate(rows):
        form |= {
            f"memberships-{index}-id": row.pk,
            f"memberships-{index}-project": project.pk,
            f"memberships-{index}-user": row.user_id,
            f"memberships-{index}-role": changes.get(row.user.username, row.role),
        }
    if "user" in changes:
        index = len(rows)
        form |= {f"memberships-{index}-user": changes["user"].pk, f"memberships-{index}-role": "artist"}
        form |= {f"memberships-{index}-project": project.pk}
    for prefix in ("invitations", "fallbacks"):
        form |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    return form | {"name": project.name, "slug": project.slug}


def test_the_team_is_changed_by_its_own_rules_in_the_admin(client, root, project):
    client.force_login(root)
    ivo = make_user("ivo")
    Invitation.objects.create(project=project, address="eva@example.com", invited_by=root)
    address = reverse("admin:studio_project_change", args=[project.pk])
    page = client.get(address)
    assert "eva@example.com" in page.text
    assert 'name="invitations-0-address"' not in page.text
    fields = {
        name: value for name, value in page.context["adminform"].form.initial.items() if value is not None
    }
    plain = {name: value for name, value in fields.items() if isinstance(value, str | int)} | {
        "alert_emails": "[]"
    }
    refused = client.post(address, plain | team_form(project, ada="viewer"))
    assert "A project keeps a producer" in refused.text
    assert Membership.objects.get(user__username="ada").role == Role.PRODUCER
    saved = client.post(address, plain | team_form(project, user=ivo))
    assert saved.status_code == 302, saved.context["errors"]
    assert Membership.objects.get(user=ivo).role == Role.ARTIST
    assert (
        str(Activity.objects.filter(deed=Deed.MEMBER_ADDED).get()) == "root added ivo to the team as artist"
    )
    assert Project.objects.get().name == "Tide"
