"""`manage.py import_shots`: a project from a file, or one line that says why not."""

from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from billing import budgets
from billing.models import Account
from studio.models import Project, Role, Shot
from studio.permissions import producers
from tests.factories import make_project, make_user

pytestmark = pytest.mark.django_db

LIST = "scene,prompt,seconds\n1,Soap is cut,5\n1,Soap falls,5\n2,Sand,10\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "shots.csv"
    path.write_text(LIST)
    return path


def run(*words: object, **options: object) -> str:
    out = StringIO()
    call_command("import_shots", *map(str, words), stdout=out, **options)
    return out.getvalue()


def refusal(*words: object, out: StringIO | None = None, **options: object) -> str:
    """The one line; nothing was written."""
    before = (Project.objects.count(), Account.objects.count(), Shot.objects.count())
    with pytest.raises(CommandError) as error:
        call_command("import_shots", *map(str, words), stdout=out or StringIO(), **options)
    assert (Project.objects.count(), Account.objects.count(), Shot.objects.count()) == before
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_project_that_is_not_there_is_made(file):
    told = run("soap-film", file)
    project = Project.objects.get(slug="soap-film")
    assert project.name == "Soap film"
    assert budgets.available(project.account).limit == Decimal(50)
    assert "Made the project “Soap film” (soap-film) with a budget of $50.00." in told
    assert "soap-film: 2 scenes and 3 shots added, 0 changed." in told
    assert "Nobody is its producer yet: run this again with --owner USERNAME." in told


def test_its_name_budget_and_owner_can_be_said(file):
    anna = make_user("anna")
    run("soap", file, "--owner", "anna", "--budget", "$7.50", "--name", "All about soap")
    project = Project.objects.get(slug="soap")
    assert (project.name, budgets.available(project.account).limit) == ("All about soap", Decimal("7.50"))
    assert project.memberships.get().user == anna
    assert project.memberships.get().role == Role.PRODUCER


def test_the_only_superuser_produces_it(file):
    root = make_user("root", is_superuser=True)
    assert "root is its producer." in run("soap", file)
    assert producers(Project.objects.get(slug="soap")) == [root]


def test_among_several_superusers_nobody_is_chosen(file):
    make_user("root", is_superuser=True)
    make_user("other", is_superuser=True)
    run("soap", file)
    assert producers(Project.objects.get(slug="soap")) == []


def test_an_owner_can_be_named_later(file):
    run("soap", file)
    anna = make_user("anna")
    run("soap", file, "--owner", "anna")
    assert producers(Project.objects.get(slug="soap")) == [anna]


def test_the_same_file_again_adds_nothing(file):
    run("soap", file)
    told = run("soap", file, "--budget", "900")
    assert "soap: 0 scenes and 0 shots added, 0 changed." in told
    assert "The project exists already, so --budget is not used." in told
    assert budgets.available(Project.objects.get(slug="soap").account).limit == Decimal(50)


def test_a_project_that_is_there_keeps_its_producer(file):
    anna = make_user("anna")
    project = make_project(anna, slug="soap")
    make_user("ben")
    told = run("soap", file, "--owner", "ben")
    assert "The project has a producer already, so --owner is not used." in told
    assert producers(project) == [anna]


@pytest.mark.parametrize(
    ("slug", "said"),
    [
        ("Soap Film", "“Soap Film” cannot name a project."),
        ("_soap", "“_soap” cannot name a project. Begin with a small letter or a digit."),
        ("soap/film", "“soap/film” cannot name a project."),
        ("s" * 61, "cannot name a project. Ensure this value has at most 60 characters"),
        ("admin", "The site itself uses “admin”."),
        ("", "“” cannot name a project."),
    ],
)
def test_a_bad_slug_is_refused(slug, said, file):
    assert said in refusal(slug, file)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"budget": "1,000"}, "--budget: “1,000” has a comma."),
        ({"budget": "0"}, "--budget: A budget needs a limit above zero."),
        ({"budget": "-5"}, "--budget: A budget needs a limit above zero."),
        ({"budget": ""}, "--budget: Enter an amount in US dollars"),
        ({"owner": "nobody"}, "There is no user “nobody”."),
        ({"name": "x" * 121}, "--name is too long"),
    ],
)
def test_bad_options_are_refused(options, said, file):
    assert refusal("soap", file, **options).startswith(said)


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    assert (
        refusal("soap", tmp_path / "no.csv")
        == f"{tmp_path}/no.csv cannot be read: No such file or directory."
    )
    assert "Is a directory" in refusal("soap", tmp_path)


def test_bad_rows_are_told_in_one_line_and_make_no_project(file):
    file.write_text("scene,prompt,seconds\n1,Soap,4\n,Sand,5\n")
    assert refusal("soap", file) == (
        f"{file} was not imported: Row 2, seconds: “Length” must be 5 or 10 seconds for this model, not 4. "
        "The model of this shot is kling-2.5-turbo-text; Row 3, scene: Write the number of the scene."
    )


def test_many_bad_rows_are_all_listed_beside_the_one_line(file):
    file.write_text("scene,prompt\n" + "1,\n" * 8)
    out = StringIO()
    file.write_text("scene,prompt,seconds\n" + "1,Soap,0\n" * 8)
    assert refusal("soap", file, out=out).endswith("; and 3 more.")
    assert [line.split(",")[0] for line in out.getvalue().splitlines()] == [
        f"Row {row}" for row in range(2, 10)
    ]


def test_bad_rows_leave_a_project_as_it_was(file):
    run("soap", file)
    before = list(Shot.objects.order_by("pk").values())
    file.write_text("scene,shot,prompt\n1,1,changed\n3,1,\n")
    refusal("soap", file)
    assert list(Shot.objects.order_by("pk").values()) == before
