"""Words as searching has them, also in scripts that put no spaces between words.

A text of Chinese, Japanese or Thai has no words that could be looked up. It is known by its pairs of
neighbouring letters instead: a name stands in it where all pairs of the name follow each other.
"""

import re
import unicodedata
from collections.abc import Sequence

# Thai to Khmer, kana, Han with its extensions, halfwidth kana.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]+"
)
_WORD = re.compile(r"\w+")


def words_of(text: str) -> tuple[str, ...]:
    """The words of a search, folded; a run of a script without spaces is one word."""
    parted = _UNSPACED.sub(lambda run: f" {run[0]} ", text)
    found: list[str] = []
    for part in parted.split():
        whole = folded(part)[0]
        found += [whole] if is_unspaced(part) else _WORD.findall(whole)
    return tuple(word for word in found if word)


def is_unspaced(word: str) -> bool:
    """Whether the word is of a script that puts no spaces between words."""
    return _UNSPACED.match(word) is not None


def pairs(text: str) -> str | None:
    """The pairs of neighbouring letters of a text's runs without spaces, parted by spaces.

    The last letter of a run stands alone behind its pairs, so that each letter begins something.
    None where the text has no such runs.
    """
    runs = [folded(run)[0] for run in _UNSPACED.findall(text)]
    return " ".join(" ".join(_paired(run)) for run in runs if run) or None


def pairs_asked(word: str) -> tuple[str, ...]:
    """What `pairs` of a text holds, one after the other, where this word stands in it.

    One letter gives itself: it is the beginning of a pair.
    """
    return tuple(_paired(word)[:-1]) or (word,)


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
