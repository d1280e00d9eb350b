"""Every command of the house, and every option of it, is in docs/commands.md."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class

OURS = sorted(
    (name, app) for name, app in get_commands().items() if app in {"studio", "generation", "billing"}
)
TEXT = (Path(settings.BASE_DIR) / "docs" / "commands.md").read_text()
# What every command of Django takes.
COMMON = {"--help", "--version", "--verbosity", "--settings", "--pythonpath", "--traceback"}
COMMON |= {"--no-color", "--force-color", "--skip-checks"}


@pytest.mark.parametrize(("name", "app"), OURS)
def test_a_command_is_documented_with_its_options(name, app):
    parser = load_command_class(app, name).create_parser("manage.py", name)
    options = {word for action in parser._actions for word in action.option_strings if word.startswith("--")}
    assert f"`{name}" in TEXT
    assert {option for option in options - COMMON if option not in TEXT} == set()
