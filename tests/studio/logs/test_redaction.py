"""A secret is hidden wherever it stands; what is no secret stays readable."""

import logging
import sys
from typing import Any

import pytest

from studio.logs.lines import formatter
from studio.logs.redaction import Redactor, secrets_among

SECRET = "q7Zk3-vT9w/pLx+82sd=="
TOKEN = "3f0c2a7d9b1e4c5f8a6d7e8f9a0b1c2d"
KEY = "00000000-1111-2222-3333-444444444444"


@pytest.mark.parametrize(
    "line",
    [
        f"Authorization: Bearer {SECRET}",
        f"{{'authorization': 'Key {SECRET}'}}",
        f'{{"Authorization": "{SECRET}"}}',
        f"[(b'authorization', b'Key {SECRET}')]",
        f"sent with Key {SECRET}",
        f"POST /webhooks/fal/{KEY}/{SECRET.replace('/', '')} 200",
        f"POST https://queue.example/a?fal_webhook=https%3A%2F%2Fx.example%2Fwebhooks%2Ffal%2F{KEY}%2F{TOKEN}%2F",
        f"https://bucket.s3.amazonaws.com/a.mp4?X-Amz-Expires=60&X-Amz-Signature={SECRET}&x=1",
        f"https://cdn.example/a.mp4?token={SECRET}",
        f"cannot connect to redis://:{SECRET.replace('/', '')}@cache:6379/0",
        f"postgres://rushes:{SECRET.replace('/', '')}@db/rushes",
        f'{{"api_key": "{SECRET}"}}',
        f"password={SECRET}",
        f"Cookie: sessionid={SECRET}; theme=dark",
    ],
)
def test_where_secrets_stand_they_are_hidden(line: str) -> None:
    hidden = Redactor([]).hide(line)
    assert SECRET not in hidden
    assert SECRET.replace("/", "") not in hidden
    assert TOKEN not in hidden
    assert "[hidden]" in hidden


@pytest.mark.parametrize(
    "line",
    [
        f"{KEY} is the job 0b1c-77 at fal, and the database does not take it",
        "https://v3.fal.media/files/b/clip.mp4 took 3 seconds",
        "GET /soap/spend/?range=30d&page=2 200",
        "Waiting at redis://cache:6379/0",
        "The key is missing. The basic idea is that a token is made.",
    ],
)
def test_the_rest_stays_as_it_is(line: str) -> None:
    assert Redactor(["unrelated-secret"]).hide(line) == line


def test_a_known_secret_is_hidden_in_any_words_and_in_parts_and_within_json() -> None:
    redactor = Redactor(["key-id-1234:the-secret-half", 'with"quote\\s'])
    line = r'no key-id-1234, no the-secret-half, no key-id-1234:the-secret-half, no {"a": "with\"quote\\s"}'
    assert redactor.hide(line) == 'no [hidden], no [hidden], no [hidden], no {"a": "[hidden]"}'


def test_every_setting_that_is_named_like_a_secret_is_one() -> None:
    found = set(
        secrets_among(
            {
                "FAL_KEY": "one",
                "SECRET_KEY_FALLBACKS": ["two"],
                "DATABASES": {"default": {"PASSWORD": "three", "NAME": "no"}},
                "MAILERS": {"default": {"OPTIONS": {"password": "four", "host": "no"}}},
                "A_NEW_TOKEN": "five",
                "AUTH_PASSWORD_VALIDATORS": [{"NAME": "no"}],
            }
        )
    )
    assert found == {"one", "two", "three", "four", "five"}


@pytest.mark.parametrize("kind", ["text", "json"])
def test_a_traceback_and_its_arguments_are_lines_too(kind: str, settings: Any) -> None:
    settings.KIE_API_KEY = "kie-0123456789"
    try:
        raise ValueError("refused: kie-0123456789")
    except ValueError:
        record = logging.LogRecord(
            "a.b", logging.ERROR, __file__, 1, "no %s", ("kie-0123456789",), sys.exc_info()
        )
    line = formatter(kind).format(record)
    assert "ValueError: refused: [hidden]" in line
    assert "no [hidden]" in line
    assert "kie-0123456789" not in line
