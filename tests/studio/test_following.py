"""Pages that follow the database: their part is sent where it has changed, and each hears of what it lists."""

import asyncio
import re
from decimal import Decimal

import pytest
from django.db import connections
from django.utils import timezone

from billing import budgets
from generation.models import Generation
from studio import live, takes
from studio.models import Role
from studio.review import verdicts
from studio.review.writers import Writer
from tests.factories import make_member, make_project, make_scene, make_shot, make_take
from tests.studio.test_live import collect

FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def shot(db):
    return make_shot(make_scene(make_project(slug="tide")))


@pytest.fixture
def reviewer(client, shot):
    user = make_member(shot.scene.project, Role.REVIEWER, "ada")
    client.force_login(user)
    return user


def seen_on(page):
    return re.search(r'id="(?:followed|order)" data-seen="([^"]+)"', page)[1]


@pytest.mark.parametrize("path", ["/", "/review/", "/tide/spend/"])
def test_a_page_gets_its_part_only_where_something_has_changed(client, shot, reviewer, path):
    seen = seen_on(client.get(path).text)
    assert client.get(path, {"seen": seen}, headers=FRAGMENT).status_code == 204
    make_take(shot)
    answer = client.get(path, {"seen": seen}, headers=FRAGMENT)
    assert answer.status_code == 200
    assert "<!doctype" not in answer.text
    assert seen_on(answer.text) != seen
    assert "?seen=" not in answer.text
    assert "&amp;seen=" not in answer.text, "the part leads to addresses of the page"
    assert client.get(path, {"seen": seen_on(answer.text)}, headers=FRAGMENT).status_code == 204


def test_the_batch_follows_the_budget(client, shot, django_assert_max_num_queries):
    client.force_login(make_member(shot.scene.project, Role.ARTIST))
    seen = seen_on(client.get("/tide/generate/").text)
    assert client.get("/tide/generate/", {"seen": seen}, headers=FRAGMENT).status_code == 204
    budget = budgets.main_budget(shot.scene.project.account)
    budgets.change_limit(budget, Decimal("0.10"), by=None, why="Less.")
    answer = client.get("/tide/generate/", {"seen": seen}, headers=FRAGMENT)
    assert "This needs $0.21; $0.10 is left of $0.10." in answer.text


def test_a_review_gets_the_verdicts_marks_and_newer_takes_of_others(client, shot, reviewer):
    take = make_take(shot)
    other = make_member(shot.scene.project, Role.REVIEWER, "bob")
    address = f"/tide/takes/{take.pk}/talk/"
    before = client.get(address, headers=FRAGMENT).text
    assert "Approved" not in before
    verdicts.judge(take, "approve", "", Writer(other))
    verdicts.rate(take, 4, other)
    takes.circle(take, other)
    newer = make_take(shot)
    text = client.get(address, headers=FRAGMENT).text
    for words in ("Approved", "bob", "4", "Circled: let it go", f"Take {newer.number} is newer"):
        assert words in text
    assert 'name="words"' not in text, "what somebody is writing is left alone"


def test_takes_side_by_side_get_what_is_said_of_them_and_not_the_clips(client, shot, reviewer):
    first, second = make_take(shot), make_take(shot)
    takes.circle(second, reviewer)
    answer = client.get(f"/tide/shots/{shot.pk}/compare/?takes=1,2", headers=FRAGMENT).text
    assert "side-facts--circled" in answer
    assert "<video" not in answer
    assert f"take-{first.pk} from:#stream" in client.get(f"/tide/shots/{shot.pk}/compare/?takes=1,2").text


def test_the_library_tells_of_what_has_come_and_draws_a_card_anew(client, shot, reviewer):
    take = make_take(shot)
    item = take.library_item if hasattr(take, "library_item") else None
    page = client.get("/library/").text
    card = re.search(r'hx-get="(/library/cards/(\d+)/)"', page)
    takes.circle(take, reviewer)
    assert "shot-card--circled" in client.get(card[1], headers=FRAGMENT).text
    assert item is None or str(item.pk) == card[2]
    assert "more" not in client.get("/library/", {"newer": card[2]}, headers=FRAGMENT).text.split("</p>")[0]
    make_take(shot)
    assert "1 more has come" in client.get("/library/", {"newer": card[2]}, headers=FRAGMENT).text
    client.force_login(make_member(make_project(), Role.PRODUCER))
    assert client.get(card[1], headers=FRAGMENT).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_page_of_many_projects_hears_which_has_news():
    here, there, hidden = (make_take(make_shot(make_scene(make_project()))) for _ in range(3))
    ids = [take.shot.scene.project_id for take in (here, there)]

    def act():
        Generation.objects.filter(pk__in=[here.generation_id, hidden.generation_id]).update(
            changed_at=timezone.now()
        )
        takes.circle(there, None)
        connections["default"].close()

    async def run():
        hub = live.Hub(pause=0.02)
        stream = live.events(hub, ids, is_wide=True)
        close = live.events(hub, [hidden.shot.scene.project_id])
        assert await collect(stream, "resync") == await collect(close, "resync") == ["resync"]
        await asyncio.to_thread(act)
        heard = set(await collect(stream, f"project-{ids[0]}"))
        if f"project-{ids[1]}" not in heard:
            heard |= set(await collect(stream, f"project-{ids[1]}"))
        assert {f"take-{here.pk}", f"take-{there.pk}", *(f"project-{pk}" for pk in ids)} <= heard
        assert not any(
            str(hidden.pk) == name.rpartition("-")[2] for name in heard if name.startswith("take-")
        )
        await stream.aclose()
        await close.aclose()

    asyncio.run(run())
