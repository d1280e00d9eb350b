"""Votes without names: nothing that a voter can reach tells one, votes are final, and after the reveal none counts."""

import io
import re
from io import StringIO

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.urls import reverse

from generation import metadata
from generation.catalogue import catalogue
from generation.models import Output
from studio.comparison import ballots
from studio.comparison.ballots import Kind, VoteRefusedError
from studio.comparison.matrix import matrix_of
from studio.models import Attempt, Ballot, Comparison, Role
from tests.factories import add_row, make_comparison, make_member, make_project
from tests.studio.every_page import links

KLING, WAN = "kling-2.5-turbo-text", "wan-25-preview-text"


def names(*, shortest: int = 0) -> re.Pattern[str]:
    """Every word that names one of the compared models, its family or a provider.

    In the bytes of a picture a few letters stand beside each other by chance: there only longer words are looked for.
    """
    words = {"fal", "fal.ai", "kie", "kie.ai", "alibaba", "kuaishou"}
    for slug in (KLING, WAN):
        spec = catalogue().find(slug)
        words |= {slug, spec.name, spec.endpoint, spec.family, slug.partition("-")[0], *spec.aliases}
    wanted = "|".join(re.escape(word) for word in words if len(word) >= shortest)
    return re.compile(rf"(?<![a-z0-9])({wanted})(?![a-z0-9])", re.IGNORECASE)


@pytest.fixture
def blind(db):
    project = make_project(slug="tide")
    comparison = make_comparison(project, rows=0, is_blind=True)
    add_row(comparison)
    add_row(comparison)
    return comparison


def asked(comparison, person):
    question = ballots.next_question(comparison, person, Kind.PAIRS)
    assert question is not None
    return question


# ------------------------------------------------------------------------------------------- nothing tells a name
@pytest.mark.django_db(transaction=True)
def test_nothing_that_a_voter_can_reach_names_a_model_or_a_provider(client, settings, tmp_path):
    settings.MOCK_QUEUE_SECONDS, settings.MOCK_RUN_SECONDS = 0.1, 0.2
    project = make_project(slug="tide")
    words = tmp_path / "prompts.txt"
    words.write_text("Soap is cut.\n\nSand is poured.\n")
    given = ["tide", "--models", f"{KLING},{WAN}", "--prompts", str(words), "--blind", "--wait"]
    call_command("compare_models", *given, stdout=StringIO(), stderr=StringIO())
    tell_all(tmp_path)
    client.force_login(make_member(project, Role.ARTIST))
    comparison = Comparison.objects.get()
    failed = Attempt.objects.order_by("pk").last()
    failed.generation.__class__.objects.filter(pk=failed.generation_id).update(
        status="failed", error_message="fal.ai says: wan-25-preview-text is overloaded"
    )
    home = comparison.get_absolute_url()
    cells = [f"{home}cells/{pk}/" for pk in comparison.cells.values_list("pk", flat=True)]
    waiting = ["/tide/comparisons/", home, f"{home}summary/", *cells, f"{home}vote/", f"{home}vote/?of=rows"]
    waiting += [f"{cell}take/" for cell in cells]
    seen, found, in_bytes, files = set(waiting), names(), names(shortest=6), 0
    while waiting:
        address = waiting.pop()
        answer = client.get(address)
        assert answer.status_code == 200, address
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        text, is_file = body.decode("latin-1"), "/files/" in address
        assert (named := found.search(f"{address} {list(answer.headers.items())}")) is None, (address, named)
        assert (named := (in_bytes if is_file else found).search(text)) is None, (address, named)
        assert not is_file or b"x264" not in body
        files += is_file
        addresses = [*links(text), *re.findall(r'(?:src|poster)="(/[^"]+)"', text)]
        for each in addresses:
            if each.startswith(home) and each not in seen:
                seen.add(each)
                waiting.append(each)
    assert files == 3 * 3  # of three takes the clip, for saving too, and the still
    # The same pages name them afterwards, so what was looked for can be found.
    ballots.reveal(comparison, project.memberships.get(role=Role.PRODUCER).user)
    assert found.search(client.get(home).text)
    clip = next(each for each in seen if each.endswith("?download=1"))
    answer = client.get(clip)
    assert found.search(answer["Content-Disposition"])
    assert in_bytes.search(b"".join(answer.streaming_content).decode("latin-1"))


def tell_all(folder):
    """Have each clip say in itself who made it, as real ones do."""
    for output in Output.objects.all():
        master, told = folder / "master.mp4", folder / "told.mp4"
        with default_storage.open(output.key) as kept:
            master.write_bytes(kept.read())
        metadata.write(master, told, output.content_type, metadata.describe(output.generation))
        default_storage.delete(output.key)
        default_storage.save(output.key, io.BytesIO(told.read_bytes()))


def test_columns_stand_by_letters_and_addresses_tell_no_order(blind):
    matrix = matrix_of(blind)
    assert [column.name for column in matrix.columns] == ["Model G", "Model H"]
    assert [column.column.model for column in matrix.columns] == [WAN, KLING]
    card = matrix.cards[0]
    assert (card.money, card.time, card.ran, card.facts) == ("", "", "", [])


# ------------------------------------------------------------------------------------------- votes
def test_sides_are_drawn_by_lot_and_kept_with_the_vote(client, blind):
    voter = make_member(blind.project, Role.REVIEWER)
    client.force_login(voter)
    address = reverse("studio:comparison-vote", args=["tide", blind.pk])
    orders = set()
    for _ in range(40):
        orders.add(tuple(side.attempt.cell.column_id for side in asked(blind, voter).sides))
    assert len(orders) == 2
    page = client.get(address).text
    signed = re.search(r'name="asked" value="([^"]+)"', page)[1]
    first = re.findall(r'name="choice" value="([^"]+)"', page)[0]
    for _ in range(2):
        assert client.post(address, {"asked": signed, "choice": first}).status_code == 302
    ballot = Ballot.objects.get()
    assert str(ballot.winner.key) == first
    assert ballot.sides[0] == ballot.winner_id
    assert not ballot.is_tie
    # Final: another answer to the same is not taken.
    answer = client.post(address, {"asked": signed, "choice": "tie"})
    assert answer.status_code == 409
    assert "You have voted on these already" in answer.text
    page = client.get(address).text
    signed = re.search(r'name="asked" value="([^"]+)"', page)[1]
    assert client.post(address, {"asked": signed, "choice": "tie"}).status_code == 302
    assert Ballot.objects.filter(is_tie=True, winner=None).count() == 1
    assert "You have judged all that has arrived" in client.get(address).text


def test_two_people_vote_each_for_themselves_and_nobody_for_another(blind):
    ada, ben = make_member(blind.project, Role.REVIEWER), make_member(blind.project, Role.REVIEWER)
    of_ada, of_ben = asked(blind, ada), asked(blind, ben)
    ballots.cast(blind, ada, of_ada.signed, of_ada.sides[0].attempt.key)
    ballots.cast(blind, ben, of_ben.signed, of_ben.sides[1].attempt.key)
    with pytest.raises(VoteRefusedError, match="somebody else"):
        ballots.cast(blind, ben, of_ada.signed, None)
    with pytest.raises(VoteRefusedError, match="not what was asked"):
        ballots.cast(blind, ben, of_ben.signed + "x", None)
    other = Attempt.objects.exclude(pk__in=[side.attempt.pk for side in of_ben.sides]).first()
    with pytest.raises(VoteRefusedError, match="not what was asked"):
        ballots.cast(blind, ben, of_ben.signed, other.key)
    assert ballots.turnout(blind) == (2, 2)


def test_after_the_reveal_a_vote_is_refused_and_nothing_is_counted(client, blind):
    voter = make_member(blind.project, Role.ARTIST)
    client.force_login(voter)
    question = asked(blind, voter)
    client.post(reverse("studio:comparison-reveal", args=["tide", blind.pk]))
    blind.refresh_from_db()
    assert blind.revealed_by == voter
    given = {"asked": question.signed, "choice": str(question.sides[0].attempt.key)}
    answer = client.post(reverse("studio:comparison-vote", args=["tide", blind.pk]), given)
    assert answer.status_code == 409
    assert "no vote counts any more" in answer.text
    assert not Ballot.objects.exists()
    assert client.get(reverse("studio:comparison-vote", args=["tide", blind.pk])).status_code == 302


def test_whole_rows_are_voted_on_at_once(db):
    comparison = make_comparison(
        make_project(), rows=1, is_blind=True, models=(KLING, WAN, "ray-2-flash-text"), repeats=2
    )
    voter = make_member(comparison.project, Role.REVIEWER)
    question = ballots.next_question(comparison, voter, Kind.ROWS)
    assert (len(question.sides), question.total) == (3, 2)
    assert ballots.next_question(comparison, voter, Kind.PAIRS).total == 6
    ballots.cast(comparison, voter, question.signed, question.sides[2].attempt.key)
    assert ballots.next_question(comparison, voter, Kind.ROWS).done == 1
