"""How much lies in the studio that the pages are measured on."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """Projects, of which the first is the big one; the rest is shared out among them. `most_takes` are of one shot."""

    projects: int = 200
    big_shots: int = 2_000
    big_takes: int = 20_000
    most_takes: int = 300
    takes: int = 25_000
    uploads: int = 1_000
    entries: int = 100_000
    in_flight: int = 60
    shots_a_scene: int = 25
    small_shots: int = 10


FULL = Sizes()
SMALL = Sizes(
    projects=3,
    big_shots=30,
    big_takes=80,
    most_takes=9,
    takes=90,
    uploads=4,
    entries=400,
    in_flight=4,
    shots_a_scene=10,
    small_shots=2,
)
"""To try the bench itself."""
