"""The paper agrees with the code: settings, targets, links, and a way to every page."""

import ast
import re
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.conf import settings

from generation.providers import PROVIDERS

ROOT = Path(settings.BASE_DIR)
APPS = ("studio", "generation", "billing")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
EXAMPLE = (ROOT / ".env.example").read_text()
# Where the example names a choice that the code cannot have as its default.
TEXT_OF_ITS_OWN = {"SECRET_KEY"}
UNKNOWN = object()


def _constant(node: ast.expr | None) -> object:
    """The value of an expression made of literals, such as `2 * 1024**3`; UNKNOWN for all others."""
    if node is None or not all(
        isinstance(part, ast.Constant | ast.BinOp | ast.operator | ast.List | ast.Load)
        for part in ast.walk(node)
    ):
        return UNKNOWN
    return eval(compile(ast.Expression(node), "default", "eval"))  # literals only: checked above


def _settings_read() -> dict[str, object]:
    """Each variable that the settings read, with its default where that is a plain value."""
    tree = ast.parse((ROOT / "studio" / "settings.py").read_text())
    found: dict[str, object] = {}
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        match call:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="env")), args=[ast.Constant(value=str(name)), *_]
            ):
                default = next((word.value for word in call.keywords if word.arg == "default"), None)
                found[name] = _constant(default)
    return found


def _environment_read() -> set[str]:
    """Each variable that our code takes from the environment without the settings."""
    files = [path for app in APPS for path in (ROOT / app).rglob("*.py")]
    text = "\n".join(path.read_text() for path in files)
    return set(re.findall(r"os\.environ(?:\.get\(|\[)\"([A-Z_0-9]+)\"", text))


def _containers_read() -> set[str]:
    """Each variable that the files of the container form and the Procfile put in."""
    text = (ROOT / "docker-compose.yml").read_text() + (ROOT / "Procfile").read_text()
    return set(re.findall(r"\$\{([A-Z_0-9]+)", text))


def _written(value: object) -> str:
    """A default as it stands in an environment file."""
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(value) if isinstance(value, list) else str(value)


DOCUMENTED = dict(re.findall(r"^#?([A-Z][A-Z0-9_]*)=(.*)$", EXAMPLE, re.MULTILINE))


def test_the_example_names_each_variable_and_no_other():
    assert set(DOCUMENTED) == set(_settings_read()) | _environment_read() | _containers_read()


def test_the_example_states_the_defaults():
    plain = {name: value for name, value in _settings_read().items() if value is not UNKNOWN}
    assert len(plain) > 30
    stated = {name: DOCUMENTED[name] for name in plain if name not in TEXT_OF_ITS_OWN}
    assert stated == {name: _written(value) for name, value in plain.items() if name not in TEXT_OF_ITS_OWN}


def test_the_example_explains_each_variable_and_sets_none():
    lines = EXAMPLE.splitlines()
    for before, line in pairwise(lines):
        if re.match(r"#?[A-Z][A-Z0-9_]*=", line):
            assert line.startswith("#"), f"{line}: an example that is copied must change nothing."
            assert before.startswith("# "), f"{line}: the line before it says what it means."


def test_the_makefile_has_each_target_that_the_pages_name():
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {
        word for page in PAGES for word in re.findall(r"`(?:[A-Z]+=\S+ )?make ([a-z-]+)", page.read_text())
    }
    assert named
    assert named - targets == set()


def _prose(page: Path) -> str:
    """The text of a page without its code, in which brackets are no links."""
    return re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(), flags=re.DOTALL)


def _links(page: Path) -> list[tuple[Path, str]]:
    """The places in this project that a page leads to: file and heading."""
    found = []
    for target in re.findall(r"!?\[[^\]]*\]\(([^)\s]+)\)|<img[^>]*\ssrc=\"([^\"]+)\"", _prose(page)):
        address, _, heading = (target[0] or target[1]).partition("#")
        if not re.match(r"[a-z]+:", address):
            found.append(((page.parent / unquote(address)).resolve() if address else page, heading))
    return found


def _headings(page: Path) -> set[str]:
    """The names under which headings can be linked, as the common renderers make them."""
    titles = re.findall(r"^#{1,6} (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("document", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document):
    for target, heading in _links(document):
        assert target.exists(), f"{document.name} links to {target.name}, which is not there."
        if heading:
            assert heading in _headings(target), f"{document.name} links to #{heading} in {target.name}."


def test_every_page_can_be_reached_from_the_readme():
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached and page.suffix == ".md":
            reached.add(page)
            waiting += [target for target, _ in _links(page) if target.exists()]
    assert {page.relative_to(ROOT) for page in PAGES} - {page.relative_to(ROOT) for page in reached} == set()


def test_decisions_are_numbered_without_gaps_and_have_the_same_parts():
    pages = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert [page.name[:4] for page in pages] == [f"{number:04d}" for number in range(1, len(pages) + 1)]
    for page in pages:
        text = page.read_text()
        parts = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert parts == ["Why", "Decision", "Consequences"], page.name
        assert text.startswith(f"# {page.name[:4]} "), page.name
        assert re.search(r"^20\d\d-\d\d-\d\d$", text, re.MULTILINE), page.name


def test_the_readme_says_which_providers_have_an_adapter():
    rows = re.findall(
        r"^\| `([a-z]+)` \|.*\| (here|not yet) \|$", (ROOT / "README.md").read_text(), re.MULTILINE
    )
    assert {slug for slug, state in rows if state == "here"} == set(PROVIDERS)


def test_each_promise_of_reliability_names_what_shows_it():
    page = (ROOT / "docs" / "reliability.md").read_text()
    promises = re.findall(r"^\| (\d+) \|", page, re.MULTILINE)
    assert promises == [str(number) for number in range(1, 21)]
    named = re.findall(r"`((?:tests|bench)/[\w/]+\.py)(?:::(\w+))?`", page)
    assert len(named) > 30
    for path, test in named:
        assert f"def {test}(" in (ROOT / path).read_text() if test else (ROOT / path).is_file(), (path, test)
