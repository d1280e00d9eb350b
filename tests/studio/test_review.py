"""Comments with drawings, verdicts, stars, and who hears of them; the list and the sessions of a reviewer."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from studio.live_takes import TakeWatch
from studio.models import Activity, Comment, Deed, Notice, Rating, Role, Take, Verdict
from studio.review.comments import CommentRefusedError, Remark, edit, reply, resolve, say
from studio.review.drawings import DrawingRefusedError, read_drawing, sketch
from studio.review.frames import timecode
from studio.review.inbox import PAGE, inbox_page, to_review
from studio.review.sessions import Reel, begin, place, reel
from studio.review.summaries import summaries
from studio.review.verdicts import VerdictRefusedError, judge, rate
from studio.review.writers import Writer
from studio.take_files import files_of
from tests.factories import (
    make_member,
    make_project,
    make_scene,
    make_shot,
    make_take,
    make_upload,
    make_user,
)

LINE = {"kind": "arrow", "colour": "red", "points": [[0.1, 0.2], [0.512345, 0.75]]}


@pytest.fixture
def ada(db):
    return make_user("ada")


@pytest.fixture
def project(ada):
    return make_project(ada, slug="tide")


@pytest.fixture
def take(project, ada):
    return make_take(make_shot(make_scene(project)), by=ada)


@pytest.fixture
def ben(project):
    return make_member(project, Role.REVIEWER, "ben")


def comment_on(take, words="Look here.", by=None, **remark):
    return say(take, files_of(take)[0], 0, Remark(words, **remark), Writer(by))


# ---- drawings
def test_a_drawing_is_kept_as_numbers_and_shown_as_paths():
    kept = read_drawing(json.dumps([LINE]))
    assert kept == [LINE | {"points": [[0.1, 0.2], [0.5123, 0.75]]}]
    shown = sketch(kept, 1280, 720)
    assert shown.view_box == "0 0 1000 562"
    assert shown.lines[0].path.startswith("M100 112L512 422M")
    assert read_drawing(" ") == []
    assert sketch([], 1280, 720) is None


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "{}",
        json.dumps([LINE | {"kind": "script"}]),
        json.dumps([LINE | {"colour": "url(#x)"}]),
        json.dumps([LINE | {"more": 1}]),
        json.dumps([LINE | {"points": [[0, 0], [1.2, 0]]}]),
        json.dumps([LINE | {"points": [[0, 0], [0.5, 0.5], [1, 1]]}]),
        '[{"kind":"pencil","colour":"red","points":[[0,0],[NaN,1]]}]',
        json.dumps([LINE] * 41),
        json.dumps([LINE | {"kind": "pencil", "points": [[0, 0]] * 401}]),
        json.dumps([LINE | {"kind": "pencil", "points": [[0, 0]] * 400}] * 11),
        " " * 3 + "[" * 200_001,
    ],
)
def test_what_is_no_drawing_is_refused(text):
    with pytest.raises(DrawingRefusedError):
        read_drawing(text)


# ---- comments
def test_a_comment_stands_at_its_frame_and_tells_who_is_concerned(take, ada, ben):
    comment = comment_on(take, "The wave, @ada!", ben, frame=30, drawing=json.dumps([LINE]))
    assert (comment.frame, len(comment.drawing)) == (30, 1)
    assert timecode(30, files_of(take)[0].file.fps) == "0:01:06"
    assert list(Notice.objects.values_list("person__username", "kind")) == [("ada", "mention")]
    answer = reply(comment, "Better now?", Writer(ada))
    assert reply(answer, "Yes.", Writer(ben)).answers == comment
    told = Notice.objects.exclude(kind="mention").values_list("person__username", "kind", "path")
    path = f"/tide/takes/{take.pk}/review/#comment-{comment.pk}"
    assert sorted(told) == [("ada", "reply", path), ("ben", "reply", path)]
    assert Activity.objects.filter(deed__in=[Deed.COMMENTED, Deed.REPLIED]).count() == 3


@pytest.mark.parametrize(
    "remark",
    [
        Remark(" "),
        Remark("x" * 4001),
        Remark("x", frame=122),
        Remark("x", frame=-1),
        Remark("x", drawing="[1]"),
        Remark("", drawing="[]"),
    ],
)
def test_a_comment_that_is_none_writes_nothing(take, ben, remark):
    with pytest.raises(CommentRefusedError):
        say(take, files_of(take)[0], 0, remark, Writer(ben))
    assert not Comment.objects.exists()
    assert Take.objects.get(pk=take.pk).reviewed_at is None


def test_one_edits_ones_own_and_resolves_any(take, ada, ben):
    comment = comment_on(take, "Fast.", ben)
    with pytest.raises(CommentRefusedError):
        edit(comment, "Slow.", ada)
    edit(comment, "Slow.", ben)
    resolve(comment, ada)
    resolve(comment, ada)
    comment.refresh_from_db()
    assert (comment.words, comment.resolved_by, comment.edited_at is not None) == ("Slow.", ada, True)
    assert Activity.objects.filter(deed=Deed.COMMENT_RESOLVED).count() == 1
    resolve(comment, ada, is_done=False)
    assert comment.resolved_at is None
    with pytest.raises(CommentRefusedError):
        resolve(reply(comment, "Hm.", Writer(ben)), ada)


# ---- verdicts
def test_the_latest_verdict_of_each_counts_and_the_others_stay(take, ada, ben):
    with pytest.raises(VerdictRefusedError):
        judge(take, "retake", "  ", Writer(ben))
    judge(take, "retake", "Too dark.", Writer(ben))
    judge(take, "approve", "", Writer(ben))
    judge(take, "approve", "", Writer(ada))
    rate(take, 5, ben)
    rate(take, 4, ben)
    rate(take, 5, ada)
    comment_on(take, by=ben)
    resolve(comment_on(take, by=ben), ada)
    summary = summaries([take.pk])[take.pk]
    assert (summary.approvals, summary.retakes, str(summary.average)) == (2, 0, "4.5")
    assert summary.words == "2 approved, 4.5 of 5 stars, 1 open comment"
    assert Verdict.objects.filter(author=ben).count() == 2
    assert Rating.objects.count() == 2
    assert set(Notice.objects.values_list("person__username", "kind")) == {
        ("ada", "retake"),
        ("ada", "approved"),
        ("ada", "reply"),
    }
    rate(take, 0, ben)
    with pytest.raises(VerdictRefusedError):
        rate(take, 6, ben)
    assert Rating.objects.get().author == ada


def test_the_database_keeps_one_current_verdict_a_person(take, ben):
    judge(take, "approve", "", Writer(ben))
    with pytest.raises(IntegrityError), transaction.atomic():
        Verdict.objects.create(take=take, author=ben, judgement="approve")


def test_what_has_not_arrived_cannot_be_judged(take, ben):
    making = make_take(take.shot, status="submitted")
    with pytest.raises(VerdictRefusedError):
        judge(making, "approve", "", Writer(ben))
    with pytest.raises(VerdictRefusedError):
        rate(making, 3, ben)
    assert not Verdict.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_open_pages_hear_of_a_word(take, ben):
    watch = TakeWatch()
    watch.look([take.shot.scene.project_id])
    comment_on(take, by=ben)
    assert [each.take for each in watch.look([take.shot.scene.project_id])] == [take.pk]


# ---- the list
def test_the_list_holds_what_a_reviewer_has_not_judged(take, ada, ben):
    make_take(take.shot, status="failed")
    make_take(take.shot, status="submitted")
    upload = make_take(take.shot, upload=make_upload(take.shot.scene.project), is_circled=True)
    viewed, archived = make_project(slug="viewed"), make_project(ben, slug="old", archived_at=timezone.now())
    viewed.memberships.create(user=ben, role=Role.VIEWER)
    for other in (viewed, archived):
        make_take(make_shot(make_scene(other)))
    assert list(to_review(ben)) == [upload, take]
    assert list(to_review(ben, only_uncircled=True)) == []
    assert list(to_review(ben, "viewed")) == []
    judge(take, "approve", "", Writer(ben))
    assert list(to_review(ben)) == [upload]
    assert list(to_review(ada)) == [upload, take]


def test_the_list_goes_on_by_the_last_take_shown(client, take, ben):
    for _ in range(PAGE):
        make_take(take.shot)
    first = inbox_page(to_review(ben))
    assert len(first.items) == PAGE
    assert [each.take for each in inbox_page(to_review(ben), first.before).items] == [take]
    client.force_login(ben)
    page = client.get("/review/")
    assert f"before={first.before}".encode() in page.content
    assert client.get("/review/", {"before": first.before, "project": "tide"}).context["page"].before is None
    client.force_login(make_user())
    assert b"You review no project yet" in client.get("/review/").content
    client.logout()
    assert client.get("/review/").status_code == 302 == client.get("/review/session/").status_code


# ---- sessions
def test_a_session_plays_the_film_in_order(project, take, ben):
    first = make_shot(take.shot.scene)
    early, late = make_take(first, is_circled=True), make_take(first)
    other = make_take(make_shot(make_scene(project)))
    order = reel(project, Reel.LATEST, ben)
    assert order == [take.pk, late.pk, other.pk]
    assert reel(project, Reel.CIRCLED, ben) == [early.pk]
    assert reel(project, Reel.LATEST, ben, other.shot.scene) == [other.pk]
    where = place(order, late)
    assert (where.number, where.before, where.after) == (2, take.pk, other.pk)
    assert place(order, early).after == late.pk
    judge(take, "approve", "", Writer(ben))
    mine = reel(project, Reel.MINE, ben)
    assert take.pk in mine
    assert begin(mine, Reel.MINE, ben) == late.pk
    Verdict.objects.update(created_at=timezone.now() - timedelta(days=1))
    assert reel(project, Reel.MINE, ben) == [late.pk, other.pk]


def test_a_verdict_in_a_session_leads_on(client, project, take, ben):
    later = make_take(make_shot(take.shot.scene))
    client.force_login(ben)
    began = client.get("/tide/review/", {"run": "latest"})
    assert began["Location"] == f"/tide/takes/{take.pk}/review/?run=latest"
    verdict = reverse("studio:take-verdict", args=["tide", take.pk])
    refused = client.post(verdict, {"judgement": "retake", "run": "latest"}, headers={"HX-Request": "true"})
    assert refused.status_code == 422
    assert not Verdict.objects.exists()
    answer = client.post(verdict, {"judgement": "approve", "run": "latest"}, headers={"HX-Request": "true"})
    assert answer["HX-Push-Url"] == f"/tide/takes/{later.pk}/review/?run=latest"
    assert b'id="review-desk"' in answer.content
    assert b"<!doctype" not in answer.content
    last = reverse("studio:take-verdict", args=["tide", later.pk])
    assert client.post(last, {"judgement": "approve", "run": "latest"})["Location"] == "/tide/review/"


def test_the_list_of_a_person_is_a_session_over_projects(client, take, ben):
    other = make_project(ben, slug="other")
    newer = make_take(make_shot(make_scene(other)))
    client.force_login(ben)
    assert client.get("/review/session/")["Location"] == f"/other/takes/{newer.pk}/review/?run=inbox"
    verdict = reverse("studio:take-verdict", args=["other", newer.pk])
    answer = client.post(verdict, {"judgement": "approve", "run": "inbox"})
    assert answer["Location"] == f"/tide/takes/{take.pk}/review/?run=inbox"
    page = client.get(answer["Location"])
    assert f"/other/takes/{newer.pk}/review/?run=inbox" in page.content.decode()


def test_a_refused_comment_keeps_what_was_written(client, take, ben):
    client.force_login(ben)
    url = reverse("studio:comment-create", args=["tide", take.pk])
    sent = {"words": "Here!", "frame": "999", "drawing": json.dumps([LINE])}
    answer = client.post(url, sent, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "Here!" in answer.content.decode()
    assert "&quot;arrow&quot;" in answer.content.decode()
    assert not Comment.objects.exists()
    plain = client.post(url, sent, follow=True)
    assert "There is no frame 999" in plain.content.decode()
    client.post(url, sent | {"frame": "9"})
    page = client.get(reverse("studio:take-review", args=["tide", take.pk])).content.decode()
    assert "0:00:09" in page
    assert 'class="ink-line ink--red"' in page


def test_the_project_s_page_of_sessions_counts_what_there_is(client, project, take, ben):
    client.force_login(ben)
    page = client.get("/tide/review/")
    assert page.context["reels"] == [(Reel.LATEST, 1), (Reel.CIRCLED, 0), (Reel.MINE, 1)]
    assert client.get("/tide/review/", {"run": "circled"})["Location"] == "/tide/review/"
    make_project(ben, slug="empty")
    assert b"No take to review yet" in client.get("/empty/review/").content
