"""Links for clients: what they show and what they do not, password, end, marks, and what is written down."""

import io
import re
from datetime import timedelta

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from generation.models import Output
from studio import takes, tallies
from studio.client_links import claims, links, marked_files, preparing, uses
from studio.client_links.links import Terms
from studio.client_links.offers import offered
from studio.client_links.uses import WRITES, shortened
from studio.models import (
    Activity,
    ClientLink,
    Comment,
    LinkUse,
    MarkedFile,
    Notice,
    Offer,
    Role,
    Scope,
    Tally,
    Use,
    Verdict,
)
from tests.factories import (
    make_member,
    make_project,
    make_scene,
    make_shot,
    make_take,
    make_upload,
    make_user,
)
from tests.storages import use_folder
from tests.studio.test_order_races import together


@pytest.fixture
def ada(db):
    return make_user("ada")


@pytest.fixture
def project(ada):
    return make_project(ada, slug="tide", name="Tide")


@pytest.fixture
def take(project, settings, tmp_path):
    """A circled still, whose file is there."""
    use_folder(settings, tmp_path)
    drawn = io.BytesIO()
    Image.new("RGB", (64, 36), "teal").save(drawn, "PNG")
    upload = make_upload(
        project, content_type="image/png", key="uploads/a.png", poster_key="", width=64, height=36
    )
    default_storage.save(upload.key, ContentFile(drawn.getvalue()))
    return make_take(make_shot(make_scene(project)), upload=upload, is_circled=True)


def make_link(project, **terms):
    given = {"client": "Acme", "expires_at": timezone.now() + timedelta(days=2), "is_marked": False}
    return links.make(project, Terms(**given | terms), project.memberships.get(role="producer").user)


def page(token, name="client-list", *args):
    return reverse(f"studio:{name}", args=[token, *args])


# ---- what a link shows
def test_a_link_shows_its_takes_and_nothing_of_the_house(client, project, take):
    _, token = make_link(project)
    answer = client.get(page(token))
    words = answer.content.decode()
    assert answer.status_code == 200
    assert "Tide" in words
    assert "For Acme" in words
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer["Referrer-Policy"] == "same-origin"
    assert "no-store" in answer["Cache-Control"]
    shown = client.get(page(token, "client-take", take.pk)).content.decode()
    for word in ("wave", "$", "Kling", "Mock", "/tide/", "To review"):
        assert word not in words + shown
    file = client.get(page(token, "client-file", take.pk, 0))
    assert file["Content-Type"] == "image/png"
    assert b"".join(file.streaming_content)
    uses = list(LinkUse.objects.order_by("pk").values_list("use", "take", "address"))
    network = "127.0.0.0/24"
    assert uses == [
        (Use.OPENED, None, network),
        (Use.LOOKED, take.pk, network),
        (Use.PLAYED, take.pk, network),
    ]
    client.get(page(token, "client-file", take.pk, 0), headers={"Range": "bytes=10-"})
    assert LinkUse.objects.count() == 3


def test_what_is_offered_is_worked_out_when_somebody_looks(project, take):
    shot = make_shot(take.shot.scene)
    make_take(shot, status="submitted")
    newest = make_take(shot)
    elsewhere = make_take(make_shot(make_scene(project)), is_circled=True)
    make_take(make_shot(make_scene(make_project())), is_circled=True)

    def shown(**terms):
        link, _ = make_link(project, **terms)
        return [each.take for each in offered(link)]

    assert shown() == [take, elsewhere]
    assert shown(offer=Offer.LATEST) == [take, newest, elsewhere]
    assert shown(scope=Scope.SCENE, scene=take.shot.scene, offer=Offer.LATEST) == [take, newest]
    assert shown(scope=Scope.SHOTS, shots=[elsewhere.shot]) == [elsewhere]
    takes.uncircle(take.shot, None)
    assert shown() == [elsewhere]
    link, _ = make_link(project, scope=Scope.SCENE, scene=make_scene(project))
    link.scene.delete()
    assert offered(ClientLink.objects.get(pk=link.pk)) == []


def test_other_takes_and_files_cannot_be_reached_by_their_numbers(client, project, take):
    uncircled = make_take(make_shot(take.shot.scene))
    other = make_take(make_shot(make_scene(make_project())), is_circled=True)
    flagged = make_take(make_shot(take.shot.scene), is_circled=True)
    Output.objects.filter(generation=flagged.generation).update(is_flagged=True)
    _, token = make_link(project, may_judge=True)
    for each in (uncircled, other, flagged):
        assert client.get(page(token, "client-take", each.pk)).status_code == 404
        for name in ("client-file", "client-poster"):
            assert client.get(page(token, name, each.pk, 0)).status_code == 404
        for name in ("client-comment", "client-verdict"):
            said = {"words": "Hm.", "judgement": "approve"}
            assert client.post(page(token, name, each.pk), said).status_code == 404
    assert client.get(page(token, "client-file", take.pk, 1)).status_code == 404
    assert not Comment.objects.exists()
    assert not Verdict.objects.exists()
    # Nor does the link open a page of the team.
    for path in ("/tide/", f"/tide/takes/{take.pk}/review/", f"/tide/uploads/{take.upload_id}/"):
        assert client.get(path).status_code == 302


# ---- how it ends
def test_a_revoked_link_is_as_if_it_had_never_been(client, project, take):
    link, token = make_link(project)
    client.force_login(project.memberships.get().user)
    url = reverse("studio:client-link-revoke", args=["tide", link.pk])
    assert client.post(url).status_code == 302
    client.logout()
    unknown = client.get(page("x" * 43))
    for path in (page(token), page(token, "client-enter"), page(token, "client-file", take.pk, 0)):
        answer = client.get(path)
        assert (answer.status_code, unknown.status_code) == (404, 404)
    tokens = rb'"X-CSRFToken": "[^"]+"|value="[^"]{64}"'
    seen, never = (re.sub(tokens, b"", each.content) for each in (client.get(page(token)), unknown))
    assert seen == never
    assert not LinkUse.objects.exists()
    assert not links.revoke(link, None)


def test_a_link_that_has_ended_says_so_and_shows_nothing(client, project, take):
    _, token = make_link(project, password="a long word")
    with time_machine.travel(timezone.now() + timedelta(days=3), tick=False):
        answer = client.get(page(token))
        assert answer.status_code == 410
        assert b"This link has ended" in answer.content
        assert b"Tide" not in answer.content
        assert b"Acme" not in answer.content
        assert client.get(page(token, "client-file", take.pk, 0)).status_code == 410
        assert client.post(page(token, "client-comment", take.pk), {"words": "x"}).status_code == 410
    assert not Comment.objects.exists()


def test_a_link_of_an_archived_project_leads_nowhere(client, project, take):
    _, token = make_link(project)
    project.archived_at = timezone.now()
    project.save(update_fields=["archived_at"])
    assert client.get(page(token)).status_code == 404


def test_a_file_is_asked_for_each_time_so_that_a_revoked_link_shows_it_no_more(client, project, take):
    link, token = make_link(project)
    file = page(token, "client-file", take.pk, 0)
    first = client.get(file)
    assert first["Cache-Control"] == "private, no-cache"
    known = {"If-None-Match": first["ETag"]}
    assert client.get(file, headers=known).status_code == 304
    links.revoke(link, None)
    assert client.get(file, headers=known).status_code == 404


def test_a_network_that_asks_without_end_is_told_to_wait(client, project, take):
    _, token = make_link(project)
    _, other = make_link(project)
    assert client.get(page(token)).status_code == 200
    Tally.objects.update(count=uses.READS)
    answer = client.get(page(token, "client-take", take.pk))
    assert (answer.status_code, answer["Retry-After"]) == (429, "600")
    assert "Wait ten minutes" in answer.text
    assert client.get(page(other)).status_code == 200
    assert client.get(page(token), REMOTE_ADDR="10.9.9.9").status_code == 200
    assert client.get(page("x" * 43)).status_code == 404
    Tally.objects.exclude(count=uses.READS).update(count=uses.UNKNOWN)
    assert client.get(page("y" * 43)).status_code == 429
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        assert client.get(page(token)).status_code == 200
    assert not Tally.objects.filter(name__contains=token).exists()


def test_old_visits_are_forgotten(project, settings):
    link, _ = make_link(project)
    now = timezone.now()
    for days in (1, 364, 366):
        LinkUse.objects.create(link=link, use=Use.OPENED, at=now - timedelta(days=days))
    assert uses.forget_old(now, is_dry=True) == 1
    assert uses.forget_old(now) == 1
    assert LinkUse.objects.count() == 2
    tallies.is_allowed("a", most=1, within=timedelta(minutes=1))
    with time_machine.travel(now + timedelta(minutes=2), tick=False):
        assert tallies.forget_old() == 1


# ---- the password
def test_the_password_is_asked_for_and_tried_ten_times_at_most(client, project, take):
    link, token = make_link(project, password="a long word")
    assert link.password.startswith("md5$")
    assert "a long word" not in link.password
    for path in (page(token), page(token, "client-take", take.pk), page(token, "client-file", take.pk, 0)):
        assert client.get(path)["Location"] == page(token, "client-enter")
    enter = page(token, "client-enter")
    for _ in range(10):
        assert client.post(enter, {"password": "another"}).status_code == 422
    assert client.post(enter, {"password": "a long word"}).status_code == 429
    assert client.get(page(token)).status_code == 302
    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        assert client.post(enter, {"password": "a long word"})["Location"] == page(token)
        assert client.get(page(token)).status_code == 200
    assert LinkUse.objects.filter(use=Use.TRIED).count() == 10
    _, other = make_link(project, password="a long word")
    assert client.get(page(other)).status_code == 302


def test_the_token_is_kept_as_a_hash_alone(project, take):
    link, token = make_link(project)
    row = ClientLink.objects.filter(pk=link.pk).values().get()
    assert token not in str(row)
    assert len(link.token_hash) == 64
    assert token not in str(list(Activity.objects.values()))


def test_addresses_are_kept_as_networks():
    assert shortened("203.0.113.77") == "203.0.113.0/24"
    assert shortened("2001:db8:1:2::77") == "2001:db8:1::/48"
    assert shortened("unix:") == ""


# ---- what a client says
def test_a_client_says_what_the_link_allows_and_the_team_hears_of_it(client, project, take, ada):
    Comment.objects.create(take=take, words="Between us: weak.", author=ada)
    _, token = make_link(project, may_judge=True)
    client.post(page(token, "client-comment", take.pk), {"words": "Lovely blue.", "frame": "0"})
    client.post(page(token, "client-verdict", take.pk), {"judgement": "retake", "reason": "Slower."})
    shown = client.get(page(token, "client-take", take.pk)).content.decode()
    assert "Lovely blue." in shown
    assert "Slower." in shown
    assert "Between us" not in shown
    told = set(Notice.objects.values_list("person__username", "kind"))
    assert told == {("ada", "reply"), ("ada", "retake")}
    client.force_login(ada)
    inside = client.get(reverse("studio:take-review", args=["tide", take.pk])).content.decode()
    assert "Acme (client)" in inside
    assert "Lovely blue." in inside


def test_what_the_link_does_not_allow_writes_nothing(client, project, take):
    _, token = make_link(project, may_comment=False)
    assert client.post(page(token, "client-comment", take.pk), {"words": "Hm."}).status_code == 404
    assert client.post(page(token, "client-verdict", take.pk), {"judgement": "approve"}).status_code == 404
    _, token = make_link(project, may_judge=True)
    assert client.post(page(token, "client-comment", take.pk), {"words": " "}).status_code == 422
    assert client.post(page(token, "client-verdict", take.pk), {"judgement": "retake"}).status_code == 422
    assert not Comment.objects.exists()
    assert not Verdict.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_words_at_one_moment_the_last_that_is_allowed_is_one(project, take):
    link, token = make_link(project)
    LinkUse.objects.bulk_create(LinkUse(link=link, use=Use.COMMENTED) for _ in range(WRITES - 1))
    address, answers = page(token, "client-comment", take.pk), []

    def say():
        answers.append(Client().post(address, {"words": "More."}).status_code)

    assert together(say, say) == []
    assert sorted(answers) == [302, 429]
    assert Comment.objects.count() == 1


def test_a_link_says_no_more_than_so_much_an_hour(client, project, take):
    link, token = make_link(project)
    LinkUse.objects.bulk_create(LinkUse(link=link, use=Use.COMMENTED) for _ in range(WRITES))
    assert client.post(page(token, "client-comment", take.pk), {"words": "More."}).status_code == 429
    assert not Comment.objects.exists()


# ---- marks
def test_a_marked_link_never_hands_out_the_clean_file(
    client, project, take, django_capture_on_commit_callbacks
):
    link, token = make_link(project, is_marked=True)
    assert b"Being prepared" in client.get(page(token)).content
    for name in ("client-file", "client-poster"):
        assert client.get(page(token, name, take.pk, 0)).status_code == 404
    marked = MarkedFile.objects.get()
    marked_files.make(marked.pk)
    marked_files.make(marked.pk)
    answer = client.get(page(token, "client-file", take.pk, 0))
    assert answer["Content-Type"] == "image/jpeg"
    with Image.open(io.BytesIO(b"".join(answer.streaming_content))) as picture:
        assert len(set(picture.convert("RGB").get_flattened_data())) > 20
    marked.refresh_from_db()
    assert marked_files.known_among([marked.key, marked.poster_key, "x"]) == {marked.key, marked.poster_key}
    assert default_storage.exists(marked.key)
    marked_files.remove_all(link.pk)
    assert default_storage.exists(marked.key)
    links.revoke(link, None)
    assert marked_files.left_behind() == [link.pk]
    marked_files.remove_all(link.pk)
    assert not default_storage.exists(marked.key)
    assert not MarkedFile.objects.exists()


def test_copies_that_nobody_made_are_told_again(project, take):
    link, _ = make_link(project, is_marked=True)
    assert len(marked_files.want(link, offered(link))) == 1
    assert marked_files.want(link, offered(link)) == [] == marked_files.late()
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        assert marked_files.late() == [MarkedFile.objects.get().pk]
        assert marked_files.late() == []


def test_a_file_that_cannot_be_marked_is_said_and_not_shown(client, project, take):
    link, token = make_link(project, is_marked=True)
    default_storage.delete(take.upload.key)
    default_storage.save(take.upload.key, ContentFile(b"broken"))
    marked_files.make(marked_files.want(link, offered(link))[0])
    assert b"Could not be prepared" in client.get(page(token)).content
    assert client.get(page(token, "client-file", take.pk, 0)).status_code == 404


def test_one_worker_is_at_a_copy_at_a_time(project, take):
    link, _ = make_link(project, is_marked=True)
    (pk,) = marked_files.want(link, offered(link))
    with claims.claim(pk) as first:
        with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
            assert marked_files.late() == []
            marked_files.make(pk)
        assert MarkedFile.objects.get().made_at is None
        with time_machine.travel(timezone.now() + timedelta(minutes=17), tick=False):
            assert marked_files.late() == [pk], "its worker was killed"
            with claims.claim(pk) as second:
                assert second is not None
                with pytest.raises(claims.ClaimLostError):
                    first.renew()
    marked_files.make(pk)
    assert MarkedFile.objects.get().made_at is not None


def test_what_breaks_off_again_and_again_is_given_up_and_the_producer_told(client, project, take, ada):
    link, token = make_link(project, is_marked=True)
    (pk,) = marked_files.want(link, offered(link))
    for trouble in (OSError, RuntimeError, RuntimeError, RuntimeError):
        with pytest.raises(trouble), claims.claim(pk):
            raise trouble("It broke off.")
    with claims.claim(pk) as claim:
        assert claim is None
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        preparing.when_looking_back()
        preparing.when_looking_back()
    assert MarkedFile.objects.get().trouble == claims.BROKEN_OFF
    assert Notice.objects.get(person=ada).words.startswith("A file for Acme could not be marked")
    client.force_login(ada)
    assert "1 file not shown" in client.get(reverse("studio:client-link-list", args=["tide"])).text
    said = client.get(reverse("studio:client-link-detail", args=["tide", link.pk])).text
    assert "It broke off 3 times." in said
    assert b"Could not be prepared" in client.get(page(token)).content


# ---- the producers' page
def test_only_producers_make_links(client, project, take):
    address = reverse("studio:client-link-list", args=["tide"])
    sent = {
        "client": "Acme",
        "scope": "project",
        "offer": "circled",
        "until": timezone.localdate().isoformat(),
    }
    sent |= {"is_marked": "on", "may_comment": "on"}
    for user, status in ((make_member(project, Role.ARTIST), 403), (make_user(), 404), (None, 302)):
        client.logout()
        if user:
            client.force_login(user)
        assert client.get(address).status_code == status
        assert client.post(address, sent).status_code == status
    assert not ClientLink.objects.exists()
    client.force_login(project.memberships.get(role="producer").user)
    assert client.get(address).status_code == 200
    for wrong in ({"client": "アクメ"}, {"until": "2001-01-01"}, {"scope": "scene"}, {"password": "short"}):
        assert client.post(address, sent | wrong).status_code == 422
    assert not ClientLink.objects.exists()
    made = client.post(address, sent)
    assert made.status_code == 200
    assert made["Cache-Control"] == "no-store"
    link = ClientLink.objects.get()
    assert made.context["address"].endswith("/")
    assert link.may_comment
    assert not link.may_judge
    token = made.context["address"].rstrip("/").rpartition("/")[2]
    assert links.hash_of(token) == link.token_hash
    assert token not in client.get(address).content.decode()
    assert MarkedFile.objects.filter(link=link).count() == 1
    log = reverse("studio:client-link-detail", args=["tide", link.pk])
    client.get(page(token))
    assert b"Opened the list" in client.get(log).content
    other = make_project(project.memberships.get(role="producer").user, slug="other")
    assert other.slug
    assert client.get(log.replace("/tide/", "/other/")).status_code == 404
    client.force_login(make_member(project, Role.REVIEWER))
    revoke = reverse("studio:client-link-revoke", args=["tide", link.pk])
    assert client.post(revoke).status_code == 403
    assert client.get(log).status_code == 403
    assert ClientLink.objects.get().revoked_at is None


def test_the_watcher_s_look_back_tells_workers(project, take):
    link, _ = make_link(project, is_marked=True)
    marked_files.want(link, offered(link))
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        preparing.when_looking_back()
    assert MarkedFile.objects.get().asked_at > timezone.now()
