"""Imports run one way, and the other contracts of `.importlinter` hold."""

from pathlib import Path

from django.conf import settings
from importlinter.cli import lint_imports


def test_the_import_contracts_hold(capsys):
    configuration = Path(settings.BASE_DIR) / ".importlinter"
    broken = lint_imports(config_filename=str(configuration), no_cache=True)
    assert broken == 0, capsys.readouterr().out
