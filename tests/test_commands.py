"""Each command of the house refuses wrong words in one line."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

ROOT = Path(__file__).resolve().parent.parent
OURS = sorted(name for name, app in get_commands().items() if app in {"studio", "generation", "billing"})


@pytest.mark.parametrize("name", OURS)
def test_wrong_arguments_are_refused_in_one_line(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = load_command_class(get_commands()[name], name)
    command._called_from_command_line = True
    parser = command.create_parser("manage.py", name)
    with pytest.raises(SystemExit) as end:
        parser.parse_args(["--no-such-option"])
    assert end.value.code == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
    usage = StringIO()
    parser.print_help(usage)
    assert "usage:" in usage.getvalue()
