"""What people see of retention: the project's setting, what it will do, and a take whose file was cleared."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.urls import reverse
from django.utils import timezone

from generation.models import Output
from generation.orders import Order, place
from studio import housekeeping, takes
from studio.marks import marks
from studio.media_choices import MediaLibrary
from studio.models import Project, Role, Take
from studio.pictures import pictures
from studio.plans import TakeRefusedError, plan
from studio.repeats import repeat_of
from studio.storyboard import shot_cards
from studio.take_cards import chosen, take_cards
from studio.take_report import as_json, read_takes
from tests.factories import make_member, make_project, make_scene, make_shot, make_take, make_user
from tests.storages import use_folder

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(settings: Any, tmp_path: Path) -> Project:
    use_folder(settings, tmp_path)
    found: Project = make_project(slug="tide")
    return found


@pytest.fixture
def take(project: Project) -> Take:
    """A take that ended 40 days ago; its file is there."""
    made: Take = make_take(
        make_shot(make_scene(project)),
        finished_at=timezone.now() - timedelta(days=40),
        model="kling-2.5-turbo-text",
    )
    output = made.generation.outputs.get()
    storages["default"].save(output.key, ContentFile(b"a clip"))
    storages["default"].save(output.poster_key, ContentFile(b"a poster"))
    return made


def clear(take: Take) -> Output:
    Project.objects.update(keep_days=30)
    housekeeping.run()
    output: Output = take.generation.outputs.get()
    assert output.erased_at
    return output


def edit(client: Any, project: Project, **changes: Any) -> Any:
    form = {
        "name": "Tide",
        "aspect_ratio": project.aspect_ratio,
    }
    return client.post(reverse("studio:project-edit", args=["tide"]), form | changes, follow=True)


def test_a_producer_sets_it_and_reads_what_it_will_do(client: Any, project: Project, take: Take) -> None:
    client.force_login(make_member(project, Role.PRODUCER))
    answer = edit(client, project, keep_days="30")
    assert (
        "As things stand, 1 file of 1 take (1.0 kB) will be cleared by the housekeeping on"
        in answer.content.decode()
    )
    project.refresh_from_db()
    assert project.keep_days == 30
    page = client.get(reverse("studio:project-edit", args=["tide"])).content.decode()
    assert "1 file of 1 take (1.0 kB) will be cleared" in page
    assert "Takes, costs and history stay" in page
    assert "Nothing is old enough yet" in edit(client, project, keep_days="41").content.decode()
    assert "cleared by the housekeeping" not in edit(client, project, keep_days="").content.decode()
    project.refresh_from_db()
    assert project.keep_days is None


@pytest.mark.parametrize("days", ["0", "-1", "3651", "soon", "1.5", "99999999999"])
def test_a_length_that_makes_no_sense_is_refused(
    client: Any, project: Project, take: Take, days: str
) -> None:
    client.force_login(make_member(project, Role.PRODUCER))
    assert edit(client, project, keep_days=days).status_code == 422
    project.refresh_from_db()
    assert project.keep_days is None


@pytest.mark.parametrize("role", [Role.ARTIST, Role.REVIEWER, Role.VIEWER])
def test_only_a_producer_may(client: Any, project: Project, role: Role) -> None:
    client.force_login(make_member(project, role))
    assert edit(client, project, keep_days="1").status_code == 403
    client.force_login(make_user())
    assert edit(client, project, keep_days="1").status_code == 404
    project.refresh_from_db()
    assert project.keep_days is None


def test_the_admin_sets_it_too(admin_client: Any, project: Project) -> None:
    address = reverse("admin:studio_project_change", args=[project.pk])
    assert 'name="keep_days"' in admin_client.get(address).content.decode()


def test_a_shot_without_its_newest_file_shows_an_older_one(client: Any, project: Project, take: Take) -> None:
    older = make_take(make_shot(take.shot.scene), finished_at=timezone.now() - timedelta(days=1))
    newest = make_take(
        older.shot, finished_at=timezone.now() - timedelta(days=40), model="kling-2.5-turbo-text"
    )
    clear(take)
    assert newest.generation.outputs.get().cleared_at
    shown = {card.shot: card for card in shot_cards(take.shot.scene.shots.all(), project)}
    assert shown[older.shot].picture.file_id == older.generation.outputs.get().pk
    without = shown[take.shot]
    assert (without.picture, without.empty_words, without.stage) == (None, "Files cleared", "to-choose")
    # What was cleared was made: nothing is ordered for it by itself.
    assert not without.needs_take
    assert not marks(project.scenes.get().shots.all())[0].needs_take
    client.force_login(make_member(project, Role.VIEWER))
    for address in ("/tide/", "/"):
        assert shown[older.shot].picture.poster_url in client.get(address).text


def test_a_cleared_take_says_so_and_offers_to_order_it_again(
    client: Any, project: Project, take: Take
) -> None:
    clear(take)
    client.force_login(make_member(project, Role.PRODUCER))
    page = client.get(take.shot.get_absolute_url()).content.decode()
    assert "The file was cleared on" in page
    assert "Order the take once more to have it again." in page
    assert "Once more" in page
    assert "Cleared" in page
    assert "<video" not in page
    assert "Circle this take" not in page
    assert "download=" not in page
    assert "Files cleared: the project keeps takes like this for 30 days." in page
    answer = client.post(
        reverse("studio:take-circle", args=["tide", take.pk]), headers={"HX-Request": "true"}
    )
    assert answer.status_code == 409


def test_its_addresses_say_that_it_is_gone(client: Any, project: Project, take: Take) -> None:
    output = clear(take)
    client.force_login(make_member(project, Role.VIEWER))
    for name, query in (
        ("media-output", {}),
        ("media-output", {"download": "1"}),
        ("media-output", {"download": "master"}),
        ("media-poster", {}),
        ("media-blurred", {}),
    ):
        answer = client.get(reverse(f"studio:{name}", args=["tide", output.pk]), query)
        assert answer.status_code == 410, name
        assert "was cleared on" in answer.content.decode()
    client.force_login(make_user())
    assert client.get(reverse("studio:media-output", args=["tide", output.pk])).status_code == 404


def test_nothing_starts_from_it_and_nothing_offers_it(project: Project, take: Take) -> None:
    shot = take.shot
    planned = plan(shot)
    again = place(Order(account=project.account, model=planned.spec.slug, values=planned.values))
    take.generation.fingerprint = again.fingerprint
    take.generation.save(update_fields=["fingerprint"])
    found = repeat_of(planned)
    assert found is not None
    assert found.take == take
    clear(take)
    assert repeat_of(planned) is None
    assert pictures([take.pk]) == {}
    assert MediaLibrary(project)._takes("video") == []
    with pytest.raises(TakeRefusedError, match="cleared by the project’s retention"):
        plan(
            shot,
            model="kling-o1-video-to-video-reference",
            values={"video_url": f"take:{take.pk}", "video": f"take:{take.pk}"},
        )
    assert as_json(project, read_takes([take.pk]))["takes"][0]["files"] == []


def test_a_download_keeps_the_take_and_looking_does_not(client: Any, project: Project, take: Take) -> None:
    client.force_login(make_member(project, Role.VIEWER))
    address = reverse("studio:media-output", args=["tide", take.generation.outputs.get().pk])
    client.get(address)
    client.head(address, {"download": "1"})
    take.refresh_from_db()
    assert take.exported_at is None
    client.get(address, {"download": "1"})
    take.refresh_from_db()
    first = take.exported_at
    assert first is not None
    client.get(address, {"download": "master"})
    take.refresh_from_db()
    assert take.exported_at == first
    Project.objects.update(keep_days=1)
    assert housekeeping.run().files == 0


def test_the_admin_says_cleared_in_the_place_of_a_picture(
    admin_client: Any, project: Project, take: Take
) -> None:
    output = clear(take)
    page = admin_client.get(reverse("admin:generation_output_changelist")).content.decode()
    assert ">cleared</a>" in page
    assert admin_client.get(reverse("admin:generation_output_file", args=[output.pk])).status_code == 404


def test_the_shot_opens_with_a_take_that_is_there(project: Project, take: Take) -> None:
    newer = make_take(take.shot, finished_at=timezone.now() - timedelta(days=40))
    takes.mark_exported([take.pk])
    assert chosen(take_cards(take.shot)).take == newer
    clear(newer)
    cards = take_cards(take.shot)
    assert chosen(cards).take == take
    assert chosen(cards, str(newer.number)).take == newer
