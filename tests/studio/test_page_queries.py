"""Every page asks the database the same number of questions, however much there is."""

from decimal import Decimal

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing import budgets
from studio.activity import Deed, note
from studio.models import Comment, Comparison, Project, Rating, Shot, Take, Verdict
from studio.notices import NoticeKind, tell
from tests.factories import (
    add_row,
    make_comparison,
    make_member,
    make_project,
    make_scene,
    make_shot,
    make_take,
    make_upload,
    make_user,
)

FEW, MORE = 2, 8
PAGES = [
    "/",
    "/library/",
    "/library/?q=wave&state=circled&aspect=16:9",
    "/notices/",
    "/tide/",
    "/tide/?show=to-choose",
    "/tide/?uncircled=1&member=1&model=kling-2.5-turbo-text",
    "/tide/?archived=1",
    "/tide/generate/?shots={shot}",
    "/tide/summary/",
    "/tide/generate/",
    "/review/",
    "/review/?project=tide&show=uncircled",
    "/tide/review/",
    "/tide/client-links/",
    "/tide/takes/{take}/review/",
    "/tide/takes/{take}/review/?run=latest",
    "/tide/takes/{take}/review/?run=inbox",
    "/tide/spend/?range=all",
    "/tide/spend/?q=wave",
    "/tide/budget/",
    "/tide/activity/",
    "/tide/shots/{shot}/activity/",
    "/tide/members/",
    "/tide/scenes/{scene}/strips/1/",
    "/tide/scenes/{scene}/generate/",
    "/tide/shots/{shot}/",
    "/tide/shots/{shot}/card/",
    "/tide/shots/{shot}/takes/",
    "/tide/shots/{shot}/compare/?takes=1,2,3",
    "/tide/comparisons/",
    "/tide/comparisons/{comparison}/",
    "/tide/comparisons/{comparison}/report/",
    "/tide/comparisons/{comparison}/use/",
    "/tide/comparisons/strengths/",
    "/tide/comparisons/rules/?own=1",
    "/tide/comparisons/new/",
    "/tide/uploads/",
    "/library/upload/",
    "/tide/shots/{shot}/prompts/",
]
LISTS = [f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry]


@pytest.fixture
def project(db, client):
    ada = make_user("ada", is_staff=True, is_superuser=True)
    client.force_login(ada)
    project = make_project(ada, slug="tide", budget="500.00")
    grow(project, FEW)
    return project


def grow(project: Project, number: int) -> None:
    """More of everything: shots with and without takes, takes of one shot, projects, members, corrections."""
    first = Shot.objects.filter(scene__project=project).first() or make_shot(make_scene(project))
    compared = Comparison.objects.filter(project=project).order_by("pk").first() or make_comparison(
        project, rows=0
    )
    for _ in range(number):
        shot = make_shot(make_scene(project))
        named = make_upload(project, content_type="image/png", width=1280, height=720)
        for file in (f"upload:{named.pk}", f"take:{make_take(first, upload=named).pk}"):
            make_shot(shot.scene, model="kling-o1-image-to-video", settings={"start_image": file})
        make_take(first, by=make_member(project, "artist"))
        make_take(first, upload=make_upload(project))
        make_take(shot, status="failed", is_circled=False)
        add_row(compared, shot=shot)
        add_row(compared, status="failed")
        add_row(make_comparison(project), status="submitted")
        talk_about(Take.objects.order_by("pk")[0], make_member(project, "reviewer"))
        make_take(shot, status="submitted", estimate="0.10")
        make_take(make_shot(first.scene), is_circled=True)
        other = make_project(project.memberships.get(role="producer").user)
        make_take(make_shot(make_scene(other)))
        note(project, None, Deed.TAKE_CIRCLED, take=make_take(first))
        tell([project.memberships.first().user], NoticeKind.TEAM, other, "News.", "/tide/")
        budgets.adjust(
            project.account, Decimal("0.01"), by=None, why="The bill says so.", reference=f"a-{shot.pk}"
        )


def talk_about(take: Take, by) -> None:
    said = Comment.objects.create(take=take, words="Slower.", author=by)
    Comment.objects.create(take=take, words="Yes.", answers=said, author=by)
    Verdict.objects.create(take=take, author=by, judgement="approve")
    Rating.objects.create(take=take, author=by, stars=4)


def cost(client, address):
    is_fragment = "/takes/" in address or ("/shots/" in address and address.endswith("/activity/"))
    with CaptureQueriesContext(connection) as found:
        answer = client.get(address, headers={"HX-Request": "true"} if is_fragment else {})
    assert answer.status_code == 200, address
    return [query["sql"] for query in found]


@pytest.mark.slow
def test_a_page_costs_the_same_however_much_there_is(client, project):
    take = Take.objects.order_by("pk")[0]
    addresses = [
        page.format(
            scene=take.shot.scene_id,
            shot=take.shot_id,
            take=take.pk,
            comparison=Comparison.objects.earliest("pk").pk,
        )
        for page in [*PAGES, *LISTS]
    ]
    for address in addresses:  # Dated prices and content types are read once in a while, not by each page.
        cost(client, address)
    few = {address: cost(client, address) for address in addresses}
    grow(project, MORE)
    many = {address: cost(client, address) for address in addresses}
    # Two more at most: the dated prices and the switches of models may be due again.
    dearer = {address: many[address] for address in addresses if len(many[address]) > len(few[address]) + 2}
    assert not dearer
