"""Shot lists: what is understood, what is refused and in which words, and what a list does to a project."""

from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from generation.catalogue import catalogue
from studio import positions, shot_lists
from studio.models import Scene, Shot, Take
from studio.shot_lists import Defaults, KnownShot, Problem, ShotListError
from tests.factories import make_project, make_scene, make_shot, make_take

DEFAULTS = Defaults(model="kling-2.5-turbo-text", aspect_ratio="16:9")
HEADER = "scene,shot,prompt,seconds,model,aspect_ratio\n"


def parse(text: str | bytes, defaults: Defaults = DEFAULTS) -> shot_lists.ShotList:
    return shot_lists.parse(text if isinstance(text, bytes) else text.encode(), defaults=defaults)


def refused(text: str | bytes, defaults: Defaults = DEFAULTS) -> list[str]:
    with pytest.raises(ShotListError) as error:
        parse(text, defaults)
    assert str(error.value).splitlines() == [str(problem) for problem in error.value.problems]
    return [str(problem) for problem in error.value.problems]


def load(project, text: str) -> shot_lists.Loaded:
    return shot_lists.load(project, shot_lists.read(project, text.encode()))


def outline(project) -> list[tuple[str, str, str]]:
    """Scene, shot and prompt, in the order of the film."""
    shots = Shot.objects.filter(scene__project=project).order_by("scene__position", "position")
    return [(shot.scene.number, shot.number, shot.prompt) for shot in shots.select_related("scene")]


# ---------------------------------------------------------------------------------------- what is understood
def test_a_full_row_is_read():
    rows = parse(HEADER + '12A,3,"Soap, cut",5,kling-turbo,9:16\n').rows
    (row,) = rows
    assert (row.row, row.scene, row.shot, row.prompt) == (2, "12A", "3", "Soap, cut")
    assert (row.seconds, row.model, row.aspect_ratio) == (Decimal(5), "kling-2.5-turbo-text", "9:16")


def test_only_scene_and_prompt_are_needed_in_any_order():
    shot_list = parse("prompt,scene\nSand,2\n")
    assert shot_list.columns == {"prompt", "scene"}
    (row,) = shot_list.rows
    assert (row.scene, row.shot, row.prompt, row.seconds, row.model, row.aspect_ratio) == (
        "2",
        "",
        "Sand",
        None,
        "",
        "",
    )


@pytest.mark.parametrize(
    "word", ["ray-2-flash-text", "ray2-flash", catalogue().find("ray-2-flash-text").endpoint]
)
def test_a_model_is_kept_as_its_slug(word):
    assert parse(HEADER + f"1,1,Sand,5,{word},\n").rows[0].model == "ray-2-flash-text"


@pytest.mark.parametrize(
    "text",
    [
        "scene,prompt,seconds\n1,Sand,5\n",
        "\ufeffscene,prompt,seconds\n1,Sand,5\n",
        "scene;prompt;seconds\n1;Sand;5,0\n",
        "scene\tprompt\tseconds\n1\tSand\t5\n",
        "Scene , PROMPT,Seconds\r\n1,Sand,5 s\r\n",
        '"scene","prompt","seconds"\n"1","Sand","5"\n',
        "scene,prompt,seconds\r1,Sand,5\r",
        "\n\nscene,prompt,seconds,,\n1,Sand,5,,\n",
        "scene,prompt,seconds\n1,Sand,5.00",
    ],
)
def test_spreadsheet_programs_write_it_in_many_ways(text):
    (row,) = parse(text).rows
    assert (row.scene, row.prompt, row.seconds) == ("1", "Sand", Decimal(5))


@pytest.mark.parametrize("cell", ["9:16", "09:16", "09:16:00", " 9 : 16 "])
def test_a_ratio_that_a_spreadsheet_took_for_a_time_is_read(cell):
    assert parse(f"scene,prompt,aspect_ratio\n1,Sand,{cell}\n").rows[0].aspect_ratio == "9:16"


def test_blank_rows_are_skipped_and_counted_as_a_spreadsheet_does():
    rows = parse('scene,prompt\n\n1,"two\nlines"\n,\n2,Foam\n').rows
    assert [(row.row, row.prompt) for row in rows] == [(3, "two\nlines"), (5, "Foam")]


# ------------------------------------------------------------------------------------------- what is refused
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "The file is empty."),
        (" \n\n", "The file is empty."),
        ("\ufeff", "The file is empty."),
        (",,\n", "Row 1: The first row must name the columns, and it names none that are known."),
        ("1,1,A soap is cut\n", "Row 1: The first row must name the columns"),
        ("scene,prompt\n", "The file has a header but no rows."),
        ("scene,seconds\n1,5\n", "Row 1: The column “prompt” is missing."),
        ("prompt\nSoap\n", "Row 1: The column “scene” is missing."),
        ("scene,prompt,Take\n1,Soap,1\n", "Row 1: A shot list has no column “Take”: rename or remove it."),
        ("scene,prompt,Prompt\n1,Soap,Soap\n", "Row 1: The column “prompt” stands here 2 times."),
        ("scene,,prompt\n1,,Soap\n", "Row 1: Column 2 has no name."),
        ("scene,prompt\n1,Soap, cut\n", "Row 2: It has 3 cells, but the header names 2 columns."),
        ('scene,prompt\n1,"Soap\n2,Sand\n', "Row 2: The quotation marks do not match"),
        ('scene,prompt\n1,"Soap" cut\n', "Row 2: The quotation marks do not match"),
        ("scene,prompt\n1,Soap\n,Sand\n", "Row 3, scene: Write the number of the scene."),
        ("scene,prompt\n1,\n", "Row 2, prompt: Write what the shot shows."),
        ("scene,prompt\n" + "1" * 21 + ",Soap\n", "Row 2, scene: “11111111111111111111…” is too long"),
        ("scene,prompt\n#REF!,Soap\n", "Row 2, scene: “#REF!” is no number of a script"),
        ("scene,prompt\n1," + "x" * 5001 + "\n", "Row 2, prompt: The prompt is 5,001 characters long"),
        ("scene,prompt\n1," + "x" * 2501 + "\n", "Row 2, prompt: “Prompt” is 2501 characters long"),
        ("scene,prompt,seconds\n1,Soap,0\n", "Row 2, seconds: “0” is no length"),
        ("scene,prompt,seconds\n1,Soap,-5\n", "Row 2, seconds: “-5” is no length"),
        ("scene,prompt,seconds\n1,Soap,five\n", "Row 2, seconds: “five” is no length"),
        ("scene,prompt,seconds\n1,Soap,NaN\n", "Row 2, seconds: “NaN” is no length"),
        ("scene,prompt,seconds\n1,Soap,٥\n", "Row 2, seconds: “٥” is no length"),
        ("scene,prompt,seconds\n1,Soap,7\n", "Row 2, seconds: “Length” must be 5 or 10 seconds"),
        ("scene,prompt,model\n1,Soap,hail-99\n", "Row 2, model: There is no model called “hail-99”."),
        (
            "scene,prompt,seconds,model\n1,Soap,5,ray2-flash\n1,Sand,10,ray2-flash\n",
            "Row 3, seconds: “Length” must be 5 or 9 seconds for this model, not 10.",
        ),
        ("scene,prompt,aspect_ratio\n1,Soap,tall\n", "Row 2, aspect_ratio: “tall” is no aspect ratio"),
        ("scene,prompt,aspect_ratio\n1,Soap,4:3\n", "Row 2, aspect_ratio: “Aspect ratio” must be 16:9"),
        (
            "scene,prompt,model,aspect_ratio\n1,Soap,minimax/hailuo-02,7:5\n",
            "Row 2, aspect_ratio: “7:5” is not a usual shape: choose 16:9",
        ),
        (HEADER + "1,2,a,,,\n1,3,a,,,\n1,2,b,,,\n", "Row 4, shot: Scene 1, shot 2 stands in row 2 already"),
        (HEADER + "1a,2b,Soap,,,\n1A,2B,Sand,,,\n", "Row 3, shot: Scene 1A, shot 2B stands in row 2 already"),
    ],
)  # fmt: skip
def test_each_fault_is_told_with_its_place(text, said):
    (problem,) = refused(text)
    assert problem.startswith(said), problem


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("scene,prompt\n1,Soap\n".encode("utf-16"), "The file is not in UTF-8; it looks like UTF-16"),
        ("scene,prompt\n1,Soap\n".encode("utf-16-le"), "The file is not in UTF-8; it looks like UTF-16"),
        (
            "scene,prompt\n1,Soap\n2,Café\n".encode("latin-1"),
            "Line 3 holds a character that is not UTF-8. Save it as",
        ),
        (b"PK\x03\x04rest of a workbook", "This is a spreadsheet or ZIP file, not a CSV file. Save it as"),
        (b"scene,prompt\n1,So\x00ap\n", "The file is not in UTF-8"),
        (b"x" * (shot_lists.MAX_BYTES + 1), "The file is larger than 8 MB."),
        (b'scene,prompt\n1,"' + b"x" * 200_000 + b'"\n', "Row 2: A cell is far too long."),
        (b"scene,prompt\n" + b"1,Soap\n" * 5001, "The file has more than 5,000 rows."),
    ],
    ids=["utf-16", "utf-16 without a mark", "latin-1", "workbook", "zero byte", "bytes", "cell", "rows"],
)
def test_what_is_no_csv_in_utf_8_is_told(data, said):
    (problem,) = refused(data)
    assert problem.startswith(said), problem


def test_all_faults_of_all_rows_are_told_at_once():
    text = HEADER + "1,1,Soap,7,,\n,1,,0,nothing,x\n1,1,Foam,5,,1,2\n1,1,Foam,5,,1:1\n"
    told = [problem.split(":")[0] for problem in refused(text)]
    assert told == [
        "Row 2, seconds",
        *(f"Row 3, {column}" for column in ("scene", "prompt", "seconds", "model", "aspect_ratio")),
        "Row 4",
        "Row 5, shot",
    ]


def test_several_faults_of_the_header_are_told_at_once():
    assert len(refused("scene,scene,take\n1,1,1\n")) == 3


def test_an_error_fits_into_one_line():
    error = ShotListError(Problem(row, "scene", "Write the\nnumber.") for row in range(2, 9))
    assert (
        error.in_one_line(2) == "Row 2, scene: Write the number; Row 3, scene: Write the number; and 5 more."
    )
    assert ShotListError.of_file("It is empty.").in_one_line() == "It is empty."


def test_a_shot_that_exists_speaks_for_columns_that_the_file_has_not():
    known = {("1", "1"): KnownShot(model="minimax-hailuo-02-standard-text", seconds=Decimal(6))}
    defaults = Defaults(DEFAULTS.model, DEFAULTS.aspect_ratio, known)
    assert parse("scene,shot,prompt,seconds\n1,1,Soap,10\n1,1b,Soap,10\n", defaults)
    assert refused("scene,shot,prompt,seconds\n1,1,Soap,5\n", defaults)[0].startswith(
        "Row 2, seconds: “Length” must be 6 or 10"
    )
    assert refused("scene,shot,prompt,model\n1,1,Soap,wan25\n", defaults)[0].startswith(
        "Row 2, model: “Length” must be 5 or 10"
    )


def test_a_project_whose_model_is_gone_is_told_not_broken():
    (problem,) = refused("scene,prompt\n1,Soap\n", Defaults("long-gone", "16:9"))
    assert problem.startswith("Row 2, model: There is no model called “long-gone”.")


_cells = st.one_of(
    st.sampled_from(
        ["1", "12A", "5", "7,5", "9:16", "ray2-flash", "flux-dev", "", '"', "\n", "\ufeff", "0", "٣"]
    ),
    st.text(max_size=12),
)
_lines = st.lists(st.lists(_cells, max_size=7).map(",".join), max_size=6).map("\n".join)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200), _lines.map(lambda text: (HEADER + text).encode("utf-8", "surrogatepass"))
    )
)
@example(b"\xef\xbb\xbf\xef\xbb\xbf")
@example(b"scene\xff")
def test_no_bytes_break_it(data):
    rows, problems = outcome(data)
    assert bool(rows) != bool(problems)
    assert all(row.scene and row.prompt for row in rows)
    assert all(problem.message.endswith(".") for problem in problems)


def outcome(data: bytes) -> tuple[tuple[shot_lists.ShotRow, ...], tuple[Problem, ...]]:
    try:
        return parse(data).rows, ()
    except ShotListError as error:
        return (), error.problems


# --------------------------------------------------------------------------------- what it does to a project
@pytest.mark.django_db
def test_scenes_and_shots_come_in_the_order_of_the_file():
    project = make_project()
    loaded = load(project, "scene,shot,prompt\n2,1,b\n1,1,c\n2,2,d\n")
    assert str(loaded) == "2 scenes and 3 shots added, 0 changed"
    assert outline(project) == [("2", "1", "b"), ("2", "2", "d"), ("1", "1", "c")]


@pytest.mark.django_db
def test_shots_without_a_number_are_numbered_on_around_those_that_have_one():
    project = make_project()
    load(project, "scene,shot,prompt\n1,,a\n1,,b\n1,5,c\n1,,d\n1,7,e\n2,,f\n2,1,g\n")
    assert [(scene, shot) for scene, shot, _ in outline(project)] == [
        ("1", "1"), ("1", "2"), ("1", "5"), ("1", "6"), ("1", "7"), ("2", "2"), ("2", "1"),
    ]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["scene,shot,prompt\n1,1,a\n1,2,a\n", "scene,prompt\n1,a\n1,b\n1,a\n"])
def test_the_same_file_twice_changes_nothing(text):
    project = make_project()
    load(project, text)
    before = outline(project)
    assert str(load(project, text)) == "0 scenes and 0 shots added, 0 changed"
    assert outline(project) == before


@pytest.mark.django_db
def test_a_number_that_exists_changes_that_shot_and_nothing_else():
    project = make_project()
    load(project, HEADER + "1,1,old,5,kling-turbo,9:16\n1,2,stays,,,\n")
    shot = Shot.objects.get(scene__project=project, number="1")
    Shot.objects.filter(pk=shot.pk).update(
        title="Opening", settings={"negative_prompt": "hands", "prompt": "x"}
    )
    take = make_take(shot, is_circled=True)
    positions.move(shot, 2)
    loaded = load(project, "shot,scene,prompt\n1,1,new\n")
    assert (loaded.shots_added, loaded.shots_changed) == (0, 1)
    shot.refresh_from_db()
    assert (shot.prompt, shot.title, shot.position, shot.seconds) == ("new", "Opening", 2, Decimal(5))
    assert (shot.model, shot.aspect_ratio) == ("kling-2.5-turbo-text", "9:16")
    assert shot.settings == {"negative_prompt": "hands"}
    assert list(Take.objects.filter(shot=shot, is_circled=True)) == [take]
    assert Shot.objects.filter(scene__project=project).count() == 2


@pytest.mark.django_db
def test_an_empty_cell_gives_the_shot_back_to_the_project():
    project = make_project()
    load(project, HEADER + "1,1,Soap,5,ray2-flash,9:16\n")
    load(project, HEADER + "1,1,Soap,,,\n")
    shot = Shot.objects.get(scene__project=project)
    assert (shot.seconds, shot.model, shot.aspect_ratio) == (None, "", "")


@pytest.mark.django_db
def test_another_model_drops_the_settings_of_the_old_one():
    shot = make_shot(settings={"resolution": "540p"}, model="ray-2-flash-text")
    project = shot.scene.project
    load(project, f"scene,shot,prompt,model\n{shot.scene.number},{shot.number},{shot.prompt},kling-turbo\n")
    shot.refresh_from_db()
    assert (shot.model, shot.settings) == ("kling-2.5-turbo-text", {})


@pytest.mark.django_db
def test_rows_without_a_number_never_write_over_shots():
    project = make_project()
    load(project, "scene,prompt\n1,a\n1,b\n")
    assert str(load(project, "scene,prompt\n1,c\n1,b\n")) == "0 scenes and 1 shot added, 0 changed"
    assert outline(project) == [("1", "1", "a"), ("1", "2", "b"), ("1", "3", "c")]


@pytest.mark.django_db
def test_new_rows_stand_after_what_is_there():
    scene = make_scene(number="1")
    make_shot(scene, number="99999999999999999999")
    make_shot(scene, number="4A")
    load(scene.project, "scene,prompt\n1,a\n2,b\n")
    assert outline(scene.project)[2:] == [("1", "1", "a"), ("2", "1", "b")]
    assert list(Scene.objects.filter(project=scene.project).values_list("position", flat=True)) == [1, 2]


@pytest.mark.django_db
def test_scenes_and_shots_are_found_whatever_their_case():
    shot = make_shot(make_scene(number="12A"), number="3b")
    loaded = load(shot.scene.project, "scene,shot,prompt\n12a,3B,new\n")
    assert (loaded.scenes_added, loaded.shots_added, loaded.shots_changed) == (0, 0, 1)


@pytest.mark.django_db
def test_a_refused_file_writes_nothing():
    project = make_project()
    with pytest.raises(ShotListError):
        load(project, "scene,prompt,seconds\n1,a,5\n1,b,4\n")
    assert outline(project) == []
    assert not project.scenes.exists()


@pytest.mark.django_db
def test_a_large_file_costs_few_queries(django_assert_max_num_queries):
    project = make_project()
    text = "scene,prompt\n" + "".join(f"{number // 100},Shot {number}\n" for number in range(2000))
    with django_assert_max_num_queries(30):
        assert load(project, text).shots_added == 2000
