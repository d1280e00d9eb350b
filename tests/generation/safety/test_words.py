"""A phrase is found however it is spelled, and only where its words are whole."""

import pytest

from generation.safety.words import Spellings, phrases_of

pytestmark = pytest.mark.database_free


def find_phrase(text: str, phrases: list[str]) -> str | None:
    return Spellings(text).find(phrases)


@pytest.mark.parametrize(
    "text",
    [
        "A gory scene",
        "a GORY scene",
        "a ｇｏｒｙ scene",
        "a góry scene",
        "a g0ry scene",
        "a g.o.r.y scene",
        "a g o r y scene",
        "a go-ry scene",
        "a go\u00adry scene",
        "a g\u200bory scene",
        "a gоry scene",  # a Cyrillic о
        "gory!",
    ],
)
def test_disguises_are_seen_through(text: str) -> None:
    assert find_phrase(text, ["gory"]) == "gory"


@pytest.mark.parametrize("text", ["a category", "gorystone", "an allegory of the sea", "", "go\nry"])
def test_only_whole_words_count(text: str) -> None:
    assert find_phrase(text, ["gory"]) is None


def test_one_is_read_as_i_and_as_l() -> None:
    assert find_phrase("k1ll", ["kill"]) == "kill"
    assert find_phrase("ki1l", ["kill"]) == "kill"
    assert find_phrase("B1ood", ["blood"]) == "blood"


def test_a_phrase_needs_its_words_in_a_row() -> None:
    assert find_phrase("Severed, head on a plate", ["severed head"]) == "severed head"
    assert find_phrase("a head, severed", ["severed head"]) is None


def test_digits_in_a_phrase_stay_digits() -> None:
    assert find_phrase("He drives to Area 51.", ["area 51"]) == "area 51"


def test_scripts_without_spaces_are_searched_by_letter() -> None:
    assert find_phrase("一个暴力场面", ["暴力"]) == "暴力"
    assert find_phrase("Une scène d'Été", ["été"]) == "été"
    assert find_phrase("Кровавая сцена", ["кровавая"]) == "кровавая"


def test_phrases_stand_one_a_line_and_empty_ones_are_left_out() -> None:
    assert phrases_of(" gory \n\n--\nsevered head\n") == ["gory", "severed head"]
