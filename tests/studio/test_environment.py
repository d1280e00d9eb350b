"""A setting that cannot be meant stops the start and names its variable."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from studio.environment import Environment

env = Environment()


@pytest.mark.parametrize(
    ("text", "meant"), [("true", True), ("Yes", True), ("0", False), ("off", False), ("", False)]
)
def test_yes_and_no(monkeypatch: pytest.MonkeyPatch, text: str, meant: bool) -> None:
    monkeypatch.setenv("A_SWITCH", text)
    assert env.bool("A_SWITCH", default=True) is meant


def test_a_missing_value_is_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("A_VALUE", raising=False)
    assert env.bool("A_VALUE", default=True) is True
    assert env.int("A_VALUE", default=3) == 3
    assert env.float("A_VALUE", default=0.5) == 0.5


@pytest.mark.parametrize("text", ["ja", "maybe", "2"])
def test_any_other_word_is_neither(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("A_SWITCH", text)
    with pytest.raises(ImproperlyConfigured, match=r"A_SWITCH is .*true or false"):
        env.bool("A_SWITCH", default=False)


@pytest.mark.parametrize("text", ["abc", "", "1.5", "-1", "inf"])
def test_a_number_that_is_none(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("A_NUMBER", text)
    with pytest.raises(ImproperlyConfigured, match="A_NUMBER is"):
        env.int("A_NUMBER", default=1)


@pytest.mark.parametrize("text", ["x", "-0.1", "nan", "inf"])
def test_a_share_that_is_none(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("A_NUMBER", text)
    with pytest.raises(ImproperlyConfigured, match="A_NUMBER is"):
        env.float("A_NUMBER", default=1)


def test_a_number_below_the_least(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_NUMBER", "0")
    with pytest.raises(ImproperlyConfigured, match="from 1 up"):
        env.int("A_NUMBER", default=5, least=1)


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"FAL_API_KEY": "older"}, "older"),
        ({"FAL_KEY": "newer"}, "newer"),
        ({"FAL_KEY": "newer", "FAL_API_KEY": "older"}, "newer"),
    ],
)
def test_fal_s_key_may_have_either_name(given: dict[str, str], key: str, tmp_path: Path) -> None:
    """In a process of its own, because the settings are read once."""
    environment = os.environ | {"FAL_KEY": "", "FAL_API_KEY": "", "VAR_DIR": str(tmp_path)} | given
    command = [sys.executable, "-c", "from studio import settings; print(settings.FAL_KEY)"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == key
