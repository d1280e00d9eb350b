"""Progress on a terminal: one line drawn again and again; where there is no terminal, a line now and then."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence

from django.core.management.base import OutputWrapper

from generation.models import Generation, Status

WIDTH = 24
EVERY_SECONDS = 10.0
# How far along a generation is in each state, in per cent; what is being rendered says more by itself.
_SHARES = {Status.QUEUED: 0, Status.SUBMITTING: 2, Status.SUBMITTED: 5, Status.UNCERTAIN: 5, Status.READY: 92}


class ProgressLine:
    """Shows how far some generations are. Call `show` as often as you like and `finish` at the end."""

    def __init__(self, out: OutputWrapper) -> None:
        self.out = out
        self.is_terminal = bool(out.isatty())
        self.started_at = time.monotonic()
        self.shown_at = float("-inf")
        self.ended = -1

    def show(self, generations: Sequence[Generation]) -> None:
        """Draw the line where it has something new to say."""
        if self.is_terminal:
            self._write(f"\r\x1b[K{bar(generations)} {self._line(generations)}", ending="")
            return
        ended = sum(each.is_finished for each in generations)
        now = time.monotonic()
        if ended != self.ended or now - self.shown_at >= EVERY_SECONDS:
            self.ended, self.shown_at = ended, now
            self._write(self._line(generations), ending="\n")

    def finish(self) -> None:
        """Leave the terminal's line."""
        if self.is_terminal:
            self._write("", ending="\n")

    def _line(self, generations: Sequence[Generation]) -> str:
        minutes, seconds = divmod(int(time.monotonic() - self.started_at), 60)
        return f"{in_words(generations)}, {minutes}:{seconds:02d}"

    def _write(self, text: str, *, ending: str) -> None:
        # Django colours what goes to stderr as an error; this is none.
        self.out.write(text, style_func=str, ending=ending)
        self.out.flush()


class ProgressBars:
    """One bar for each model, drawn over themselves; where there is no terminal, one line for all now and then.

    `names` are shown in the place of models.
    """

    def __init__(self, out: OutputWrapper, names: Mapping[str, str]) -> None:
        self.out, self.names = out, names
        self.line = ProgressLine(out)
        self.drawn = 0

    def show(self, generations: Sequence[Generation]) -> None:
        """Draw what has something new to say."""
        if not self.line.is_terminal:
            self.line.show(generations)
            return
        models = dict.fromkeys(each.model for each in generations)
        named = {model: self.names.get(model, model) for model in models}
        width = max(map(len, named.values()), default=0)
        lines = []
        for model, name in sorted(named.items(), key=lambda each: each[1]):
            mine = [each for each in generations if each.model == model]
            lines.append(f"\x1b[K{name.ljust(width)} {bar(mine)} {in_words(mine)}")
        up = f"\x1b[{self.drawn}A" if self.drawn else ""
        self.drawn = len(lines)
        self.out.write(f"\r{up}" + "\n".join(lines), style_func=str, ending="\n")
        self.out.flush()

    def finish(self) -> None:
        """Leave the terminal's lines as they are."""


def in_words(generations: Sequence[Generation]) -> str:
    """“5 of 12 takes done, 3 rendering, 4 queued”."""
    ended = sum(each.is_finished for each in generations)
    counts = Counter(Status(each.status).label.lower() for each in generations if not each.is_finished)
    failed = sum(each.status in {Status.FAILED, Status.CANCELLED} for each in generations)
    parts = [f"{ended} of {len(generations)} take{'' if len(generations) == 1 else 's'} done"]
    parts += [f"{failed} without a result"] if failed else []
    return ", ".join(parts + [f"{count} {label}" for label, count in counts.items()])


def bar(generations: Sequence[Generation]) -> str:
    """How far all of them are together, drawn."""
    filled = WIDTH * sum(map(_percent, generations)) // (100 * max(1, len(generations)))
    return f"[{'#' * filled}{'.' * (WIDTH - filled)}]"


def _percent(generation: Generation) -> int:
    if generation.is_finished:
        return 100
    share = _SHARES[Status(generation.status)]
    if generation.status == Status.SUBMITTED and generation.progress:
        return max(share, generation.progress * 9 // 10)
    return share
