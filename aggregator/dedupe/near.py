"""Near-duplicates: which entries could be the same copy, and what comparing them needs.

Three questions are asked in turn. *Which entries could be?* is answered by the store: every entry has
some `bands`, hashes of three words in a row, and texts that share words share a band. *Is there any
hope?* is answered by their `sketch`: most only share a phrase that anybody uses. *Is it the same?* is
answered by `likeness`, which lays both texts side by side.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple

from aggregator.dedupe import shingles
from aggregator.dedupe.dress import bare_text, bare_title
from aggregator.dedupe.words import Text, folded

WINDOW = timedelta(days=3)  # copy of one story is published within it

# Words of a text that bands are taken from, and how many: of the first line, which the shortest
# summary keeps, and of what a longer one keeps. Fewer miss more, more cost more to look up.
_LEADS = ((24, 8), (shingles.LED, 10))
_COMPARED = shingles.MOST  # words of a text that are compared in order
_LONGEST = 60  # words of a headline
_SHINGLE = 3  # words
_WORD = 12  # characters: longer than words and their spaces are on average
_FEW = 6  # words; a shorter text is none
_FEW_IN_TITLE = 5
_SKETCHED = 24  # words; a shorter text is compared as quickly

_HEADLINE_ENDS = re.compile(r"\s*[\n.:–—|]|\s+-\s")

# What appears under the same headline day by day.
_RECURRING = re.compile(
    r"\b(?:live(?:blog| updates?)?|live-?ticker|briefing|bulletin|weather|forecast|wetter|météo|"
    r"round-?up|digest|newsletter|podcast|headlines|market|markets|closing|stocks?|horoscope|"
    r"crossword|quiz|photos?|pictures|schedule|calendar|daily|weekly|today|tonight|morning|evening|"
    r"earthquake|quake|magnitude|погода|землетрясение|в прямом эфире)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, eq=False)
class Telling:
    """A title and a text, as comparing them needs; each is itself, and equals no other."""

    title: Text
    text: Text  # without dateline, sign-off and a repeated headline
    shingles: frozenset[tuple[str, ...]]  # every three words of the text in a row
    recurring: bool  # the title is one that comes again

    @property
    def says_something(self) -> bool:
        """Whether there is a text worth the name."""
        return len(self.text.words) >= _FEW

    @property
    def is_headed(self) -> bool:
        """Whether the headline is long enough to be this story's."""
        return len(self.title.words) >= _FEW_IN_TITLE


def telling(title: str | None, text: str) -> Telling:
    """A title and a text made ready to be compared."""
    return _telling(title, text[: _COMPARED * _WORD])


@lru_cache(maxsize=128)  # an entry is laid beside a dozen others, one after the other
def _telling(title: str | None, text: str) -> Telling:
    bare = bare_title(title)
    words = Text(_bare(bare, text), _COMPARED)
    return Telling(
        title=Text(bare, _LONGEST),
        text=words,
        shingles=frozenset(_in_threes(words.words)),
        recurring=_RECURRING.search(title or "") is not None,
    )


class Traces(NamedTuple):
    """What of an entry is kept for finding its near-duplicates."""

    # At most 19 numbers, of which they share one; the headline's is the last.
    bands: tuple[int, ...]
    sketch: int  # which groups of three words a text has, a bit for each; 0 for a short text


def traces(title: str | None, text: str) -> Traces:
    """What the store finds near-duplicates by, and tells them from others by.

    Of bands the smallest hashes are taken, so that two texts choose alike without knowing each
    other. Texts that share a group of words share its bit of the sketch; of a few hundred bits among
    two thousand, unlike texts share a tenth by chance.
    """
    title = bare_title(title)
    words = shingles.hashes(_bare(title, text[: _COMPARED * _WORD]), _COMPARED)
    groups = shingles.numbers(words[: shingles.LED])
    found: list[int] = []
    for lead, most in _LEADS:
        found += sorted(set(groups[: lead - _SHINGLE + 1]))[:most]
    headline = folded(title, _LONGEST)
    if len(headline) >= _FEW_IN_TITLE:
        found.append(shingles.number(" ".join(headline)))
    return Traces(
        tuple(dict.fromkeys(map(_signed, found))),
        shingles.sketch(words) if len(words) >= _SKETCHED else 0,
    )


def share_too_little(one: int, other: int, least: float) -> bool:
    """Whether two texts cannot share that part of the shorter one's groups, by their sketches."""
    if not (one and other):
        return False
    return (one & other).bit_count() < least * min(one.bit_count(), other.bit_count())


def _bare(title: str, text: str) -> str:
    """A text without what stands around the story: dateline, sign-off, the headline again."""
    text = bare_text(text)
    if title and text[: len(title)].casefold() == title.casefold():
        rest = text[len(title) :]
        if _HEADLINE_ENDS.match(rest):
            return bare_text(rest.lstrip(" \n\r.:–—-|")) or text
    return text


def _in_threes(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Three words in a row; a shorter text is one such group."""
    if 0 < len(words) < _SHINGLE:
        return iter([tuple(words)])
    return zip(words, words[1:], words[2:], strict=False)


def _signed(value: int) -> int:
    """As databases keep 64 bits."""
    return value - (1 << 64) if value >> 63 else value
