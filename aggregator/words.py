"""What somebody searches for, as words; also in scripts that put no spaces between words.

A text of Chinese, Japanese or Thai has no words that could be looked up. It is known by its pairs of
neighbouring letters instead: a name stands in it where all pairs of the name follow each other.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SHORTEST_BEGINNING = 3  # letters; a single one begins too many words to look all of them up
MOST_TERMS = 12  # of a search; what follows is not looked for

# Thai to Khmer, kana without the dot between names, Han with its extensions, halfwidth kana.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]+"
)
_QUOTED = re.compile(r'["“„«]([^"“”„«»]*)["”»]?')
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Term:
    """Words to be found next to each other, in this order."""

    words: tuple[str, ...]  # as typed; one of a script without spaces stands alone
    begins: bool = False  # the last may be the beginning of a longer word

    @property
    def is_unspaced(self) -> bool:
        """Whether it may stand anywhere in a run of letters without spaces."""
        return _UNSPACED.match(self.words[0]) is not None


def terms_of(text: str) -> tuple[Term, ...]:
    """What a search asks for; nothing in it can be wrong, and signs that are no letters say nothing.

    What stands in quotes is one phrase. Outside of them each word counts by itself, and the last
    may be the beginning of a word, as somebody may still be typing it.
    """
    found: list[Term] = []
    at = 0
    for quoted in _QUOTED.finditer(text):
        found += _words(text[at : quoted.start()])
        found += _phrases(quoted[1])
        at = quoted.end()
    typed = list(_words(text[at:]))
    if typed and not typed[-1].is_unspaced and len(typed[-1].words[-1]) >= SHORTEST_BEGINNING:
        typed[-1] = Term(typed[-1].words, begins=True)
    return tuple((found + typed)[:MOST_TERMS])


def _words(text: str) -> Iterator[Term]:
    """Each word by itself; one with signs inside, such as O'Leary, is a phrase."""
    for word in text.split():
        yield from _phrases(word)


def _phrases(text: str) -> Iterator[Term]:
    """The text as phrases: a run of a script without spaces, and what stands between such runs."""
    for part in re.split(f"({_UNSPACED.pattern})", text):
        if _UNSPACED.match(part):
            words = [part] if folded(part)[0] else []
        else:
            words = _WORD.findall(part)
        if words:
            yield Term(tuple(words))


def pairs(text: str) -> str | None:
    """The pairs of neighbouring letters of a text's runs without spaces, parted by spaces.

    The last letter of a run stands alone behind its pairs, so that each letter begins something.
    None where the text has no such runs.
    """
    if text.isascii():
        return None
    runs = [folded(run)[0] for run in _UNSPACED.findall(text)]
    return " ".join(" ".join(_paired(run)) for run in runs if run) or None


def pairs_asked(word: str) -> tuple[str, ...]:
    """What `pairs` of a text holds, one after the other, where this word stands in it.

    A word of one letter gives it back: the beginning of a pair.
    """
    run = folded(word)[0]
    return tuple(_paired(run)[:-1]) or (run,)


def _paired(run: str) -> list[str]:
    return [run[place : place + 2] for place in range(len(run))]


def folded(text: str) -> tuple[str, Sequence[int]]:
    """The text without case and accents, and for each of its letters the place it came from."""
    if text.isascii():
        return text.lower(), range(len(text))
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        for part in unicodedata.normalize("NFKD", letter.casefold()):
            if not unicodedata.category(part).startswith("M"):
                letters.append(part)
                places.append(place)
    return "".join(letters), places
