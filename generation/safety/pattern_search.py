"""Searches texts for regular expressions, as a process of its own: `patterns` starts it, and can end it.

Reads {"patterns": […], "texts": […]} from the standard input and writes a line a step: "try 3" before a pattern is
used, then "bad 3 <why>" for one that is no regular expression, "hit 3 <text> <from> <to>" for the first that is found;
"done" at the end. It uses nothing of this project, so that it starts quickly.
"""

import json
import re
import sys

CPU_SECONDS = 1


def _limit_cpu() -> None:
    try:
        import resource
    except ImportError:  # Not on Windows: there only the clock of whoever waits ends a search.
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))


def _say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)).encode("ascii", "replace").decode() + "\n")
    sys.stdout.flush()


def main() -> None:
    """Search until the first hit."""
    _limit_cpu()
    asked = json.load(sys.stdin)
    for number, pattern in enumerate(asked["patterns"]):
        _say("try", number)
        try:
            compiled = re.compile(pattern, re.IGNORECASE)
        except (re.PatternError, OverflowError, RecursionError) as error:
            _say("bad", number, error)
            continue
        for place, text in enumerate(asked["texts"]):
            found = compiled.search(text)
            if found:
                _say("hit", number, place, *found.span())
                return
    _say("done")


if __name__ == "__main__":
    main()
