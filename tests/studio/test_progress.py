"""Progress in a terminal and in a log."""

from io import StringIO

import pytest
from django.core.management.base import OutputWrapper

from generation.models import Generation, Status
from studio.progress import ProgressLine, bar, in_words


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def rows(*states: str, **fields: object) -> list[Generation]:
    """Generations that were never saved: only how they stand matters here."""
    return [Generation(status=state, **fields) for state in states]


@pytest.mark.parametrize(
    ("states", "said"),
    [
        (["queued"], "0 of 1 take done, 1 queued"),
        (["succeeded", "submitted", "submitted", "queued"], "1 of 4 takes done, 2 rendering, 1 queued"),
        (["succeeded", "failed", "cancelled"], "3 of 3 takes done, 2 without a result"),
        (["uncertain", "ready"], "0 of 2 takes done, 1 not known yet, 1 saving"),
    ],
)
def test_it_is_told_in_words(states, said):
    assert in_words(rows(*states)) == said


def test_the_bar_fills_as_takes_go_on():
    assert bar(rows("queued")) == "[........................]"
    assert bar(rows("submitted", progress=50)) == "[##########..............]"
    assert bar(rows("succeeded", "queued")) == "[############............]"
    assert bar(rows("succeeded", "failed")) == "[########################]"


@pytest.mark.parametrize("status", Status)
def test_every_state_has_its_share(status):
    assert bar(rows(status)).startswith("[")


def test_a_terminal_sees_one_line_that_is_drawn_again():
    out = Terminal()
    line = ProgressLine(OutputWrapper(out))
    line.show(rows("queued"))
    line.show(rows("succeeded"))
    line.finish()
    first, second = out.getvalue().split("\r\x1b[K")[1:]
    assert first == "[........................] 0 of 1 take done, 1 queued, 0:00"
    assert second == "[########################] 1 of 1 take done, 0:00\n"


def test_a_log_sees_a_line_only_when_a_take_ends():
    out = StringIO()
    line = ProgressLine(OutputWrapper(out))
    for states in (
        ["queued", "queued"],
        ["submitted", "queued"],
        ["succeeded", "submitted"],
        ["succeeded", "ready"],
    ):
        line.show(rows(*states))
    line.finish()
    assert out.getvalue() == "0 of 2 takes done, 2 queued, 0:00\n1 of 2 takes done, 1 rendering, 0:00\n"
