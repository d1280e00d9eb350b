"""`manage.py generate`: what is ordered, what is refused, and takes that arrive without any worker."""

import json
import os
import shutil
import signal
import subprocess
import sys
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from billing import budgets
from billing.models import Entry, Hold
from generation import health
from generation.media import probe
from generation.models import Generation, Status
from studio.models import Project, Shot, Take
from tests.factories import make_project, make_scene, make_shot, make_take, make_upload, make_user

ROOT = Path(settings.BASE_DIR)


def run(*words: str, **options: object) -> str:
    out = StringIO()
    call_command("generate", *words, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def refusal(*words: str) -> str:
    """The one line; nothing was written."""
    before = (Generation.objects.count(), Take.objects.count(), Hold.objects.count(), Entry.objects.count())
    out = StringIO()
    with pytest.raises(CommandError) as error:
        call_command("generate", *words, stdout=out)
    after = (Generation.objects.count(), Take.objects.count(), Hold.objects.count(), Entry.objects.count())
    assert (after, out.getvalue()) == (before, "")
    assert "\n" not in str(error.value)
    return str(error.value)


def ordered() -> list[tuple[str, str, str]]:
    """Scene, shot and model of every take, oldest first."""
    takes = Take.objects.order_by("pk").select_related("shot__scene", "generation")
    return [(take.shot.scene.number, take.shot.number, take.generation.model) for take in takes]


@pytest.fixture
def film(db: None) -> Project:
    """Two scenes: shots 1 and 2 in the first, 1 and 3 in the second."""
    project = make_project(make_user("anna"), slug="film", name="Film", budget="3.00")
    first, second = make_scene(project), make_scene(project)
    for scene, number in ((first, "1"), (first, "2"), (second, "1"), (second, "3")):
        make_shot(scene, number=number)
    return project


# ------------------------------------------------------------------------------------------- what is ordered
def test_every_shot_is_ordered_and_priced(film):
    told = run("film").splitlines()
    model = film.video_model
    assert ordered() == [("1", "1", model), ("1", "2", model), ("2", "1", model), ("2", "3", model)]
    assert told[0] == "Scene 1, shot 1  kling-2.5-turbo-text  $0.21"
    assert told[4] == "4 takes ordered for $0.84."
    assert "nothing is really billed" in told[5]
    assert told[6] == "No worker is running, so nothing happens to them until one does. --wait works alone."


def test_with_a_worker_there_is_nothing_to_warn_of(film):
    for queue in health.NEEDED:
        health.worker_seen(queue)
    assert "No worker" not in run("film")


def test_only_shots_that_need_a_take_are_ordered(film):
    shots = list(Shot.objects.order_by("pk"))
    make_take(shots[0], estimate="0.10")
    make_take(shots[1], status=Status.FAILED, estimate="0.10")
    make_take(shots[2], status=Status.SUBMITTED, estimate="0.10")
    make_take(shots[3], upload=make_upload(film))
    run("film")
    assert [take.shot for take in Take.objects.order_by("pk")[4:]] == [shots[1]]
    told = run("film")
    assert told == "Every shot here has a take or is being made. --again orders more.\n"
    run("film", "--again")
    assert Take.objects.count() == 9


def test_a_scene_or_a_shot_can_be_chosen(film):
    run("film", "--scene", "2")
    run("film", "--scene", "2", "--shot", "1")
    run("film", "--shot", "3")
    assert [place[:2] for place in ordered()] == [("2", "1"), ("2", "3"), ("2", "1"), ("2", "3")]


def test_another_model_and_several_takes(film):
    run("film", "--shot", "2", "--model", "ray2-flash", "--takes", "3")
    assert ordered() == [("1", "2", "ray-2-flash-text")] * 3
    assert list(Take.objects.order_by("pk").values_list("number", flat=True)) == [1, 2, 3]
    assert Generation.objects.values("key").distinct().count() == 3


def test_a_seed_that_the_shot_has_counts_up(film):
    shot = film.scenes.get(number="1").shots.get(number="2")
    shot.model, shot.settings = "flux-dev", {"seed": 7}
    shot.save()
    run("film", "--shot", "2", "--takes", "3")
    assert list(Generation.objects.order_by("pk").values_list("seed", flat=True)) == [7, 8, 9]


def test_json_is_all_there_is_on_stdout(film):
    facts = json.loads(run("film", "--scene", "1", "--json"))
    take = Take.objects.order_by("pk").first()
    assert facts["takes"][0] == {
        "take": 1,
        "id": take.pk,
        "shot": "1",
        "scene": "1",
        "model": "kling-2.5-turbo-text",
        "status": "queued",
        "estimate": "0.21",
        "cost": None,
        "files": [],
        "differences": [],
        "error": None,
    }
    assert len(facts["takes"]) == 2
    assert (facts["project"], facts["estimate_total"], facts["cost_total"]) == ("film", "0.42", "0.00")
    assert (facts["undetermined"], facts["left"]) == (2, "2.58")


def test_json_without_anything_to_order_is_json_too(film):
    run("film")
    facts = json.loads(run("film", "--json"))
    assert (facts["takes"], facts["estimate_total"], facts["left"]) == ([], "0.00", "2.16")


# ------------------------------------------------------------------------------------------- what is refused
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["flim"], "There is no project “flim”. There is film."),
        (["film", "--scene", "9"], "film has no scene “9”. There are 1, 2."),
        (["film", "--scene", "1", "--shot", "3"], "Scene 1 has no shot “3”. There are 1, 2."),
        (["film", "--shot", "7"], "film has no shot “7”. There are 1, 2, 3."),
        (
            ["film", "--shot", "1"],
            "There is a shot “1” in each of the scenes 1 and 2: say which with --scene.",
        ),
        (["film", "--model", "klng-turbo"], "There is no model called “klng-turbo”. Did you mean"),
        (["film", "--takes", "0"], "--takes must be a whole number from 1 to 20, not “0”."),
        (["film", "--takes", "1e3"], "--takes must be a whole number from 1 to 20, not “1e3”."),
        (
            ["film", "--shot", "2", "--model", "hailuo-02"],
            "Scene 1, shot 2, minimax-hailuo-02-standard-text: “Length” must be 6 or 10 seconds",
        ),
        (
            ["film", "--shot", "2", "--model", "kling-o1-image-to-video"],
            "Scene 1, shot 2, kling-o1-image-to-video: Choose a file for",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(words, said, film):
    assert refusal(*words).startswith(said)


@pytest.mark.django_db
def test_a_house_without_projects_says_how_to_begin():
    assert refusal("film") == (
        "There is no project “film”. There is no project yet: load some with “python manage.py import_shots”."
    )


def test_over_the_budget_nothing_is_ordered(film):
    assert refusal("film", "--again", "--takes", "4") == (
        "16 takes can cost $3.36, but $3.00 is left of the budget of Film ($3.00): anna can raise it. "
        "Nothing was ordered."
    )


def test_a_narrow_budget_that_refuses_is_named(film):
    tag = ("model", film.video_model)
    budgets.open_budget(film.account, limit=Decimal("0.50"), by=None, why="Watch it.", tag=tag)
    assert refusal("film") == (
        f"4 takes can cost $0.84 of the budget “{film.video_model} total” of Film ($0.50), but $0.50 is left of that: "
        "anna can raise it. Nothing was ordered."
    )


def test_a_paused_budget_refuses_in_one_line_and_says_who_can_help(film):
    budgets.pause(budgets.main_budget(film.account), by=None, why="Wait for the grade")
    assert refusal("film") == (
        "The budget “Total” of Film was paused because: “Wait for the grade”. Nothing was ordered. "
        "Ask for it to be resumed. Here, anna can do that."
    )


def test_one_bad_shot_stops_all_and_each_is_named(film):
    Shot.objects.filter(number="1").update(seconds=Decimal(7))
    told = refusal("film")
    assert told.startswith("Scene 1, shot 1, kling-2.5-turbo-text: “Length” must be 5 or 10 seconds")
    assert "Scene 2, shot 1, kling-2.5-turbo-text: " in told
    assert told.endswith(" Nothing was ordered.")


# ------------------------------------------------------------------------------- takes without any worker
class House:
    """An installation in a folder: a database, files, no worker. Each command is a process of its own."""

    def __init__(self, folder: Path, **extra: str) -> None:
        self.database = folder / "film.sqlite3"
        self.media = folder / "media"
        self.env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "studio.settings",
            "VAR_DIR": str(folder / "var"),
            "DATABASE_URL": f"sqlite:///{self.database}",
            "MEDIA_ROOT": str(self.media),
            "BROKER_URL": "memory://",
            "USE_MOCK_DATA": "true",
            "MOCK_QUEUE_SECONDS": "0",
            "MOCK_RUN_SECONDS": "0",
            **extra,
        }

    def start(self, *words: str) -> "subprocess.Popen[str]":
        command = [sys.executable, str(ROOT / "manage.py"), *words]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=self.env, cwd=ROOT, stdout=pipe, stderr=pipe, text=True)

    def run(self, *words: str, code: int = 0) -> tuple[str, str]:
        """What a command wrote to stdout and stderr."""
        with self.start(*words) as process:
            out, err = process.communicate(timeout=90)
        assert process.returncode == code, err
        return out, err

    def generate(self, *words: str, code: int = 0) -> tuple[dict[str, Any], list[str]]:
        out, err = self.run("generate", "film", "--wait", "--json", *words, code=code)
        return json.loads(out), err.splitlines()

    def check_ledger(self) -> str:
        return self.run("check_ledger")[0].splitlines()[-1]


SHOTS = "scene,prompt,seconds,model\n1,Soap,5,kling-turbo\n1,Sand,5,ray2-flash\n2,Foam,,flux-dev\n"


@pytest.fixture(scope="module")
def migrated(tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database with a film in it."""
    folder = tmp_path_factory.mktemp("migrated")
    (folder / "shots.csv").write_text(SHOTS)
    house = House(folder)
    shutil.copy(tables, house.database)
    house.run("import_shots", "film", str(folder / "shots.csv"))
    return house.database


@pytest.mark.slow
@pytest.mark.xdist_group("house")
def test_takes_arrive_with_nothing_but_migrated_tables(migrated, tmp_path):
    house = House(tmp_path)
    shutil.copy(migrated, house.database)
    facts, progress = house.generate()
    assert [take["status"] for take in facts["takes"]] == ["succeeded"] * 3
    assert (facts["estimate_total"], facts["cost_total"], facts["left"]) == ("0.435", "0.435", "49.565")
    clip, _, still = (probe(house.media / take["files"][0]) for take in facts["takes"])
    assert (clip.codec, clip.width, clip.height, round(clip.seconds or 0)) == ("h264", 1280, 720, 5)
    assert (still.width, still.height) == (1024, 576)
    assert progress[0].startswith("0 of 3 takes done, 3 queued, 0:0")
    assert progress[-1].startswith("3 of 3 takes done, 0:")
    assert house.check_ledger() == "difference 0"


@pytest.mark.slow
@pytest.mark.xdist_group("house")
def test_failures_are_told_with_their_money(migrated, tmp_path):
    house = House(tmp_path, MOCK_FAILURE_RATE="1")
    shutil.copy(migrated, house.database)
    facts, told = house.generate("--scene", "1", code=1)
    assert [(take["status"], take["cost"]) for take in facts["takes"]] == [("failed", "0.00")] * 2
    assert facts["left"] == "50.00"
    assert told[-1].startswith(
        "CommandError: 2 of 2 takes did not succeed: scene 1, shot 1, take 1: The mock provider failed"
    )
    assert told[-1].count("(nothing was charged)") == 2


@pytest.mark.slow
@pytest.mark.xdist_group("house")
def test_an_interrupt_loses_nothing(migrated, tmp_path):
    # Longer than this process may be kept from sending its signal on a busy machine.
    house = House(tmp_path, MOCK_RUN_SECONDS="8")
    shutil.copy(migrated, house.database)
    with house.start("generate", "film", "--scene", "2", "--wait") as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("0 of 1 take done")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.splitlines()[-1].startswith("CommandError: Stopped waiting. Nothing is lost")
    facts, _ = house.generate("--scene", "2")
    assert [(take["take"], take["status"]) for take in facts["takes"]] == [(1, "succeeded")]
    assert (facts["left"], house.check_ledger()) == ("49.975", "difference 0")
