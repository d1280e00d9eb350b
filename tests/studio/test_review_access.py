"""Who may look at a take under review, and who may say something: by role, strangers, the signed out."""

import pytest
from django.urls import reverse

from studio.models import Activity, Comment, Notice, Rating, Role, Take, Verdict
from tests.factories import make_member, make_project, make_scene, make_shot, make_take, make_user

PAGES = ["take-review", "take-talk", "project-review", "scene-review"]
DEEDS = {
    "comment-create": {"words": "Too dark.", "frame": "3"},
    "comment-reply": {"words": "Yes."},
    "comment-edit": {"words": "No."},
    "comment-resolve": {},
    "take-verdict": {"judgement": "approve"},
    "take-stars": {"stars": "4"},
    "review-circle": {},
}


@pytest.fixture
def project(db):
    project = make_project(slug="tide")
    Comment.objects.create(take=make_take(make_shot(make_scene(project))), words="A cloud.")
    return project


def address(name):
    take = Take.objects.get()
    numbers = {"project": [], "scene": [take.shot.scene_id], "comment": [Comment.objects.first().pk]}
    return reverse(f"studio:{name}", args=["tide", *numbers.get(name.split("-")[0], [take.pk])])


def written():
    rows = [each.objects.count() for each in (Comment, Verdict, Rating, Activity, Notice)]
    return rows, list(Take.objects.values_list("reviewed_at", "is_circled")), Comment.objects.first().words


@pytest.mark.parametrize("fragment", [False, True], ids=["page", "fragment"])
@pytest.mark.parametrize("name", PAGES)
def test_viewers_look_and_strangers_find_nothing(client, project, name, fragment):
    headers = {"HX-Request": "true"} if fragment else {}
    client.force_login(make_member(project, Role.VIEWER))
    answer = client.get(address(name), headers=headers, follow=True)
    assert answer.status_code == 200
    assert b"verdict/" not in answer.content
    assert b"reply/" not in answer.content
    client.force_login(make_user())
    assert client.get(address(name), headers=headers).status_code == 404
    client.logout()
    assert client.get(address(name), headers=headers).status_code == 302


@pytest.mark.parametrize("name", DEEDS)
def test_only_reviewers_say_something(client, project, name):
    before = written()
    for user, status in ((make_member(project, Role.VIEWER), 403), (make_user(), 404), (None, 302)):
        client.logout()
        if user:
            client.force_login(user)
        assert client.post(address(name), DEEDS[name]).status_code == status
        assert written() == before
    reviewer = make_member(project, Role.REVIEWER)
    Comment.objects.update(author=reviewer)
    client.force_login(reviewer)
    assert client.get(address(name)).status_code == 405
    assert client.post(address(name), DEEDS[name]).status_code == 302
    assert written() != before
    assert client.post(address(name), DEEDS[name], headers={"HX-Request": "true"}).status_code == 200


def test_a_comment_of_another_project_is_not_reached_through_ones_own(client, project):
    client.force_login(make_project(slug="other").memberships.get().user)
    comment = Comment.objects.get()
    for name in ("comment-reply", "comment-edit", "comment-resolve"):
        url = reverse(f"studio:{name}", args=["other", comment.pk])
        assert client.post(url, {"words": "Mine."}).status_code == 404
    take = reverse("studio:take-review", args=["other", comment.take_id])
    assert client.get(take).status_code == 404
    assert written()[2] == "A cloud."
