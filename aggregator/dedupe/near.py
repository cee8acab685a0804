"""Near-duplicates: which entries could be the same copy, and what comparing them needs.

Two questions are asked in turn. *Which entries could be?* is answered by the store: every entry has
some `bands`, hashes of three words in a row, and texts that share words share a band. *Is it the
same?* is answered by `likeness`, which lays both texts side by side.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from zlib import crc32

from aggregator.dedupe.dress import bare_text, bare_title
from aggregator.dedupe.words import Text, folded, read

WINDOW = timedelta(days=3)  # copy of one story is published within it

# Part of every band. Raised when bands are made otherwise; those of other schemes never meet.
SCHEME = 2

# Words of a text that bands are taken from, and how many: of the first line, which the shortest
# summary keeps, and of what a longer one keeps. Fewer miss more, more cost more to look up.
_LEADS = ((24, 8), (72, 10))
_COMPARED = 240  # words of a text that are compared in order
_LONGEST = 60  # words of a headline
_SHINGLE = 3  # words
_WORD = 12  # characters: longer than words and their spaces are on average
_FEW = 6  # words; a shorter text is none
_FEW_IN_TITLE = 5
_MASK = (1 << 64) - 1

_HEADLINE_ENDS = re.compile(r"\s*[\n.:–—|]|\s+-\s")

# What appears under the same headline day by day.
_RECURRING = re.compile(
    r"\b(?:live(?:blog| updates?)?|live-?ticker|briefing|bulletin|weather|forecast|wetter|météo|"
    r"round-?up|digest|newsletter|podcast|headlines|market|markets|closing|stocks?|horoscope|"
    r"crossword|quiz|photos?|pictures|schedule|calendar|daily|weekly|today|tonight|morning|evening|"
    r"earthquake|quake|magnitude|погода|землетрясение|в прямом эфире)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Telling:
    """A title and a text, as comparing them needs."""

    title: Text
    text: Text  # without dateline, sign-off and a repeated headline
    shingles: frozenset[int]  # every three words of the text in a row, hashed
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


@lru_cache(maxsize=2048)
def _telling(title: str | None, text: str) -> Telling:
    bare = bare_title(title)
    words = read(_bare(bare, text), _COMPARED)
    return Telling(
        title=read(bare, _LONGEST),
        text=words,
        shingles=frozenset(_shingles(words.words)),
        recurring=_RECURRING.search(title or "") is not None,
    )


def bands(title: str | None, text: str) -> tuple[int, ...]:
    """What the store finds near-duplicates by: at most 19 numbers, of which they share one.

    The smallest hashes are taken, so that two texts choose alike without knowing each other.
    """
    return _bands(title, text[: _COMPARED * _WORD])


@lru_cache(maxsize=4096)
def _bands(title: str | None, text: str) -> tuple[int, ...]:
    title = bare_title(title)
    headline = folded(title, _LONGEST)
    words = folded(_bare(title, text), _LEADS[-1][0])
    found: list[int] = []
    for lead, most in _LEADS:
        found += sorted(set(_shingles(words[:lead])))[:most]
    if len(headline) >= _FEW_IN_TITLE:
        found.append(_mixed(*(crc32(word.encode()) for word in ("title", *headline))))
    return tuple(dict.fromkeys(_signed(value) for value in found))


def _bare(title: str, text: str) -> str:
    """A text without what stands around the story: dateline, sign-off, the headline again."""
    text = bare_text(text)
    if title and text.casefold().startswith(title.casefold()):
        rest = text[len(title) :]
        if _HEADLINE_ENDS.match(rest):
            return bare_text(rest.lstrip(" \n\r.:–—-|")) or text
    return text


def _shingles(words: Sequence[str]) -> Iterator[int]:
    """Three words in a row, hashed the same on every machine; a shorter text is one shingle."""
    if not words:
        return
    hashes = [crc32(word.encode()) for word in words]
    for start in range(max(len(hashes) - _SHINGLE + 1, 1)):
        yield _mixed(*hashes[start : start + _SHINGLE])


def _mixed(*hashes: int) -> int:
    """64 well-spread bits of some hashes in their order."""
    value = SCHEME
    for one in hashes:
        value = (value ^ one) * 0x9E3779B97F4A7C15 & _MASK
        value ^= value >> 29
    return value


def _signed(value: int) -> int:
    """As databases keep 64 bits."""
    return value - (1 << 64) if value >> 63 else value
