"""Words before a surname that are a given name, or an initial of one."""

from functools import lru_cache

from aggregator.tag.fold import fold
from aggregator.tag.index import is_capital
from aggregator.tag.inflect import cuts
from aggregator.tag.line import Join, Line
from aggregator.tag.lists import common_words, given_names, is_title
from aggregator.tag.scripts import CASELESS, romanised, script_of

LONGEST_INITIAL = 2  # letters: "Yu."
LONGEST_ENDING = 3
MOST_GIVEN = 4  # words of given names
_OF_A_SURNAME = frozenset({"ov", "ev", "ов", "ев"})


@lru_cache(maxsize=65536)
def is_given_name(word: str) -> bool:
    """Whether a word is a known given name, as it stands, declined, or in another script."""
    folded = fold(word)
    names = given_names()
    if folded in names:
        return True
    latin = script_of(folded) == "latin"
    if latin and folded in common_words():
        return False
    rests = [rest for rest, cut in cuts(folded) if _declines_a_given_name(cut)]
    if latin:
        return any(rest in names or rest + "a" in names for rest in rests)
    return romanised(folded) in names or any(
        not names.isdisjoint((rest, rest + "а", rest + "и", romanised(rest))) for rest in rests
    )


def _declines_a_given_name(cut: str) -> bool:
    """Not "-ov", "-ova", "-ev": those make a surname of a given name."""
    return len(cut) <= LONGEST_ENDING and cut[:2] not in _OF_A_SURNAME


def is_initial(line: Line, at: int) -> bool:
    """Whether words[at] is a letter or two that stand for a given name: "S.", "Yu.", "JK"."""
    word = line.words[at]
    if len(word) > LONGEST_INITIAL or not is_capital(word):
        return False
    caseless = script_of(word) in CASELESS
    if line.gaps[at + 1].startswith("."):
        return not caseless or len(word) == 1
    return not caseless and len(word) == 1


def has_name_before(line: Line, at: int) -> bool:
    """Whether a given name or initial stands before words[at], which is then a middle one."""
    join = line.join(at)
    if join is Join.DOT:
        return is_initial(line, at - 1)
    if join is not Join.SPACE or not is_capital(line.words[at - 1]):
        return False
    before = line.words[at - 1]
    return is_initial(line, at - 1) or (is_given_name(before) and not is_title(fold(before)))


def start_of_name(line: Line, at: int) -> int:
    """Where a name that ends at words[at] seems to begin."""
    start = at
    while (
        at - start < MOST_GIVEN
        and line.join(start) in (Join.SPACE, Join.HYPHEN)
        and is_capital(line.words[start - 1])
        and is_given_name(line.words[start - 1])
        and not is_title(fold(line.words[start - 1]))
    ):
        start -= 1
    return start
