"""Every provider of the registry has its exam and its column on the page about providers."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from generation.providers import PROVIDERS

ROOT = Path(settings.BASE_DIR)


@pytest.mark.parametrize("slug", PROVIDERS)
def test_a_provider_takes_the_exam(slug: str) -> None:
    text = (Path(__file__).parent / f"test_{slug}.py").read_text()
    assert re.search(r"^class Test\w+\(.*\bProviderContract\b", text, re.MULTILINE)


@pytest.mark.parametrize("slug", PROVIDERS)
def test_a_provider_stands_in_the_table_of_abilities(slug: str) -> None:
    page = (ROOT / "docs" / "adding-a-provider.md").read_text()
    header = re.search(r"^\| \|(.*)\|$", page, re.MULTILINE)
    assert header is not None
    assert slug in [cell.strip() for cell in header.group(1).split("|")]


def test_the_files_that_the_page_names_are_there() -> None:
    page = (ROOT / "docs" / "adding-a-provider.md").read_text()
    named = re.findall(r"`((?:generation|studio|tests)/[\w./]+\.\w+)`", page)
    assert len(named) > 8
    assert [path for path in named if not (ROOT / path).exists()] == []
