"""The design page: staff see every component there, with nothing left out."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from studio.design import COLOURS, icons
from tests.factories import make_user

TEMPLATES = settings.BASE_DIR / "templates"
STATIC = settings.BASE_DIR / "static"


def used(text: str) -> set[str]:
    """The components that a template includes, and those that these include."""
    names = set(re.findall(r'include "components/([\w]+)\.html"', text))
    return names.union(*(used((TEMPLATES / f"components/{name}.html").read_text()) for name in names))


def test_it_shows_every_component_token_and_icon():
    pages = ["base.html", *(f"studio/design/{each.name}" for each in (TEMPLATES / "studio/design").iterdir())]
    shown = set().union(*(used((TEMPLATES / page).read_text()) for page in pages))
    assert shown == {each.stem for each in (TEMPLATES / "components").iterdir()}

    assert "circled" in icons()
    tokens = re.findall(r"--([\w-]+): (?:light-dark\()?oklch", Path(STATIC / "css/tokens.css").read_text())
    named = {name for names in COLOURS.values() for name in names}
    assert set(tokens) - named == {"on-stage", "on-accent", "scrim"}
    assert named <= set(tokens)
    swatches = re.findall(r"design-swatch--([\w-]+) ", (STATIC / "css/design.css").read_text())
    assert set(swatches) == named


@pytest.mark.django_db
def test_it_is_for_staff(client):
    client.force_login(make_user())
    refused = client.get("/design/")
    assert refused.status_code == 403
    assert "Only staff see the design page." in refused.text
    client.force_login(make_user(is_staff=True))
    assert client.get("/design/").status_code == 200
